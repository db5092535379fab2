package question

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"github.com/RoaringBitmap/roaring/v2"
)

// Adoption says how many of a scope's people do what, how regularly, and since when. It
// names nobody; to those who may not view people a number of fewer than Minimum is not
// told, or is together with its neighbour.
type Adoption struct {
	From, To day.Day
	// Days of the window have records of people, Nameless have none: who was active on
	// them is not known.
	Days, Nameless int
	// Minimum is 0 for those who may view people.
	Minimum int
	// Populations are the groups that are called active, which overlap.
	Populations []Population
	// Weeks are the Mondays of the ISO weeks that populations are counted in, none for those
	// who may not view people.
	Weeks []day.Day
	// Active is the people with any activity in the window by the surface that says most
	// of them: exclusive parts, in the order of PartNames.
	Active []PeoplePart
	// Seats is how many people hold a seat of the scope, nil if none are known or told;
	// Idle of them had no activity in the window, and Unseated are active without one.
	Seats, Idle, Unseated *int64
	// Funnel leads from seats to people whose work is agent first; each step is a part of
	// the one before.
	Funnel []PeoplePart
	// DaysActive is how many people were active on how many days of the window; Median is
	// that of their days, nil if nobody was active.
	DaysActive []DaysBin
	Median     *float64
	// Flows are by ISO week, in order.
	Flows []Flow
	// Weekdays are from Monday on, none to those who may not see the days of the scope.
	Weekdays []Weekday
	// FirstUse is nil if no seats are known that began since records do.
	FirstUse *FirstUse
	// Copilot is that of Copilot's people alone, where others are counted beside them.
	Copilot *Adoption
}

// Population is a group of active people in several windows that end on the last day: the
// day, 7 and 28 days, the calendar month so far, and the question's own window; GitHub's week
// of the Agents window is the calendar's, which begins on Sunday. ByWeek is by
// Adoption.Weeks. nil is unknown, or not told.
type Population struct {
	Name                             string
	Day, Week, Days28, Month, Window *int64
	ByWeek                           []*int64
}

// The populations.
const (
	PeopleAny     = "any"     // any record
	PeoplePrompts = "prompts" // prompts in an IDE, as GitHub's page counts
	// PeoplePromptsAgent is those of PeoplePrompts who also used an agent in the same window.
	PeoplePromptsAgent = "prompts_agent"
	// PeopleAgentsWindow is those with a session in the VS Code Agents window.
	PeopleAgentsWindow = metric.AgentsWindow
	// PeopleAgentApps is those who started a job of an agent app.
	PeopleAgentApps = "agent_app"
)

// PeoplePart is a part of a whole; Names has several where small parts were joined. People
// is nil where the number is not told.
type PeoplePart struct {
	Names  []string
	People *int64
}

// The exclusive parts of active people, in their order: each is of those who are in none
// before.
var PartNames = []string{"prompts", "ide", "cli", "server"}

// The steps of the funnel.
var FunnelNames = []string{"seats", "active", "chat", "agent", "first"}

// DaysBin is how many people were active on From to To days.
type DaysBin struct {
	From, To int
	People   int64
}

// Flow compares an ISO week with the one before. New people have no earlier record,
// Returning ones were not active the week before but earlier; Gone were active the week
// before and not in this one. nil is not told.
type Flow struct {
	Week                 day.Day
	Active               *int64
	New, Returning, Gone *int64
	// Missing is how many days of both weeks have no records.
	Missing int
}

// Weekday is how many people were active on average on the days of the window that are this
// day of the week and have records, as far as that may be told of each.
type Weekday struct {
	time.Weekday
	People *float64
	Days   int
}

// FirstUse is how long people with a new seat took to their first activity.
type FirstUse struct {
	// Since is from when on seats are new, People how many people they are of.
	Since  day.Day
	People int64
	// Bins are those of FirstUseNames, some joined.
	Bins []PeoplePart
	// Median is in days, nil where more than half have not begun.
	Median *int
	// Month counts those whose seat is 28 days old or older, Within who of them began
	// within 28 days; nil is not told.
	Month, Within *int64
}

// FirstUseNames are the bins: on the day of the seat, within 7 and within 28 days after it,
// later, and not yet.
var FirstUseNames = []string{"same", "week", "month", "later", "never"}

// newSeatDays is how far back seats are new.
const newSeatDays = 180

