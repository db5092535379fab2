package source

import (
	"slices"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/github"
)

const (
	// settledAge is how many days after a day its report no longer moves, as a rule.
	settledAge = 3
	// sameTimes is how often a report has come unchanged before it is taken for final.
	sameTimes = 2
	// apart is how far fetches lie apart that count: what comes again within minutes says
	// nothing about whether a report still moves.
	apart = 12 * time.Hour
	// givenUp is how often an old day is asked for of which there is no report, although
	// there is one of an earlier day.
	givenUp = 3
)

// lateRounds are the ages, in days, at which each day is fetched once more, since
// corrections come late.
var lateRounds = []day.Day{7, 28}

// due reports whether a day's report is to be fetched. f is what came of it before, nil
// if it was not asked for; begun says that there is a report of an earlier day.
func due(f *directory.SourceFetch, d, today day.Day, begun bool) bool {
	if f == nil {
		return true
	}
	age, lastAge := today-d, day.Of(f.Last)-d
	for _, late := range lateRounds {
		if lastAge < late && age >= late {
			return true
		}
	}
	if f.Hash == "" {
		// It may be late, or never come.
		return lastAge < lateRounds[0] || begun && f.Asked < givenUp
	}
	switch {
	case day.Of(f.First)-d > settledAge:
		return false
	case lastAge >= settledAge && f.Same >= sameTimes:
		return false
	}
	// A day stays unsettled no longer than the first late round.
	return lastAge < lateRounds[0]
}

// after returns what is known of a day once it was asked for again, now.
func after(old *directory.SourceFetch, now directory.SourceFetch) directory.SourceFetch {
	if old == nil {
		if now.Hash == "" {
			now.Asked = 1
		}
		return now
	}
	out := *old
	out.Last = now.Last
	switch {
	case now.Hash == "" && old.Hash != "":
		// It was there: what is stored stays.
	case now.Hash == "":
		out.Asked++
	case now.Hash == old.Hash && now.Last.Sub(old.Last) < apart:
		out.Last = old.Last
	case now.Hash == old.Hash:
		out.Same++
	case old.Hash == "":
		out.First, out.Hash, out.Same = now.Last, now.Hash, 0
	default:
		out.Hash, out.Same = now.Hash, 0
	}
	return out
}

// task is a report of a day to fetch.
type task struct {
	scope  github.Scope
	report github.Report
	day    day.Day
}

// fetchKey names what is remembered of a task.
type fetchKey struct {
	org, report string
	day         day.Day
}

func (t task) key() fetchKey { return fetchKey{orgOf(t.scope), string(t.report), t.day} }

// fetches are what is remembered, by what it is of.
type fetches map[fetchKey]*directory.SourceFetch

func fetchesOf(list []directory.SourceFetch) fetches {
	out := fetches{}
	for i := range list {
		out[fetchKey{list[i].Org, list[i].Report, list[i].Day}] = &list[i]
	}
	return out
}

// stream is a report of a scope, every day's.
type stream struct {
	scope  github.Scope
	report github.Report
}

// plan lists what is due of some reports in the order in which it is fetched: of the
// oldest day, which GitHub is about to drop, of the newest, of the second oldest and so
// on; of one day as the streams are ordered.
func plan(streams []stream, known fetches, window func(stream) day.Range, today day.Day) []task {
	byDay := map[day.Day][]task{}
	for _, st := range streams {
		r, begun := window(st), false
		for d := r.From; d <= r.To; d++ {
			t := task{st.scope, st.report, d}
			f := known[t.key()]
			if due(f, d, today, begun) {
				byDay[d] = append(byDay[d], t)
			}
			begun = begun || f != nil && f.Hash != ""
		}
	}
	var days []day.Day
	for d := range byDay {
		days = append(days, d)
	}
	slices.Sort(days)
	var out []task
	for len(days) > 0 {
		out = append(out, byDay[days[0]]...)
		days = days[1:]
		if len(days) > 0 {
			out = append(out, byDay[days[len(days)-1]]...)
			days = days[:len(days)-1]
		}
	}
	return out
}
