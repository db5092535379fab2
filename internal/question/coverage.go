package question

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/github"
	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// Coverage is what Coverage shows: who sends what, since when, and what is missing.
type Coverage struct {
	Status Status
	// Days holds, for each source, one state a day of the range.
	Days []CoverageRow
	// Calendar holds the same sources' days from a Monday on to today: a year of them, as far as
	// there is data.
	Calendar []CoverageRow
	// Below lists the people below a minimum version, by client and version.
	Below []BelowMinimum
	// NotCounted lists those whose client is too old to send usage metrics at all; nobody to
	// whoever may not view people, since no count of them is judged beside others.
	NotCounted []BelowMinimum
	// NotUnderstood lists those whose editor's version cannot be compared.
	NotUnderstood []ClientGroup
	// Faults are the known faults of clients that may concern somebody.
	Faults []ClientFault
	// People counts active people in the range, Reporting those whose lines are known.
	People, Reporting *int64
	// Seats counts assigned seats, nil if none were imported.
	Seats *int64
	// Answers are those about the scope's seats, nil if none were imported.
	Answers *SeatAnswers
	// Minimum is from how many people on counts of them may be told to whoever asks, 0 if
	// any may.
	Minimum int
	// Unlinked counts those active in the range whom nobody has linked to a person:
	// each counts for itself; nil where they are not counted.
	Unlinked *int64
	// Disagreement says on which days user records and aggregates have different lines,
	// nil if on none.
	Disagreement *Disagreement
	// Counts and Phases compare people as both have them; none to whoever may not view people.
	Counts []CountDifference
	Phases []PhaseDifference
	// Kinds are where two kinds of data have different lines of the same people.
	Kinds []KindDifference
}

// CoverageRow is one source's days.
type CoverageRow struct {
	Source SourceStatus
	Days   []DayState
}

// DayState is present, provisional, missing, lost (missing, and GitHub has it no longer),
// partial (lines were refused) or none (before the source's first day, or after today).
type DayState struct {
	Day          day.Day
	State        string
	Records      int64
	LinesUnknown int64
}

// The states of a source's day.
const (
	dayPresent     = "present"
	dayProvisional = "provisional"
	dayMissing     = "missing"
	dayLost        = "lost"
	dayPartial     = "partial"
	dayNone        = "none"
)

// Coverage says who sends what, since when, and what is missing. It lists every
// source that speaks of the scope, also those that the figures do not come from.
func (a *Answerer) Coverage(ctx context.Context, w Parameters) (*Coverage, error) {
	v, err := a.seen(ctx, w)
	if err != nil {
		return nil, err
	}
	st, err := a.status(ctx, v)
	if err != nil {
		return nil, err
	}
	out := &Coverage{Status: *st}
	if v.mask != nil {
		out.Minimum = v.mask.Minimum
	}
	have, err := a.reports(ctx, v.scope.Enterprise)
	if err != nil {
		return nil, err
	}
	out.Days = v.coverageRows(have.days, v.r)
	out.Calendar = v.coverageRows(have.days, day.Range{From: max(v.data.From, v.today-calendarDays).Week(), To: v.today})
	if out.Disagreement, err = a.viewDisagreement(ctx, v); err != nil {
		return nil, err
	}
	if out.Counts, err = a.viewCounts(ctx, v); err != nil {
		return nil, err
	}
	if out.Phases, err = a.viewPhases(ctx, v, w); err != nil {
		return nil, err
	}
	if out.Kinds, err = a.viewKinds(ctx, v); err != nil {
		return nil, err
	}
	if err := a.countPeople(ctx, v, out); err != nil {
		return nil, err
	}
	if out.Seats, err = a.seatCount(ctx, v.question); err != nil {
		return nil, err
	}
	if out.Answers, err = a.seatAnswers(ctx, v); err != nil {
		return nil, err
	}
	clients, err := a.store.Clients(ctx, v.scope, v.r)
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	if out.Below, err = a.groupTooOld(ctx, v, clients, metric.TooOldFor); err != nil {
		return nil, err
	}
	if v.mask == nil {
		if out.NotCounted, err = a.groupTooOld(ctx, v, clients, metric.NotCounted); err != nil {
			return nil, err
		}
	}
	out.NotUnderstood = notUnderstood(clients)
	if out.Faults, err = a.clientFaults(ctx, v, clients); err != nil {
		return nil, err
	}
	for i := range out.Faults {
		if v.mask != nil {
			out.Faults[i].hidePeople()
		}
	}
	pseudonymizer, err := a.privacy.Pseudonymizer(ctx, *v.enterprise)
	if err != nil {
		return nil, err
	}
	for _, logins := range out.logins() {
		if v.enterprise.WithoutPeople() {
			*logins = nil
		}
		for i, login := range *logins {
			(*logins)[i] = pseudonymizer.Name(login)
		}
		slices.Sort(*logins)
	}
	return out, nil
}

