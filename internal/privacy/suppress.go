package privacy

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/store"

	"github.com/RoaringBitmap/roaring/v2"
)

// hiddenKey is what decides what is hidden in an enterprise's data: weeks, and how many
// people a group must have.
type hiddenKey struct {
	from, to day.Day
	minimum  int
}

// Hidden is what a viewer may not see of an enterprise in a range.
//
// Whose group counts is decided week by week: an entity is hidden in a range if
// it is in one of its weeks, so that what is shown of a range and of a part of
// it never leaves a difference that was hidden. See hideWeek.
type Hidden struct {
	Minimum  int
	entities map[int64]bool
	// rest says, by the entity within which rows stand and their level, that what
	// is in none of them is hidden with the others.
	rest map[restKey]bool
	// pools are the people of the rows that the hidden ones of a week fold into.
	pools map[restKey]*roaring.Bitmap
}

// Hides reports whether an organization or team is hidden.
func (h *Hidden) Hides(entity int64) bool { return h.entities[entity] }

// size rises with everything that is hidden.
func (h *Hidden) size() int { return len(h.entities) + len(h.rest) }

type restKey struct {
	entity int64
	level  query.Level
}

// label is the row that hidden ones are folded into.
func (h *Hidden) label() string {
	return fmt.Sprintf("Hidden (fewer than %s)", english.Count(h.Minimum, "person", "people"))
}

// ViewsPeople reports whether whoever asks may see small groups and single
// people: the program itself does.
func ViewsPeople(ctx context.Context, e directory.Entity) bool {
	who, ok := access.Asker(ctx)
	return !ok || who.ViewsPeople(e)
}

// Data is an enterprise's data as a question sees it: of a version, and up to a last day.
type Data struct {
	Enterprise, Version int64
	Last                day.Day
}

// Hide decides what is hidden in the weeks that a range touches. A week that
// data ends in is judged together with the one before.
func (p *Privacy) Hide(ctx context.Context, of Data, r day.Range) (*Hidden, error) {
	privacy, err := p.dir.Privacy(ctx, of.Enterprise)
	if err != nil {
		return nil, fmt.Errorf("read privacy settings: %w", err)
	}
	k := hiddenKey{r.From.Week(), r.To.Week(), privacy.MinimumGroup}
	return p.memory.hides.Get(of.Enterprise, of.Version, k, func() (*Hidden, error) { return p.decideHiding(ctx, of, r, privacy) })
}

func (p *Privacy) decideHiding(ctx context.Context, of Data, r day.Range, privacy directory.Privacy) (*Hidden, error) {
	h := &Hidden{Minimum: privacy.MinimumGroup, entities: map[int64]bool{}, rest: map[restKey]bool{}}
	weeks, err := p.cohorts(ctx, of, day.Range{From: r.From.Week() - 7, To: r.To.Week() + 6})
	if err != nil {
		return nil, err
	}
	// What one week hides, all do: each is looked at again until nothing is new.
	known := map[day.Day]int{}
	for again := true; again; {
		again = false
		for week := r.From.Week(); week <= r.To; week += 7 {
			if n, looked := known[week]; looked && n == h.size() {
				continue
			}
			h.hideWeek(weeks[week])
			known[week], again = h.size(), true
		}
	}
	return h, nil
}

// cohorts returns the groups of the weeks of a range, whose days are whole weeks.
func (p *Privacy) cohorts(ctx context.Context, of Data, r day.Range) (map[day.Day][]*cohort, error) {
	groups := map[day.Day][]store.Group{}
	missing := day.Range{From: 1}
	for week := r.From; week <= r.To; week += 7 {
		list, ok := p.memory.groups.Find(of.Enterprise, of.Version, week)
		if groups[week] = list; !ok {
			missing = day.Range{From: week, To: week}.Join(missing)
		}
	}
	if missing.To != 0 {
		missing.To += 6
		read, err := p.store.Groups(ctx, of.Enterprise, missing)
		if err != nil {
			return nil, fmt.Errorf("groups of people: %w", err)
		}
		for week := missing.From; week <= missing.To; week += 7 {
			groups[week] = nil
		}
		for _, g := range read {
			groups[g.Week] = append(groups[g.Week], g)
		}
		for week := missing.From; week <= missing.To; week += 7 {
			p.memory.groups.Keep(of.Enterprise, of.Version, week, groups[week])
		}
	}
	out := map[day.Day][]*cohort{}
	for week, list := range groups {
		if before := groups[week-7]; week+6 > of.Last && week <= of.Last {
			list = slices.Concat(list, before)
		}
		out[week] = cohortsOf(list)
	}
	return out, nil
}

