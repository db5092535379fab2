package source

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
)

// State is what is known of a source's rounds.
type State struct {
	// Next is when the next round is due; zero if none is.
	Next time.Time `json:"next,omitzero"`
	// Progress is the round under way, nil if none is.
	Progress *Progress `json:"progress,omitempty"`
	// Last is the last round that ended, nil if there was none.
	Last *Summary `json:"last,omitempty"`
	// Success is when a round last ended without an error.
	Success time.Time `json:"success,omitzero"`
	// Failing is since when rounds have failed; zero if the last did not.
	Failing time.Time `json:"failing,omitzero"`
	// Check is the last that was kept, nil if there was none.
	Check *Check `json:"check,omitempty"`
}

// Progress is how far a round has come.
type Progress struct {
	Since time.Time `json:"since"`
	// Beat is when it last said so; a round that has not for long was cut off.
	Beat time.Time `json:"beat"`
	// Doing says what is being fetched.
	Doing string `json:"doing"`
	// Done of Total report days.
	Done  int `json:"done"`
	Total int `json:"total"`
	Calls int `json:"calls"`
	// Until and Waiting say until when it waits and why; zero and "" if it does not.
	Until   time.Time `json:"until,omitzero"`
	Waiting string    `json:"waiting,omitempty"`
}

// silence is after how long a round that says nothing was cut off.
const silence = 2 * time.Minute

// Alive reports whether a round goes on.
func (p *Progress) Alive(now time.Time) bool { return p != nil && now.Sub(p.Beat) < silence }

// Summary is what a round did.
type Summary struct {
	Source  string    `json:"source"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Calls   int       `json:"calls"`
	// Changed, Same and None count report days that came new or otherwise than before,
	// that came unchanged, and of which the service has no report.
	Changed int `json:"changed"`
	Same    int `json:"unchanged"`
	None    int `json:"none"`
	// Left counts report days that are still due.
	Left    int              `json:"left"`
	Records map[string]int64 `json:"records"`
	Refused int64            `json:"refused"`
	// Imports are the numbers of what was imported.
	Imports       []int64 `json:"imports"`
	Organizations int     `json:"organizations"`
	Teams         int     `json:"teams"`
	Members       int     `json:"members"`
	// Missing says what could not be fetched.
	Missing []Missing `json:"missing"`
	// Failed is why the round came to nothing, or broke off; "" if it did not.
	Failed string `json:"failed,omitempty"`
	// Until is when a round that broke off for a limit can go on.
	Until time.Time `json:"until,omitzero"`
	Days  Days      `json:"days"`
}

// Missing is something that could not be fetched.
type Missing struct {
	// What is the endpoint, Scope whose.
	What  string `json:"endpoint"`
	Scope string `json:"scope"`
	// Days are the days that it is about; "" for all.
	Days   string `json:"days,omitempty"`
	Reason string `json:"reason"`
	// Grant says who can mend it and how; "" where nobody can.
	Grant string `json:"grant,omitempty"`
}

func (m Missing) String() string {
	text := m.What + " of " + m.Scope
	if m.Days != "" {
		text += ", " + m.Days
	}
	text += ": " + strings.TrimSuffix(m.Reason, ".")
	if m.Grant != "" {
		text += ". " + m.Grant
	}
	return text
}

// State returns a source's state.
func (s *Sources) State(ctx context.Context, id int64) (State, error) {
	var out State
	st, err := s.dir.SourceState(ctx, id)
	if err != nil {
		return out, err
	}
	if len(st.Body) > 0 {
		if err := json.Unmarshal(st.Body, &out); err != nil {
			return out, fmt.Errorf("read the state of source %d: %w", id, err)
		}
	}
	out.Next = st.Next
	if !out.Progress.Alive(s.opt.Now()) {
		out.Progress = nil
	}
	return out, nil
}

// putState writes a source's state.
func (s *Sources) putState(ctx context.Context, id int64, st State) error {
	body, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("write the state of source %d: %w", id, err)
	}
	return s.dir.PutSourceState(ctx, id, directory.SourceState{Next: st.Next, Body: body})
}

// Days is how much of a source's history is here.
type Days struct {
	// Window are the days of which the service has reports, as far as it keeps them.
	Window day.Range `json:"window"`
	// Here are days of the window that are stored.
	Here int `json:"here"`
	// Missing are days of it that are not, and None of these those of which the service
	// says that it has no report.
	Missing int `json:"missing"`
	None    int `json:"none"`
	// Lost are earlier days that the service no longer has and that are not stored.
	Lost int `json:"lost"`
	// LostNext is the day that is lost at the end of today (UTC), 0 if that is here.
	LostNext day.Day `json:"lost_next,omitempty"`
	// Provisional are days that are here and still move.
	Provisional int `json:"provisional"`
}
