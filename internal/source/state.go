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

// State is the state of a source's rounds.
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
	// Check is the last check that was stored, nil if there was none.
	Check *Check `json:"check,omitempty"`
}

// Progress is the progress of a running round.
type Progress struct {
	Since time.Time `json:"since"`
	// Beat is when the progress was last stored.
	Beat time.Time `json:"beat"`
	// Doing describes what is being fetched.
	Doing string `json:"doing"`
	// Done and Total count report days.
	Done  int `json:"done"`
	Total int `json:"total"`
	Calls int `json:"calls"`
	// Until and Waiting are until when the round waits and why; zero and "" if it does not.
	Until   time.Time `json:"until,omitzero"`
	Waiting string    `json:"waiting,omitempty"`
}

// progressTimeout is after how long without progress a round counts as interrupted.
const progressTimeout = 2 * time.Minute

// Alive reports whether the round is still running.
func (p *Progress) Alive(now time.Time) bool { return p != nil && now.Sub(p.Beat) < progressTimeout }

// Summary is the result of a round.
type Summary struct {
	Source  string    `json:"source"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Calls   int       `json:"calls"`
	// Changed, Same and None count report days that are new or changed, that are
	// unchanged, and of which the service has no report.
	Changed int `json:"changed"`
	Same    int `json:"unchanged"`
	None    int `json:"none"`
	// Left counts report days that are still due.
	Left     int              `json:"left"`
	Records  map[string]int64 `json:"records"`
	Rejected int64            `json:"rejected"`
	// Imports are the ids of the round's imports.
	Imports       []int64 `json:"imports"`
	Organizations int     `json:"organizations"`
	Teams         int     `json:"teams"`
	Members       int     `json:"members"`
	// Missing lists what could not be fetched.
	Missing []Missing `json:"missing"`
	// Failed is why the round failed or was interrupted; "" if it was not.
	Failed string `json:"failed,omitempty"`
	// Until is when a round that ended at a rate limit can continue.
	Until time.Time `json:"until,omitzero"`
	Days  Days      `json:"days"`
}

// Missing is something that could not be fetched.
type Missing struct {
	// What is the endpoint, Scope the name of its enterprise or organization.
	What  string `json:"endpoint"`
	Scope string `json:"scope"`
	// Days are the affected days, "" for all.
	Days   string `json:"days,omitempty"`
	Reason string `json:"reason"`
	// Grant is who can resolve it and how; "" if nobody can.
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

// putState stores a source's state.
func (s *Sources) putState(ctx context.Context, id int64, st State) error {
	body, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("write the state of source %d: %w", id, err)
	}
	return s.dir.PutSourceState(ctx, id, directory.SourceState{Next: st.Next, Body: body})
}

// Days is how much of a source's history is stored.
type Days struct {
	// Window is the range of days of which the service can have reports.
	Window day.Range `json:"window"`
	// Stored is the number of days of the window that are stored.
	Stored int `json:"stored"`
	// Missing is the number of days of the window that are not stored, None the number of
	// those of which the service has no report.
	Missing int `json:"missing"`
	None    int `json:"none"`
	// Lost is the number of days before the window that are not stored.
	Lost int `json:"lost"`
	// LostNext is the day that the service deletes at the end of today (UTC) if it is not
	// stored, else 0.
	LostNext day.Day `json:"lost_next,omitempty"`
	// Provisional is the number of stored days whose reports may still change.
	Provisional int `json:"provisional"`
}
