package privacy

import (
	"bytes"
	"cmp"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/store"
)

// shownWeek is what is shown of a week. Revisions are the earlier ones of which some figures
// are, in whose weeks a correction is held back.
type shownWeek struct {
	Figures   query.MaskedWeek
	Held      bool
	Revisions []int64
}

// decision is what was decided about a week, and what the next decision needs of it.
type decision struct {
	Minimum int
	// States are the revisions in which figures were shown that had not been shown before.
	States []int64
	// Compared is the revision that the decision is about.
	Compared int64
	// Shown has the states in which each figure was shown, as bits.
	Shown map[namedFigure]uint64
	// Levels are those of the entities.
	Levels map[int64]query.Level
	Week   shownWeek
}

// namedFigure is a figureKey with the entity in the place of its number in a week.
type namedFigure struct {
	Entity int64
	Day    int8
	Kind   figureKind
	Tool   int32
	Value  int32
	Of     metric.Breakdown
}

// movers is what a decision knows of single people: those whose part in the week was not
// the same in all states.
type movers struct {
	// Persons are the numbers that identities had in sets of people, where they are other
	// than the identity's own, at the revision that was compared.
	Persons map[int32]uint32
	// Deeds are those of each identity in each state.
	Deeds map[int32][][]placedDeed
}

// placedDeed is a deed with the entities that it counts in.
type placedDeed struct {
	Deed   deed
	Places []int64
}

// errOvertaken says that somebody else has decided about the week, or that it has changed.
var errOvertaken = errors.New("the week has changed")

// decide decides what is shown of a week, and keeps it. What cannot be kept, on a full disk for
// example, is not shown: when the week changes it must be known what was shown of it.
//
// Whoever has what was shown of a week before it changed has its figures in several states,
// and can subtract those too. So all states are judged together: what was shown stays a part
// of the system, people whose records did not change are in the figures of all states alike,
// and a figure that is not what it was is shown as it is now only if no combination with
// what was shown before is about too few. Until then it stays what it was: a correction is
// held back.
func (p *Privacy) decide(ctx context.Context, r query.Rollups, enterprise int64, monday day.Day, minimum int, changed int64) (*shownWeek, error) {
	kept, err := p.store.ShownWeek(ctx, enterprise, monday)
	if err != nil {
		return nil, err
	}
	last := decodeDecision(kept.Body)
	was := past{former: last, people: kept.People}
	if last != nil && last.Minimum != minimum {
		last = nil
	}
	if last != nil && kept.Judged == changed {
		return &last.Week, nil
	}
	next, people := last, kept.People
	same := false
	if last != nil {
		differs, err := r.Differs(ctx, day.Range{From: monday, To: monday + 6}, last.Compared, true)
		if err != nil {
			return nil, err
		}
		same = !differs
	}
	if !same {
		was.last = last
		if was.beside, err = p.decidedBeside(ctx, enterprise, monday); err != nil {
			return nil, err
		}
		if next, people, err = judgeWeek(ctx, r, enterprise, monday, minimum, was); err != nil {
			return nil, err
		}
	}
	keep := store.ShownWeek{
		Number: kept.Number, Judged: changed, Held: next.Week.Held, Body: encode(next), People: people,
		Revisions: append(slices.Clone(next.Week.Revisions), next.Compared),
	}
	done, err := p.store.KeepShownWeek(ctx, enterprise, monday, keep)
	switch {
	case err != nil:
		return nil, fmt.Errorf("what is shown of it could not be recorded, so it is shown to nobody who may not view people: %w", err)
	case !done:
		return nil, errOvertaken
	}
	return &next.Week, nil
}

// past is what was decided before.
type past struct {
	// last is the decision of which figures are shown, of whom people knows; nil if there is
	// none by the same minimum.
	last   *decision
	people []byte
	// former is the last decision about the week by any minimum, beside that about a week
	// beside it. What was hidden by them is hidden rather than other figures, so that longer
	// windows, which show what each of their weeks does, lack as little as can be.
	former, beside *decision
}

// hidden says how much a figure is to be hidden rather than others.
func (p *past) hidden(f namedFigure) (n int) {
	if p.former.hides(f) {
		n = 2
	}
	if p.beside.hides(f) {
		n++
	}
	return n
}

// hides reports whether a figure of an entity that there was is not shown.
func (d *decision) hides(f namedFigure) bool {
	if d == nil {
		return false
	}
	_, known := d.Levels[f.Entity]
	return known && d.Shown[f] == 0
}

