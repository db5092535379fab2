package intake

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/report"
)

// seats collects the seats of an import, by the answers and pages that they stand in.
type seats map[answerKey]map[int64]*seatPage

// answerKey names whose billing answer it is; organization is 0 for the enterprise's.
type answerKey struct{ enterprise, organization int64 }

// alone is the page of seats that stand alone, in no answer: they are one together.
const alone = -1

// seatPage is a page of an answer.
type seatPage struct {
	seq             int64
	total, nameless int64
	seen            time.Time
	seats           map[seatKey]directory.Seat
}

// seatKey is one person's seat in one organization: an answer may say it twice.
type seatKey struct {
	holder       string
	organization int64
}

func keyOfSeat(s directory.Seat) seatKey { return seatKey{s.Holder(), s.Organization} }

// add adds a seat that stands in a page, or alone if that is nil.
func (s seats) add(at place, in *report.SeatPage, r *report.Record) {
	p := s.page(at, in, r.Seq)
	p.nameless-- // a page begins with as many as it lists
	if r.SeatSeen.After(p.seen) {
		p.seen = r.SeatSeen
	}
	p.keep(seatOf(at, r))
}

// page returns the page of the answer that a place is of.
func (s seats) page(at place, in *report.SeatPage, seq int64) *seatPage {
	answer := answerKey{at.enterprise, 0}
	if at.source != at.enterprise {
		answer.organization = at.source
	}
	if s[answer] == nil {
		s[answer] = map[int64]*seatPage{}
	}
	number := int64(alone)
	if in != nil {
		number, seq = in.Seq, in.Seq
	}
	p := s[answer][number]
	if p == nil {
		p = &seatPage{seq: seq, seats: map[seatKey]directory.Seat{}}
		s[answer][number] = p
		if in != nil {
			p.total, p.nameless, p.seen = in.Total, in.Listed, in.Seen
		}
	}
	if in == nil {
		p.seq = min(p.seq, seq)
		p.nameless++
	}
	return p
}

// keep keeps a seat; of two for one person, the one with the later activity.
func (p *seatPage) keep(seat directory.Seat) {
	k := keyOfSeat(seat)
	if old, ok := p.seats[k]; !ok || !old.LastActivity.After(seat.LastActivity) {
		p.seats[k] = seat
	}
}

// seatOf copies what the directory keeps of a seat.
func seatOf(at place, r *report.Record) directory.Seat {
	return directory.Seat{
		Organization: at.organization, UserID: strings.Clone(r.UserID), Login: strings.Clone(r.Login),
		Team: strings.Clone(r.SeatTeam), Plan: strings.Clone(r.SeatPlan), Created: r.SeatCreated,
		LastActivity: r.SeatLastActivity, LastEditor: strings.Clone(r.SeatEditor), Body: seatBody(r),
	}
}

func seatBody(r *report.Record) []byte {
	return slices.Concat([]byte{'{'}, r.Extra, []byte{'}'})
}

// seatOrganizationID returns the id of the seat's organization, which the
// record keeps only as it came.
func seatOrganizationID(r *report.Record) string {
	var body struct {
		Organization struct {
			ID json.Number `json:"id"`
		} `json:"organization"`
	}
	if err := json.Unmarshal(seatBody(r), &body); err != nil {
		return "" // an id that is no number names nothing
	}
	return body.Organization.ID.String()
}

func (s seats) count() (n int64) {
	for _, pages := range s {
		for _, p := range pages {
			n += int64(len(p.seats))
		}
	}
	return n
}

// SeatChange is how the seats of an enterprise or organization moved: of how many
// people there are some.
type SeatChange struct {
	Source string `json:"source"`
	Before int64  `json:"before"`
	After  int64  `json:"after"`
}

// settled is what became of an import's seats.
type settled struct {
	changes  []SeatChange
	warnings []string
}

// settle puts the import's pages beside those that have come before, and what is
// whole in the place of the answer that is stored; a preview only tells. Pages that were
// fetched are of that time.
func (s seats) settle(ctx context.Context, g *register, now time.Time, fetched *Fetched, preview bool) (settled, error) {
	var out settled
	answers := slices.SortedFunc(maps.Keys(s), func(a, b answerKey) int {
		return cmp.Or(cmp.Compare(a.enterprise, b.enterprise), cmp.Compare(a.organization, b.organization))
	})
	for _, key := range answers {
		a := &answer{answerKey: key, dir: g.dir, now: now}
		if err := a.read(ctx); err != nil {
			return out, err
		}
		before := a.people
		for _, p := range slices.SortedFunc(maps.Values(s[key]), func(a, b *seatPage) int { return cmp.Compare(a.seq, b.seq) }) {
			if fetched != nil {
				p.seen = fetched.At
			}
			a.addPage(p)
		}
		if !preview {
			if err := a.save(ctx); err != nil {
				return out, err
			}
		}
		name := g.names().Key(cmp.Or(key.organization, key.enterprise))
		if a.changed != nil {
			out.changes = append(out.changes, SeatChange{Source: name, Before: before, After: a.people})
		}
		for _, text := range a.warnings() {
			out.warnings = append(out.warnings, fmt.Sprintf("seats of %s: %s", name, text))
		}
	}
	return out, nil
}

// answer is a billing answer as it is stored, and what an import makes of it.
type answer struct {
	answerKey
	dir Directory
	now time.Time

	asOf   time.Time // zero if there is none
	stored []directory.Seat
	people int64
	pages  directory.SeatPages
	had    bool // that there were pages before
	// changed are the seats that take the place of those stored, nil if none do.
	changed []directory.Seat
	older   time.Time // of an answer that was not taken
	took    bool      // that a page was taken
}