// logins returns the lists of people.
func (c *Coverage) logins() (lists []*[]string) {
	for i := range c.Below {
		lists = append(lists, &c.Below[i].Logins)
	}
	for i := range c.NotCounted {
		lists = append(lists, &c.NotCounted[i].Logins)
	}
	for i := range c.NotUnderstood {
		lists = append(lists, &c.NotUnderstood[i].Logins)
	}
	for i := range c.Faults {
		for j := range c.Faults[i].Clients {
			lists = append(lists, &c.Faults[i].Clients[j].Logins)
		}
	}
	return lists
}

// SeatAnswers says of when the answers about a scope's seats are: each tells of one moment, so
// that no day can be missing.
type SeatAnswers struct {
	// Days are those that some answer is of, in their order; Oldest is the day of the newest
	// answer of whoever of Owners answered the longest ago.
	Days   []day.Day
	Oldest day.Day
	Owners int
}

// seatAnswers lists the answers about the seats of a view. Those of a team are those of its
// organization or enterprise.
func (a *Answerer) seatAnswers(ctx context.Context, v *view) (*SeatAnswers, error) {
	if v.scope.Team != 0 {
		return nil, nil
	}
	list, err := a.dir.SeatAnswers(ctx, v.scope.Enterprise, v.scope.Organization)
	if err != nil {
		return nil, fmt.Errorf("answers about seats: %w", err)
	}
	newest, out := map[int64]day.Day{}, &SeatAnswers{}
	for _, answer := range list {
		if answer.AsOf.IsZero() {
			continue // of no known time
		}
		on := day.Of(answer.AsOf)
		newest[answer.Owner] = max(newest[answer.Owner], on)
		out.Days = append(out.Days, on)
	}
	if len(out.Days) == 0 {
		return nil, nil
	}
	slices.Sort(out.Days)
	out.Days, out.Owners = slices.Compact(out.Days), len(newest)
	out.Oldest = slices.Min(slices.Collect(maps.Values(newest)))
	return out, nil
}

// calendarDays is how far a calendar of days goes back: as long as GitHub keeps reports.
const calendarDays = 366

// coverageRows returns the days in r of each source that speaks of the scope.
func (v *view) coverageRows(days []reportDay, r day.Range) []CoverageRow {
	found := map[sameStream]*stream{}
	byDay := map[sameStream]map[day.Day]reportDay{}
	for _, d := range days {
		if !v.speaks(d) {
			continue
		}
		at := streamOf(d)
		if found[at] == nil {
			found[at] = &stream{at, v.rank(at), emptyRange}
			byDay[at] = map[day.Day]reportDay{}
		}
		found[at].days = found[at].days.Join(day.Range{From: d.Day, To: d.Day})
		byDay[at][d.Day] = d
	}
	var out []CoverageRow
	for _, f := range sortedStreams(found) {
		out = append(out, v.coverageRow(f, byDay[f.sameStream], r))
	}
	return out
}

// speaks reports whether a report says something of the scope: its own and the
// enterprise's; of an enterprise everyone's.
func (v *view) speaks(d reportDay) bool {
	mine := d.Source == v.scope.Enterprise || v.scope.Organization == 0 || d.Source == v.scope.Organization
	return mine && v.counts(d.Tool) && (v.scope.Team == 0 || d.Kind != report.AggregateDay)
}

func (v *view) coverageRow(f stream, days map[day.Day]reportDay, r day.Range) CoverageRow {
	out := CoverageRow{Source: SourceStatus{Source: v.names.Entity(f.source), Tool: f.tool, Kind: f.kind, Data: f.data, Days: f.days, Late: v.late(f)}}
	for d := r.From; d <= r.To; d++ {
		sd, ok := days[d]
		out.Days = append(out.Days, DayState{Day: d, State: v.state(f, sd, ok, d), Records: sd.Records, LinesUnknown: sd.LinesUnknown})
	}
	return out
}

// late reports whether the source is one of those that the figures wait for.
func (v *view) late(f stream) bool {
	for _, src := range v.sources {
		if src.Source.ID == f.source && src.Tool == f.tool && src.Kind == f.kind && src.Data == f.data {
			return src.Late
		}
	}
	return false
}

// state says how a source stands on a day. Whether a day that the source does
// not have is missing shows when the other sources are complete to it.
func (v *view) state(f stream, sd reportDay, ok bool, d day.Day) string {
	switch {
	case ok && sd.Rejected:
		return dayPartial
	case ok && d > v.last():
		return dayProvisional
	case ok:
		return dayPresent
	case d < f.days.From || d > v.last():
		return dayNone
	case f.tool == metric.Copilot && f.data == metric.Reports && d < github.Users.Since(github.Scope{}, v.today):
		return dayLost
	}
	return dayMissing
}

func (a *Answerer) countPeople(ctx context.Context, v *view, out *Coverage) error {
	res, err := a.run(ctx, v.query(v.r, []string{"active_users", "users_reporting_lines"}))
	if err != nil {
		return err
	}
	out.People, out.Reporting = integer(res.Rows[0][0]), integer(res.Rows[0][1])
	unlinked, err := a.store.Unlinked(ctx, v.scope, v.r)
	if err != nil {
		return fmt.Errorf("identities without a person: %w", err)
	}
	count := int64(len(unlinked))
	out.Unlinked = &count
	return nil
}