// flowWeeks is how many weeks flows are of, populationWeeks how many populations are counted
// in at least.
const (
	flowWeeks       = 8
	populationWeeks = 12
)

// adoptionKey is what an Adoption depends on beside the data.
type adoptionKey struct {
	scope     query.Scope
	r         day.Range
	source    query.Source
	tools, of string
	directory int64
}

// Adoption answers w over people of a population; those of Copilot's surfaces are Copilot's
// alone. Filters other than to tools, and questions about single people, are refused.
func (a *Answerer) Adoption(ctx context.Context, w Parameters, population string) (*Adoption, error) {
	out, _, err := a.adoptionOf(ctx, w, population)
	return out, err
}

func (a *Answerer) adoptionOf(ctx context.Context, w Parameters, population string) (*Adoption, *view, error) {
	out, v, err := a.adoptionOfTools(ctx, w, population)
	if err != nil || !v.mixesTools() {
		return out, v, err
	}
	w.Where = append(slices.DeleteFunc(slices.Clone(w.Where), func(c string) bool { return strings.HasPrefix(c, "tool=") }), "tool="+metric.Copilot)
	copilot, _, err := a.adoptionOfTools(ctx, w, population)
	if err != nil {
		return nil, nil, err
	}
	return withSurfaces(out, copilot), v, nil
}

// mixesTools reports whether people of other tools are counted beside Copilot's.
func (v *view) mixesTools() bool {
	tools := v.values("tool")
	if len(tools) == 0 {
		tools = v.from.tools()
	}
	return slices.Contains(tools, metric.Copilot) && slices.ContainsFunc(tools, func(tool string) bool { return tool != metric.Copilot })
}

// copilotSurfaces are the populations of surfaces that are Copilot's: other tools use their
// flags, too, for a CLI of their own.
var copilotSurfaces = []string{"used_cli", "used_copilot_app", "used_copilot_cloud_agent", "used_copilot_code_review_active",
	"used_copilot_code_review_passive", PeopleAgentsWindow, PeopleAgentApps}

// withSurfaces returns what is known of the people of all tools, with those of Copilot's
// surfaces as they are of Copilot alone.
func withSurfaces(all, copilot *Adoption) *Adoption {
	out := *all
	out.Copilot = copilot
	out.Populations = slices.Clone(all.Populations)
	for i := range out.Populations {
		p := &out.Populations[i]
		if !slices.Contains(copilotSurfaces, p.Name) {
			continue
		}
		*p = Population{Name: p.Name, ByWeek: make([]*int64, len(all.Weeks))}
		at := slices.IndexFunc(copilot.Populations, func(c Population) bool { return c.Name == p.Name })
		if at < 0 {
			continue
		}
		of := &copilot.Populations[at]
		p.Day, p.Week, p.Days28, p.Month, p.Window = of.Day, of.Week, of.Days28, of.Month, of.Window
		for w, monday := range all.Weeks {
			if at := slices.Index(copilot.Weeks, monday); at >= 0 {
				p.ByWeek[w] = of.ByWeek[at]
			}
		}
	}
	return &out
}

func (a *Answerer) adoptionOfTools(ctx context.Context, w Parameters, population string) (*Adoption, *view, error) {
	if population != PeopleAny && population != PeoplePrompts {
		return nil, nil, fault.New(fault.Invalid, "people %.40q is not one of %s, %s", population, PeopleAny, PeoplePrompts)
	}
	w.Measures = []string{"monthly_active_users"} // as far back as it looks
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range v.filters {
		if f.Dimension != "tool" {
			return nil, nil, fault.New(fault.Unsupported, "no report says of people's days by %s: remove the filter", f.Dimension)
		}
	}
	if v.mask != nil {
		if v.seesOtherPlaces(ctx) {
			return nil, nil, fault.New(fault.Forbidden, "you see these counts only for the largest group that you have access to: those of %s could be subtracted from others until single people are left; seeing them takes the permission to view people", v.entity().Label())
		}
		out, err := a.adoption(ctx, v, population)
		return out, v, err
	}
	revision, err := a.DirectoryVersion(ctx)
	if err != nil {
		return nil, nil, err
	}
	key := adoptionKey{v.scope, v.r, v.source, strings.Join(v.values("tool"), "\n"), population, revision}
	out, err := a.memory.adoption.Get(v.scope.Enterprise, v.version, key, func() (*Adoption, error) { return a.adoption(ctx, v, population) })
	return out, v, err
}