func (a *answer) read(ctx context.Context) (err error) {
	if a.asOf, a.stored, err = a.dir.SeatAnswer(ctx, a.enterprise, a.organization); err != nil {
		return fmt.Errorf("stored seats: %w", err)
	}
	a.people = countPeople(a.stored)
	if a.pages, err = a.dir.SeatPages(ctx, a.enterprise, a.organization); err != nil {
		return fmt.Errorf("stored pages of seats: %w", err)
	}
	a.had = a.pages.Total > 0
	return nil
}

// addPage takes one page more.
func (a *answer) addPage(p *seatPage) {
	before := a.pages
	a.pages = a.join(p)
	if missing(a.pages) > 0 && !a.pages.Shown && !a.asOf.IsZero() {
		// The stored answer stands until this one is whole, if it is another one.
		if p.total == a.people && a.has(p) {
			a.pages = before
		} else {
			a.took = true
		}
		return
	}
	if a.pages.AsOf.Before(a.asOf) {
		a.older, a.pages, a.took = a.pages.AsOf, directory.SeatPages{}, false
		return
	}
	a.asOf, a.people = a.pages.AsOf, countPeople(a.pages.Seats)
	a.changed = append([]directory.Seat{}, a.pages.Seats...)
	a.stored = a.changed
	a.pages.Shown, a.took = true, true
	if missing(a.pages) == 0 {
		a.pages = directory.SeatPages{}
	}
}

// has reports whether the stored answer says what the page says.
func (a *answer) has(p *seatPage) bool {
	stored := map[seatKey][]byte{}
	for _, s := range a.stored {
		stored[keyOfSeat(s)] = s.Body
	}
	for k, s := range p.seats {
		if body, ok := stored[k]; !ok || !bytes.Equal(body, s.Body) {
			return false
		}
	}
	return len(p.seats) > 0
}

// join returns the page with those of the same answer that have come before: those
// with the same total, if it has what they lack and contradicts none of them.
func (a *answer) join(p *seatPage) directory.SeatPages {
	seen := p.seen
	if seen.IsZero() || seen.After(a.now) {
		seen = a.now
	}
	out := directory.SeatPages{AsOf: seen, Total: p.total, Nameless: p.nameless, Seats: sortedSeats(p.seats)}
	out.Shown = a.pages.Shown
	if p.total == 0 || a.pages.Total != p.total {
		return out
	}
	all := maps.Clone(p.seats)
	again := 0
	for _, old := range a.pages.Seats {
		k := keyOfSeat(old)
		now, ok := p.seats[k]
		switch {
		case ok && !bytes.Equal(now.Body, old.Body):
			return out // a later answer: a page says each seat once
		case ok:
			again++
		default:
			all[k] = old
		}
	}
	joined := out
	joined.Seats, joined.Nameless = sortedSeats(all), a.pages.Nameless
	if again < len(p.seats) || len(p.seats) == 0 {
		joined.Nameless += p.nameless
	}
	if a.pages.AsOf.After(joined.AsOf) {
		joined.AsOf = a.pages.AsOf
	}
	if countPeople(joined.Seats)+joined.Nameless > joined.Total {
		return out
	}
	return joined
}

func sortedSeats(seats map[seatKey]directory.Seat) []directory.Seat {
	return slices.SortedFunc(maps.Values(seats), func(a, b directory.Seat) int {
		return cmp.Or(cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.Login, b.Login), cmp.Compare(a.Organization, b.Organization))
	})
}

// missing returns how many people's seats have not come.
func missing(p directory.SeatPages) int64 {
	return max(0, p.Total-p.Nameless-countPeople(p.Seats))
}

// countPeople counts people: an enterprise's answer has a seat of one person for
// each organization that grants it, and counts the person once.
func countPeople(seats []directory.Seat) int64 {
	people := map[string]bool{}
	for _, s := range seats {
		people[s.Holder()] = true
	}
	return int64(len(people))
}

// save writes what has changed.
func (a *answer) save(ctx context.Context) error {
	if a.changed != nil {
		if err := a.dir.PutSeats(ctx, a.enterprise, a.organization, a.asOf, a.changed); err != nil {
			return fmt.Errorf("put %d seats: %w", len(a.changed), err)
		}
	}
	if !a.had && a.pages.Total == 0 {
		return nil
	}
	if err := a.dir.PutSeatPages(ctx, a.enterprise, a.organization, a.pages); err != nil {
		return fmt.Errorf("put pages of seats: %w", err)
	}
	return nil
}

func (a *answer) warnings() (out []string) {
	if !a.older.IsZero() {
		out = append(out, fmt.Sprintf("the list of %s is older than the stored one (%s): left out", stamp(a.older), stamp(a.asOf)))
	}
	if n := a.withoutID(); n > 0 {
		out = append(out, fmt.Sprintf("%s by login only: their activity is found by that login. GitHub's CSV list does not say since when they are held, so none of them is shown as unused; import the response of GET …/copilot/billing/seats for dates, plans and user ids", english.Count(n, "seat", "seats")))
	}
	if lacking := missing(a.pages); lacking > 0 && a.took {
		text := fmt.Sprintf("the list is incomplete: total_seats says %s, but only %s came so far; import the remaining pages",
			english.Number(a.pages.Total), english.Number(a.pages.Total-lacking))
		if !a.pages.Shown {
			text += fmt.Sprintf("; until then the stored list of %s, as of %s, stays", english.Count(a.people, "person", "people"), stamp(a.asOf))
		}
		out = append(out, text)
	}
	return out
}

// withoutID counts the seats that have come whose holders' user ids nothing says.
func (a *answer) withoutID() (n int) {
	for _, s := range a.changed {
		if s.UserID == "" {
			n++
		}
	}
	return n
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