// decidedBeside returns what was decided about the week before, else about the one after; nil
// if nothing was.
func (p *Privacy) decidedBeside(ctx context.Context, enterprise int64, monday day.Day) (*decision, error) {
	for _, week := range []day.Day{monday - 7, monday + 7} {
		kept, err := p.store.ShownWeek(ctx, enterprise, week)
		if err != nil {
			return nil, err
		}
		if d := decodeDecision(kept.Body); d != nil {
			return d, nil
		}
	}
	return nil, nil
}

// judgeWeek judges a week.
func judgeWeek(ctx context.Context, r query.Rollups, enterprise int64, monday day.Day, minimum int, was past) (*decision, []byte, error) {
	last, people := was.last, was.people
	var states []int64
	if last != nil {
		states = last.States
	}
	w := newWeek(monday, minimum, len(states)+1, r.Dictionary().Cells, enterprise)
	now, err := w.read(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	now.prints = last != nil
	if now.totalsOnly && last != nil {
		differs, err := r.Differs(ctx, w.days(), last.Compared, false)
		if differs { // nobody can say any more whose records changed
			last = last.frozen()
		}
		return last, nil, err
	}
	known := movers{Persons: map[int32]uint32{}, Deeds: map[int32][][]placedDeed{}}
	if last != nil {
		if err := gob.NewDecoder(bytes.NewReader(people)).Decode(&known); len(people) > 0 && err != nil {
			return nil, nil, fmt.Errorf("read what was shown of the week of %s: %w", monday, err)
		}
		if err := w.findMovers(ctx, now, last, &known); err != nil {
			return nil, nil, err
		}
	}
	personOf, err := r.Persons(ctx)
	if err != nil {
		return nil, nil, err
	}
	moved := map[int32][]deed{} // as they are now
	persons := map[int32]uint32{}
	err = r.Records(ctx, enterprise, w.days(), nil, func(rec *query.UserRecord) error {
		if rec.Person != uint32(rec.Identity) {
			persons[rec.Identity] = rec.Person
		}
		_, moves := known.Deeds[rec.Identity]
		now.deeds(rec, rec.Person, func(d deed) {
			if moves {
				moved[rec.Identity] = append(moved[rec.Identity], d)
			} else {
				w.note(&d, rec.Person)
			}
		})
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(known.Deeds)) {
		all := make([][]deed, w.states)
		for s, list := range known.Deeds[id] {
			all[s] = w.unplaced(list)
		}
		all[w.states-1] = moved[id]
		w.noteMoved(all, personOf(id))
	}
	var before map[figureKey]uint64
	if last != nil {
		before = w.numbered(last.Shown)
	}
	j := w.judge(before, func(k figureKey) int { return was.hidden(w.named(k)) })
	known.Persons = persons
	out := &decision{Minimum: minimum, States: states, Compared: r.Revision(), Levels: map[int64]query.Level{}, Shown: map[namedFigure]uint64{}}
	out.Week = shownWeek{Figures: j.mask(states), Held: len(j.held) > 0, Revisions: j.revisions(states)}
	if last == nil || j.advanced {
		out.States = append(slices.Clone(states), r.Revision())
		for id := range known.Deeds {
			known.Deeds[id] = append(known.Deeds[id], w.placed(moved[id]))
		}
	}
	for _, p := range w.places {
		out.Levels[p.entity] = p.level
	}
	j.keep(out, last == nil || j.advanced)
	if len(known.Persons) == 0 && len(known.Deeds) == 0 {
		return out, nil, nil
	}
	return out, encode(known), nil
}

// frozen returns a decision that shows everything as it was when it was made.
func (d *decision) frozen() *decision {
	out := *d
	was := func(revision int64) int64 { return cmp.Or(revision, d.Compared) }
	freeze := func(f *query.ShownFigures) *query.ShownFigures {
		if f == nil {
			return nil
		}
		own := &query.ShownFigures{Revision: was(f.Revision), Tools: f.Tools, Cells: f.Cells, FormerTools: map[int32]int64{}, FormerCells: map[query.ToolCell][2]int64{}}
		for tool := range f.Tools {
			own.FormerTools[tool] = was(f.FormerTools[tool])
		}
		for cell := range f.Cells {
			former := f.FormerCells[cell]
			own.FormerCells[cell] = [2]int64{was(former[0]), was(former[1])}
		}
		return own
	}
	out.Week = shownWeek{Figures: query.MaskedWeek{}, Held: true}
	for entity, e := range d.Week.Figures {
		own := &query.MaskedEntity{Week: freeze(e.Week), Days: map[int8]*query.ShownFigures{}, Whole: e.Whole}
		for day, f := range e.Days {
			own.Days[day] = freeze(f)
		}
		out.Week.Figures[entity] = own
	}
	out.Week.Revisions = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(d.Week.Revisions), d.Compared))))
	return &out
}