// adopter works out an Adoption.
type adopter struct {
	*view
	out *Adoption
	// recent is who did what lately; earlier is who was active on all days before.
	recent, earlier *query.Cohort
	who             query.CohortKey
	// active is everybody of the window.
	active *roaring.Bitmap
}

func signal(name string) query.CohortKey {
	return query.CohortKey{Breakdown: metric.BySignal, Value: name}
}

func (a *Answerer) adoption(ctx context.Context, v *view, population string) (*Adoption, error) {
	seats, err := a.newSeats(ctx, v)
	if err != nil {
		return nil, err
	}
	d := &adopter{view: v}
	err = a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) error {
		d.out = &Adoption{From: v.r.From, To: v.r.To}
		if v.mask != nil {
			d.out.Minimum = v.mask.Minimum
		}
		if d.who = (query.CohortKey{}); population == PeoplePrompts {
			d.who = signal(metric.IDEPrompts)
		}
		if err := d.read(ctx, r); err != nil {
			return err
		}
		held, err := holders(ctx, r, seats)
		if err != nil {
			return err
		}
		d.fill(seats, held)
		return cmp.Or(d.recent.Err(), d.earlier.Err())
	})
	if err != nil {
		return nil, fmt.Errorf("adoption: %w", err)
	}
	return d.out, nil
}

// read reads the sets of people.
func (d *adopter) read(ctx context.Context, r query.Rollups) (err error) {
	ask := d.query(d.r, nil)
	ask.Range.From = min(d.r.From, d.r.To.Month(), d.r.To-27, d.r.To.Week()-7*flowWeeks)
	if d.mask == nil {
		for monday := max(min(d.r.From.Week(), (d.r.To+1).Week()-7*populationWeeks), d.data.From.Week()); monday+6 <= d.r.To; monday += 7 {
			d.out.Weeks = append(d.out.Weeks, monday)
			ask.Range.From = min(ask.Range.From, monday)
		}
	}
	if d.recent, err = query.ReadCohort(ctx, r, ask, metric.BySignal, metric.ByPhase, metric.ByIDE, metric.BySession, metric.ByAgentApp); err != nil {
		return err
	}
	before := day.Range{From: min(d.data.From, ask.Range.From), To: ask.Range.From - 1}
	ask.Range = before
	if d.mask != nil {
		ask.Mask = nil // first days are not told by themselves
	}
	breakdowns := []metric.Breakdown{}
	if d.who != (query.CohortKey{}) {
		breakdowns = append(breakdowns, metric.BySignal)
	}
	d.earlier, err = query.ReadCohort(ctx, r, ask, breakdowns...)
	return err
}

// seated is seats and whose they are.
type seated struct {
	list []directory.Seat
	// total is how many people hold one, nil if that is not known or told.
	total *int64
}

// newSeats returns the scope's seats, none where their number may not be told.
func (a *Answerer) newSeats(ctx context.Context, v *view) (out seated, err error) {
	if out.total, err = a.seatCount(ctx, v.question); err != nil || out.total == nil {
		return out, err
	}
	if out.list, err = a.dir.Seats(ctx, v.scope.Enterprise, v.scope.Organization); err != nil {
		return out, fmt.Errorf("seats: %w", err)
	}
	return out, nil
}

// holder is a person with a seat: in records by a number, if they are in any.
type holder struct {
	person  uint32
	known   bool
	created day.Day
}

// holders returns each holder once, with the earliest seat.
func holders(ctx context.Context, r query.Rollups, seats seated) ([]holder, error) {
	person, err := r.Persons(ctx)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	var out []holder
	var names []string
	for _, seat := range seats.list {
		key := seat.Holder()
		if key == "" {
			continue
		}
		created := day.Day(0)
		if !seat.Created.IsZero() {
			created = day.Of(seat.Created)
		}
		if i, ok := at[key]; ok {
			if created != 0 && (out[i].created == 0 || created < out[i].created) {
				out[i].created = created
			}
			continue
		}
		at[key] = len(out)
		out, names = append(out, holder{created: created}), append(names, seatName(seat))
	}
	ids, err := r.UsersNamed(ctx, names)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if len(ids[i]) > 0 {
			out[i].person, out[i].known = person(ids[i][0]), true
		}
	}
	return out, nil
}