// cohort is one entity's people of a week.
type cohort struct {
	store.Group
	n    int
	list []uint32 // them, in order
}

// hideWeek hides, of a week's groups: those under the minimum; those that
// another contains and exceeds by less than it; and, where what is hidden of an
// entity's parts, or in none of them, is still too few, the smallest others.
func (h *Hidden) hideWeek(cohorts []*cohort) {
	with := containing(cohorts)
	for _, c := range cohorts {
		if c.n == 0 || c.Level == query.LevelEnterprise {
			continue
		}
		if c.n < h.Minimum || h.exposed(c, with[c.list[0]]) {
			h.entities[c.Entity] = true
		}
	}
	h.pools = map[restKey]*roaring.Bitmap{}
	every, shown := newParts(cohorts), newParts(cohorts)
	for again := true; again; {
		again = false
		for _, whole := range cohorts {
			for _, level := range []query.Level{query.LevelOrganization, query.LevelTeam} {
				if whole.Level < level && h.widen(whole, level, cohorts, every, shown) {
					again = true
				}
			}
		}
		again = h.hideBelow(cohorts) || again
	}
}

// containing returns, for the first person of every group, the groups with them:
// whichever contains the group is among those.
func containing(cohorts []*cohort) map[uint32][]*cohort {
	first := newParts(cohorts)
	for _, c := range cohorts {
		if c.n > 0 {
			first.of[c.list[0]] = 1
		}
	}
	out := map[uint32][]*cohort{}
	for _, c := range cohorts {
		for _, who := range c.list {
			if first.of[who] == 1 {
				out[who] = append(out[who], c)
			}
		}
	}
	return out
}

// cohortsOf puts the groups of an entity together, the smallest first.
func cohortsOf(list []store.Group) []*cohort {
	byEntity := map[int64]*cohort{}
	for _, g := range list {
		if have := byEntity[g.Entity]; have != nil {
			have.People = roaring.Or(have.People, g.People)
			continue
		}
		byEntity[g.Entity] = &cohort{Group: g}
	}
	var out []*cohort
	for _, c := range byEntity {
		c.list = c.People.ToArray()
		c.n = len(c.list)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *cohort) int { return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.Entity, b.Entity)) })
	return out
}

// exposed reports whether the difference to one of the groups that have its
// people would be of too few.
func (h *Hidden) exposed(c *cohort, others []*cohort) bool {
	return slices.ContainsFunc(others, func(o *cohort) bool { return o.n > c.n && h.differsByFew(c.People, o.People) })
}

// widen hides the smallest part of a whole that is still shown, if what the
// whole and the parts shown leave is of too few: people in no part, or in
// several of them, whom the parts count more than once. It reports whether it did.
// every and shown are room to count in.
func (h *Hidden) widen(whole *cohort, level query.Level, cohorts []*cohort, every, shown *parts) bool {
	every.clear()
	shown.clear()
	gone := false
	var next *cohort
	for _, c := range cohorts {
		if c.Level != level || whole.Level == query.LevelOrganization && c.Organization != whole.Entity || c.n == 0 {
			continue
		}
		every.add(c.list)
		if h.entities[c.Entity] {
			gone = true
			continue
		}
		shown.add(c.list)
		if next == nil {
			next = c
		}
	}
	k := restKey{whole.Entity, level}
	none := every.rest(whole.list)
	if gone || h.isSmall(none) || h.exposedBy(k, none, cohorts) {
		h.rest[k] = true
	}
	if !h.rest[k] {
		return false
	}
	h.pools[k] = shown.rest(whole.list)
	if next == nil || !h.isSmall(h.pools[k]) && !h.exposedBy(k, h.pools[k], cohorts) {
		return false
	}
	h.entities[next.Entity] = true
	return true
}

// exposedBy reports whether a row of its own for some people would show, by its
// difference to an entity or to another such row, too few.
func (h *Hidden) exposedBy(k restKey, people *roaring.Bitmap, cohorts []*cohort) bool {
	if people.IsEmpty() {
		return false
	}
	for _, c := range cohorts {
		if !h.entities[c.Entity] && h.differsByFew(people, c.People) {
			return true
		}
	}
	for other, pool := range h.pools {
		if other != k && h.differsByFew(people, pool) {
			return true
		}
	}
	return false
}