// findMovers adds to those whose part in the week was not the same in all states whoever's
// is not what it was when it was last decided about it.
func (w *week) findMovers(ctx context.Context, now *state, last *decision, known *movers) error {
	for _, entity := range slices.Sorted(maps.Keys(last.Levels)) {
		w.place(entity, last.Levels[entity])
	}
	then, err := w.read(ctx, now.rollups.AsOf(last.Compared))
	if err != nil {
		return err
	}
	then.prints = true
	numberThen := func(rec *query.UserRecord) uint32 {
		if n, ok := known.Persons[rec.Identity]; ok {
			return n
		}
		return uint32(rec.Identity)
	}
	enterprise := w.places[0].entity
	sums := map[int32]uint64{}
	for _, of := range []struct {
		*state
		number func(*query.UserRecord) uint32
		sign   uint64
	}{{then, numberThen, 1}, {now, func(rec *query.UserRecord) uint32 { return rec.Person }, ^uint64(0)}} {
		err := of.rollups.Records(ctx, enterprise, w.days(), nil, func(rec *query.UserRecord) error {
			of.deeds(rec, of.number(rec), func(d deed) {
				sums[rec.Identity] += of.sign * fingerprint([]int64{int64(d.Day), int64(d.Tool), int64(d.Cell), int64(d.Feature), int64(d.set), int64(d.All)})
			})
			return nil
		})
		if err != nil {
			return err
		}
	}
	var found []int32
	for id, sum := range sums {
		if _, moves := known.Deeds[id]; sum != 0 && !moves {
			found = append(found, id)
		}
	}
	if len(found) == 0 {
		return nil
	}
	deeds := map[int32][]deed{}
	err = then.rollups.Records(ctx, enterprise, w.days(), found, func(rec *query.UserRecord) error {
		then.deeds(rec, numberThen(rec), func(d deed) { deeds[rec.Identity] = append(deeds[rec.Identity], d) })
		return nil
	})
	for _, id := range found {
		list := w.placed(deeds[id])
		for range last.States {
			known.Deeds[id] = append(known.Deeds[id], list)
		}
	}
	return err
}

// placed names the entities of deeds.
func (w *week) placed(list []deed) []placedDeed {
	out := make([]placedDeed, len(list))
	for i, d := range list {
		out[i].Deed = d
		for _, at := range w.sets[d.set] {
			out[i].Places = append(out[i].Places, w.places[at].entity)
		}
	}
	return out
}

// unplaced finds the sets of deeds.
func (w *week) unplaced(list []placedDeed) []deed {
	out := make([]deed, len(list))
	for i, p := range list {
		out[i] = p.Deed
		for _, entity := range p.Places {
			out[i].set = w.next(out[i].set, w.known[entity])
		}
	}
	return out
}

// numbered returns figures by their keys in the week.
func (w *week) numbered(shown map[namedFigure]uint64) map[figureKey]uint64 {
	out := make(map[figureKey]uint64, len(shown))
	for f, states := range shown {
		if at, ok := w.known[f.Entity]; ok {
			out[figureKey{at, f.Day, f.Kind, f.Tool, f.Value, f.Of}] = states
		}
	}
	return out
}

// named returns a figure by its entity.
func (w *week) named(k figureKey) namedFigure {
	return namedFigure{w.places[k.place].entity, k.day, k.kind, k.tool, k.value, k.of}
}

// keep notes which figures are shown in which states; newest says that the current one is
// one of them. Days of the enterprise on which there is nothing are shown too.
func (j *judged) keep(out *decision, newest bool) {
	for k, states := range j.before {
		out.Shown[j.named(k)] = states
	}
	if !newest {
		return
	}
	for k, current := range j.current {
		if current {
			out.Shown[j.named(k)] |= j.last()
		}
	}
	if j.before == nil {
		for d := wholeWeek; d < 7; d++ {
			out.Shown[j.named(figureKey{day: d})] |= j.last()
		}
	}
}

// revisions returns those of the states that figures are shown in of which a correction is
// held back.
func (j *judged) revisions(states []int64) []int64 {
	found := map[int64]bool{}
	for k := range j.held {
		found[states[bits.Len64(j.before[k])-1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// rules rises when weeks are judged by other rules: what was kept before is decided again.
const rules = 4

func encode(v any) []byte {
	var b bytes.Buffer
	if _, ok := v.(*decision); ok {
		b.WriteByte(rules)
	}
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		panic("privacy: " + err.Error()) // maps and integers alone
	}
	return b.Bytes()
}

// decodeDecision reads what encode wrote; nil if it was by other rules.
func decodeDecision(b []byte) *decision {
	d := &decision{}
	if len(b) == 0 || b[0] != rules || gob.NewDecoder(bytes.NewReader(b[1:])).Decode(d) != nil {
		return nil
	}
	return d
}