func (d *adopter) fill(seats seated, held []holder) {
	for _, days := range d.recent.Days() {
		if d.r.Contains(days) {
			d.out.Days++
		}
	}
	for _, days := range d.recent.Nameless {
		if d.r.Contains(days) && !slices.Contains(d.recent.Days(), days) {
			d.out.Nameless++
		}
	}
	if d.out.Days == 0 {
		return // nobody is known
	}
	d.active = d.recent.In(d.r, d.who)
	d.populations()
	d.parts(seats, held)
	d.funnel(seats, held)
	d.daysActive()
	d.weekdays()
	d.flows()
	d.firstUse(held)
}

// told returns a number of people if it may be told, and if what it leaves of a whole may.
func (d *adopter) told(n int64, wholes ...int64) *int64 {
	for _, whole := range wholes {
		if !d.mask.Printable(whole - n) {
			return nil
		}
	}
	if !d.mask.Printable(n) {
		return nil
	}
	return &n
}

func count(b *roaring.Bitmap) int64 { return int64(b.GetCardinality()) }

// Surfaces are the populations that are counted besides: by the signal that says so.
var surfaces = []string{"used_cli", "used_copilot_app", "used_copilot_cloud_agent", "used_copilot_code_review_active",
	"used_copilot_code_review_passive", "used_chat", "used_agent"}

// populations counts the groups that are called active.
func (d *adopter) populations() {
	of := func(k query.CohortKey) func(day.Range) *roaring.Bitmap {
		return func(r day.Range) *roaring.Bitmap { return d.recent.In(r, k) }
	}
	everybody, prompted, used := query.CohortKey{}, signal(metric.IDEPrompts), signal("used_agent")
	anybody, prompts, agent := of(everybody), of(prompted), of(used)
	d.population(PeopleAny, anybody, nil)
	d.population(PeoplePrompts, prompts, []query.CohortKey{prompted}, anybody)
	d.population(PeoplePromptsAgent, func(r day.Range) *roaring.Bitmap { return roaring.And(prompts(r), agent(r)) }, []query.CohortKey{prompted, used}, anybody, prompts, agent)
	for _, name := range surfaces {
		in, keys := of(signal(name)), []query.CohortKey{signal(name)}
		if name == "used_copilot_code_review_passive" { // who is active in a period is not passive in it
			passive, active := in, of(signal("used_copilot_code_review_active"))
			in = func(r day.Range) *roaring.Bitmap { return roaring.AndNot(passive(r), active(r)) }
			keys = append(keys, signal("used_copilot_code_review_active"))
		}
		d.population(name, in, keys, anybody)
	}
	window, apps := query.CohortKey{Breakdown: metric.BySession, Value: metric.AgentsWindow}, query.CohortKey{Breakdown: metric.ByAgentApp}
	d.population(PeopleAgentsWindow, of(window), []query.CohortKey{window}, anybody)
	d.population(PeopleAgentApps, of(apps), []query.CohortKey{apps}, anybody)
}

// population counts a group, of people with some keys, which is a part of others, in each window.
func (d *adopter) population(name string, in func(day.Range) *roaring.Bitmap, keys []query.CohortKey, wholes ...func(day.Range) *roaring.Bitmap) {
	number := func(r day.Range) *int64 {
		if slices.ContainsFunc(keys, func(k query.CohortKey) bool { return d.recent.HidesCount(r, k) }) {
			return nil
		}
		people := in(r)
		var of []int64
		if d.mask != nil {
			decided := len(keys) == 1 && query.IsISOWeek(r) && d.scope.Level() == query.LevelEnterprise
			if len(keys) > 0 && r.Len() > 1 && !decided && !d.recent.MayTell(r, people) {
				return nil
			}
			for _, whole := range wholes {
				of = append(of, count(whole(r)))
			}
		}
		return d.told(count(people), of...)
	}
	last := d.r.To
	week := last - 6
	if name == PeopleAgentsWindow {
		week = last - day.Day(last.Time().Weekday())
	}
	p := Population{Name: name, Day: number(day.Range{From: last, To: last}), Week: number(day.Range{From: week, To: last}),
		Days28: number(day.Range{From: last - 27, To: last}), Month: number(day.Range{From: last.Month(), To: last}), Window: number(d.r)}
	for _, monday := range d.out.Weeks {
		p.ByWeek = append(p.ByWeek, number(day.Range{From: monday, To: monday + 6}))
	}
	d.out.Populations = append(d.out.Populations, p)
}