// differsByFew reports whether one set contains the other and exceeds it by too few.
func (h *Hidden) differsByFew(a, b *roaring.Bitmap) bool {
	n, m := a.GetCardinality(), b.GetCardinality()
	more := max(n, m) - min(n, m)
	return more > 0 && more < uint64(h.Minimum) && min(n, m) > 0 && a.AndCardinality(b) == min(n, m)
}

// parts counts of how many parts each person is.
type parts struct {
	of    []uint8  // none, one or more (2)
	twice []uint32 // who is of more than one
}

// newParts has room for everybody in the cohorts.
func newParts(cohorts []*cohort) *parts {
	most := uint32(0)
	for _, c := range cohorts {
		if c.n > 0 {
			most = max(most, c.list[c.n-1])
		}
	}
	return &parts{of: make([]uint8, most+1)}
}

func (p *parts) clear() {
	clear(p.of)
	p.twice = p.twice[:0]
}

func (p *parts) add(people []uint32) {
	for _, who := range people {
		switch p.of[who] {
		case 0:
			p.of[who] = 1
		case 1:
			p.of[who] = 2
			p.twice = append(p.twice, who)
		}
	}
}

// rest returns of whom the difference between a whole and its parts is made.
func (p *parts) rest(whole []uint32) *roaring.Bitmap {
	out := roaring.BitmapOf(p.twice...)
	for _, who := range whole {
		if p.of[who] == 0 {
			out.Add(who)
		}
	}
	return out
}

func (h *Hidden) isSmall(people *roaring.Bitmap) bool {
	n := people.GetCardinality()
	return n > 0 && n < uint64(h.Minimum)
}

// hideBelow hides the teams of hidden organizations, which would add up to them.
func (h *Hidden) hideBelow(cohorts []*cohort) bool {
	did := false
	for _, c := range cohorts {
		if c.Level == query.LevelTeam && c.Organization != 0 && h.entities[c.Organization] && !h.entities[c.Entity] {
			h.entities[c.Entity], did = true, true
		}
	}
	return did
}

// Fold adds up the rows of hidden organizations or teams; it reports whether there
// are any. Sums are added; people and quotients of them stay unknown.
func (h *Hidden) Fold(scope query.Scope, ask query.Query, res *query.Result) bool {
	column, level := entityColumn(ask.By)
	if h == nil || column < 0 {
		return false
	}
	rest := h.rest[restKey{scope.Entity(), level}]
	into := map[string][]any{}
	kept := res.Rows[:0:0]
	for _, row := range res.Rows {
		id, ok := row[column].(int64)
		if ok && !h.entities[id] || !ok && !rest {
			kept = append(kept, row)
			continue
		}
		row = slices.Clone(row)
		row[column] = h.label()
		k := query.KeyOf(row[:len(ask.By)])
		if into[k] == nil {
			kept, into[k] = append(kept, row), row
			blank(row, ask)
			continue
		}
		addRow(into[k], row, ask)
	}
	res.Rows = kept
	return len(into) > 0
}

func entityColumn(by []string) (int, query.Level) {
	if i := slices.Index(by, "organization"); i >= 0 {
		return i, query.LevelOrganization
	}
	return slices.Index(by, "team"), query.LevelTeam
}

// blank makes unknown what rows do not add up to.
func blank(row []any, ask query.Query) {
	for i, name := range ask.Measures {
		if metric.MeasureByName(name).Sum == nil {
			row[len(ask.By)+i] = nil
		}
	}
}

func addRow(sum, row []any, ask query.Query) {
	for i, name := range ask.Measures {
		at := len(ask.By) + i
		if metric.MeasureByName(name).Sum == nil {
			continue
		}
		switch x := row[at].(type) {
		case int64:
			have, _ := sum[at].(int64)
			sum[at] = have + x
		case float64:
			have, _ := sum[at].(float64)
			sum[at] = have + x
		}
	}
}

// Warning says what was folded and why.
func (h *Hidden) Warning() string {
	return fmt.Sprintf("groups of fewer than %s, and groups that would reveal them by subtraction, are added up in the row %q, because you do not have the permission to view people here", english.Count(h.Minimum, "person", "people"), h.label())
}
