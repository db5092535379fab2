package source

import (
	"slices"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/github"
)

const (
	// finalAge is after how many days a day's report usually does not change any more.
	finalAge = 3
	// finalRepeats is how often a report has to be fetched unchanged to be final.
	finalRepeats = 2
	// minFetchInterval is the least time between fetches that count for finalRepeats: a
	// report that is the same minutes later may still change.
	minFetchInterval = 12 * time.Hour
	// maxEmptyFetches is how often an old day without a report is requested if an earlier
	// day has one.
	maxEmptyFetches = 3
)

// lateFetchAges are the ages, in days, at which each day is fetched once more in case it
// was corrected.
var lateFetchAges = []day.Day{7, 28}

// due reports whether day d's report is to be fetched. f is the result of earlier fetches,
// nil if there were none; earlierFound is set if an earlier day has a report.
func due(f *directory.SourceFetch, d, today day.Day, earlierFound bool) bool {
	if f == nil {
		return true
	}
	age, lastAge := today-d, day.Of(f.Last)-d
	for _, late := range lateFetchAges {
		if lastAge < late && age >= late {
			return true
		}
	}
	if f.Hash == "" {
		// The report may be late, or there may never be one.
		return lastAge < lateFetchAges[0] || earlierFound && f.Asked < maxEmptyFetches
	}
	switch {
	case day.Of(f.First)-d > finalAge:
		return false
	case lastAge >= finalAge && f.Same >= finalRepeats:
		return false
	}
	// After the first late fetch a day is final in any case.
	return lastAge < lateFetchAges[0]
}

// afterFetch returns the record of a day's fetches with another one, now, added to old.
func afterFetch(old *directory.SourceFetch, now directory.SourceFetch) directory.SourceFetch {
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
		// There was a report before: what is stored stays.
	case now.Hash == "":
		out.Asked++
	case now.Hash == old.Hash && now.Last.Sub(old.Last) < minFetchInterval:
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

// fetchKey identifies the fetches of a task.
type fetchKey struct {
	org, report string
	day         day.Day
}

func (t task) key() fetchKey { return fetchKey{t.scope.Org, string(t.report), t.day} }

// fetches are the results of earlier fetches.
type fetches map[fetchKey]*directory.SourceFetch

func fetchesOf(list []directory.SourceFetch) fetches {
	out := fetches{}
	for i := range list {
		out[fetchKey{list[i].Org, list[i].Report, list[i].Day}] = &list[i]
	}
	return out
}

// stream is a kind of report of a scope, for all days.
type stream struct {
	scope  github.Scope
	report github.Report
}

// plan lists the reports that are due, in the order in which to fetch them: those of the
// oldest day, which GitHub will delete first, then of the newest, the second oldest, the
// second newest and so on; within a day in the order of the streams.
func plan(streams []stream, known fetches, window func(stream) day.Range, today day.Day) []task {
	byDay := map[day.Day][]task{}
	for _, st := range streams {
		r, earlierFound := window(st), false
		for d := r.From; d <= r.To; d++ {
			t := task{st.scope, st.report, d}
			f := known[t.key()]
			if due(f, d, today, earlierFound) {
				byDay[d] = append(byDay[d], t)
			}
			earlierFound = earlierFound || f != nil && f.Hash != ""
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