// parts divides everybody who was active.
func (d *adopter) parts(seats seated, held []holder) {
	everybody := d.recent.In(d.r, query.CohortKey{})
	left := everybody.Clone()
	var parts []PeoplePart
	of := map[string]*roaring.Bitmap{}
	take := func(name string, people *roaring.Bitmap) {
		of[name] = roaring.And(left, people)
		n := count(of[name])
		left.AndNot(people)
		parts = append(parts, PeoplePart{[]string{name}, &n})
	}
	take(PartNames[0], d.recent.In(d.r, signal(metric.IDEPrompts)))
	take(PartNames[1], d.recent.In(d.r, query.CohortKey{Breakdown: metric.ByIDE}))
	take(PartNames[2], roaring.Or(d.recent.In(d.r, signal("used_cli")), d.recent.In(d.r, signal("used_copilot_app"))))
	take(PartNames[3], left.Clone())
	if d.out.Active = d.join(parts); d.mask != nil {
		var joined []*roaring.Bitmap
		for _, p := range d.out.Active {
			people := roaring.New()
			for _, name := range p.Names {
				people.Or(of[name])
			}
			joined = append(joined, people)
		}
		if !d.recent.MayTell(d.r, joined...) {
			for i := range d.out.Active {
				d.out.Active[i].People = nil
			}
		}
	}
	if seats.total == nil {
		return
	}
	with := roaring.New()
	for _, h := range held {
		if h.known && everybody.Contains(h.person) {
			with.Add(h.person)
		}
	}
	idle, unseated := max(0, *seats.total-count(with)), count(everybody)-count(with)
	d.out.Seats = seats.total
	if d.mask.Printable(unseated) && d.mask.Printable(idle) {
		d.out.Idle, d.out.Unseated = &idle, &unseated
	}
}

// join puts parts of too few people together with the one after them, or the last with the
// one before.
func (d *adopter) join(parts []PeoplePart) []PeoplePart {
	var out []PeoplePart
	for i := 0; i < len(parts); i++ {
		p := parts[i]
		for i+1 < len(parts) && !d.mask.Printable(*p.People) {
			i++
			n := *p.People + *parts[i].People
			p = PeoplePart{append(slices.Clone(p.Names), parts[i].Names...), &n}
		}
		out = append(out, p)
	}
	for len(out) > 1 && !d.mask.Printable(*out[len(out)-1].People) {
		last := out[len(out)-1]
		out = out[:len(out)-1]
		before := &out[len(out)-1]
		n := *before.People + *last.People
		*before = PeoplePart{append(slices.Clone(before.Names), last.Names...), &n}
	}
	if len(out) == 1 && !d.mask.Printable(*out[0].People) {
		out[0].People = nil
	}
	return out
}

// funnel counts the steps: each is a part of the one before, so that with seats all are of
// those who have one. Who let an agent edit is taken to have chatted with it.
func (d *adopter) funnel(seats seated, held []holder) {
	active := d.active
	if seats.total != nil {
		with := roaring.New()
		for _, h := range held {
			if h.known {
				with.Add(h.person)
			}
		}
		active = roaring.And(active, with)
	}
	agent := roaring.And(d.recent.In(d.r, signal("used_agent")), active)
	chat := roaring.Or(roaring.And(d.recent.In(d.r, signal("used_chat")), active), agent)
	first := roaring.And(d.agentFirst(), agent)
	before, last := int64(0), active
	step := func(name string, n int64, people *roaring.Bitmap, whole bool, keys ...query.CohortKey) {
		p := PeoplePart{Names: []string{name}}
		switch {
		case slices.ContainsFunc(keys, func(k query.CohortKey) bool { return d.recent.HidesCount(d.r, k) }):
		case people != nil && !d.recent.MayTell(d.r, people, roaring.AndNot(last, people)):
		case whole:
			p.People = d.told(n)
		default:
			p.People = d.told(n, before)
		}
		if p.People != nil {
			before = n
			if people != nil {
				last = people
			}
		}
		d.out.Funnel = append(d.out.Funnel, p)
	}
	if seats.total != nil {
		step(FunnelNames[0], *seats.total, nil, true)
	}
	step(FunnelNames[1], count(active), active, seats.total == nil)
	step(FunnelNames[2], count(chat), chat, false, signal("used_chat"), signal("used_agent"))
	step(FunnelNames[3], count(agent), agent, false, signal("used_agent"))
	step(FunnelNames[4], count(first), first, false, signal("used_agent"))
}

// agentFirst returns whose last reported adoption phase in the window is 2 or higher.
func (d *adopter) agentFirst() *roaring.Bitmap {
	out := roaring.New()
	for phase, people := range (&phaseCohort{d.recent, d.r}).reported() {
		if phase != metric.NoCohort && phase != metric.PhaseName(1) {
			out.Or(people)
		}
	}
	return out
}

// mostBins is how many bars a distribution has at the most.
const mostBins = 31

// mostMaskedBins is how many it has for those who may not view people: all ways of adding bars
// up are looked at.
const mostMaskedBins = 7

// daysActive counts people by how many days they were active.
func (d *adopter) daysActive() {
	byDays := d.recent.CountDays(d.r, d.who)
	all, seen := int64(0), int64(0)
	for _, n := range byDays {
		all += n
	}
	for i, n := range byDays {
		if seen += n; 2*seen >= all && all > 0 {
			median := float64(i + 1)
			if 2*seen == all {
				next := i + 1
				for byDays[next] == 0 {
					next++
				}
				median = float64(i+1+next+1) / 2
			}
			d.out.Median = &median
			break
		}
	}
	most := mostBins
	if d.mask != nil {
		most = mostMaskedBins
	}
	wide := max(1, (len(byDays)+most-1)/most)
	var bins []DaysBin
	for i := 0; i < len(byDays); i += wide {
		b := DaysBin{From: i + 1, To: min(i+wide, len(byDays))}
		for _, n := range byDays[i:b.To] {
			b.People += n
		}
		bins = append(bins, b)
	}
	d.out.DaysActive = d.joinDays(bins)
	if !d.mask.Printable(all) || d.mask != nil && !d.recent.MayTell(d.r, d.peopleOf(d.out.DaysActive)...) {
		d.out.DaysActive, d.out.Median = nil, nil
	}
}

// peopleOf returns the people of bars.
func (d *adopter) peopleOf(bins []DaysBin) []*roaring.Bitmap {
	days := map[uint32]int{}
	for _, on := range d.recent.Days() {
		if d.r.Contains(on) {
			for it := d.recent.On(on, d.who).Iterator(); it.HasNext(); {
				days[it.Next()]++
			}
		}
	}
	out := make([]*roaring.Bitmap, len(bins))
	for i := range out {
		out[i] = roaring.New()
	}
	for person, n := range days {
		if i := slices.IndexFunc(bins, func(b DaysBin) bool { return n <= b.To }); i >= 0 {
			out[i].Add(person)
		}
	}
	return out
}

// joinDays puts bars of too few people together with their neighbour.
func (d *adopter) joinDays(bins []DaysBin) (out []DaysBin) {
	for _, b := range bins {
		if last := len(out) - 1; last >= 0 && !d.mask.Printable(out[last].People) {
			out[last].To, out[last].People = b.To, out[last].People+b.People
			continue
		}
		out = append(out, b)
	}
	for last := len(out) - 1; last > 0 && !d.mask.Printable(out[last].People); last-- {
		out[last-1].To, out[last-1].People = out[last].To, out[last-1].People+out[last].People
		out = out[:last]
	}
	return out
}

// weekdays averages the people of the window's days by day of the week.
func (d *adopter) weekdays() {
	if d.mask != nil && d.scope.Level() != query.LevelEnterprise {
		return
	}
	out := make([]Weekday, 7)
	var sum [7]int64
	for _, on := range d.recent.Days() {
		if !d.r.Contains(on) {
			continue
		}
		if n := d.told(count(d.recent.On(on, d.who)), count(d.recent.On(on, query.CohortKey{}))); n != nil {
			at := (int(on.Time().Weekday()) + 6) % 7
			sum[at] += *n
			out[at].Days++
		}
	}
	for at := range out {
		if out[at].Weekday = time.Weekday((at + 1) % 7); out[at].Days > 0 {
			mean := float64(sum[at]) / float64(out[at].Days)
			out[at].People = &mean
		}
	}
	d.out.Weekdays = out
}

// flows compares weeks. A week that is not over, or of which nothing before is known, has
// none.
func (d *adopter) flows() {
	in := func(r day.Range) *roaring.Bitmap {
		return roaring.Or(d.recent.In(r, d.who), d.earlier.In(r, d.who))
	}
	end := (min(d.r.To, d.last()) + 1).Week()
	first := max(end-7*flowWeeks, (d.data.From+6).Week()+7)
	if first >= end {
		return
	}
	before := in(day.Range{From: d.data.From, To: first - 1})
	last := in(day.Range{From: first - 7, To: first - 1})
	for monday := first; monday < end; monday += 7 {
		week := day.Range{From: monday, To: monday + 6}
		now := in(week)
		f := Flow{Week: monday, Missing: d.missingIn(day.Range{From: monday - 7, To: monday + 6})}
		both, new := roaring.And(now, last), roaring.AndNot(now, before)
		active, stayed, fresh := count(now), count(both), count(new)
		returning, gone := active-stayed-fresh, count(last)-stayed
		if !d.recent.HidesCount(week, d.who) {
			f.Active = d.told(active)
		}
		told := f.Active != nil && d.recent.MayTell(week, both, new, roaring.AndNot(roaring.AndNot(now, both), new)) &&
			d.recent.MayTell(day.Range{From: monday - 7, To: monday - 1}, both, roaring.AndNot(last, both))
		if told && d.mask.Printable(fresh) && d.mask.Printable(returning) && d.mask.Printable(gone) && d.mask.Printable(stayed) {
			f.New, f.Returning, f.Gone = &fresh, &returning, &gone
		}
		d.out.Flows = append(d.out.Flows, f)
		before.Or(now)
		last = now
	}
}

// missingIn counts the days of a range without records of people.
func (d *adopter) missingIn(r day.Range) int {
	n := r.Len()
	for _, c := range []*query.Cohort{d.earlier, d.recent} {
		for _, on := range c.Days() {
			if r.Contains(on) {
				n--
			}
		}
	}
	return n
}

// firstUse measures how long holders of new seats took to their first activity. Who was
// active before the seat began is not new.
func (d *adopter) firstUse(held []holder) {
	since := max(d.data.From, d.r.To-newSeatDays)
	waiting := map[uint32]day.Day{}
	bins := make([]int64, len(FirstUseNames))
	var took []int
	var old, within int64
	begins := func(created day.Day, days int, begun bool) {
		at := len(FirstUseNames) - 1
		if begun {
			took = append(took, days)
			for at = 0; at < 3 && days > [3]int{0, 7, 28}[at]; at++ {
			}
		}
		bins[at]++
		if d.r.To-created >= 28 {
			old++
			if begun && days <= 28 {
				within++
			}
		}
	}
	for _, h := range held {
		switch {
		case h.created < since || h.created > d.r.To:
		case !h.known:
			begins(h.created, 0, false)
		default:
			waiting[h.person] = min(h.created, cmp.Or(waiting[h.person], h.created))
		}
	}
	all := roaring.New()
	for person := range waiting {
		all.Add(person)
	}
	for _, c := range []*query.Cohort{d.earlier, d.recent} {
		for _, on := range c.Days() {
			if on > d.r.To || all.IsEmpty() {
				break
			}
			for it := roaring.And(all, c.On(on, query.CohortKey{})).Iterator(); it.HasNext(); {
				person := it.Next()
				if created := waiting[person]; on >= created {
					begins(created, int(on-created), true)
				}
				delete(waiting, person)
				all.Remove(person)
			}
		}
	}
	for _, created := range waiting {
		begins(created, 0, false)
	}
	out := &FirstUse{Since: since}
	var parts []PeoplePart
	for i, n := range bins {
		out.People += n
		parts = append(parts, PeoplePart{[]string{FirstUseNames[i]}, &n})
	}
	if out.People == 0 || !d.mask.Printable(out.People) {
		return
	}
	out.Bins = d.join(parts)
	slices.Sort(took)
	if half := int(out.People-1) / 2; half < len(took) {
		out.Median = &took[half]
	}
	if n := d.told(within, old); n != nil && d.mask.Printable(old) && d.mask.Printable(out.People-old) {
		out.Month, out.Within = &old, n
	}
	d.out.FirstUse = out
}
