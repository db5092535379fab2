package quality

import (
	"cmp"
	"fmt"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/sorting"
	"codegauge/internal/web/text"
)

// Calendar is the days of a source, a column a week and a row a weekday.
type Calendar struct {
	Label, Says   string
	Width, Height int
	Months        []Tick
	Weekdays      []Weekday
	// Parts are the days of each state, drawn.
	Parts []CalendarPart
	// Days counts them, in the order of countedStates, and says which they are.
	Days []CalendarDays
	// Worse is how much there is to look at.
	worse int
}

// Weekday is a row's name.
type Weekday struct {
	Y     int
	Label string
}

// CalendarPart is the days of one state: the path of their cells, and of the marks on them.
type CalendarPart struct{ State, Path, Marks string }

// CalendarDays is how many days are in a state, and which.
type CalendarDays struct{ State, Count, Which string }

// A cell of a calendar is a square of calendarCell, calendarStep after the one before, below the
// names of months and right of those of weekdays.
const (
	calendarCell  = 13
	calendarStep  = 16
	calendarLeft  = 32
	calendarAbove = 16
	monthWidth    = 28
)

// mostDrawn is how many sources' days are drawn, mostCalendars how many the table has.
const (
	mostDrawn     = 12
	mostCalendars = 200
)

// calendars draws sources' days, those with most to look at first.
func (d *dashboard) calendars(v *view, rows []question.CoverageRow) {
	var all []Calendar
	for _, row := range rows {
		if len(row.Days) > 0 {
			all = append(all, d.calendar(row))
		}
	}
	sorting.Stable(all, func(a, b Calendar) int { return cmp.Compare(b.worse, a.worse) })
	v.Calendars, v.Drawn = all[:min(mostCalendars, len(all))], all[:min(mostDrawn, len(all))]
	if n := text.Grouped(int64(len(all))); len(all) > mostCalendars {
		v.CalendarRest = d.T("quality.calendar.export", text.Grouped(mostDrawn), n, text.Grouped(mostCalendars), n)
	} else if len(all) > mostDrawn {
		v.CalendarRest = d.T("quality.calendar.rest", text.Grouped(mostDrawn), n, n)
	}
}

func (d *dashboard) calendar(row question.CoverageRow) Calendar {
	first, last := row.Days[0].Day.Week(), row.Days[len(row.Days)-1].Day
	at := func(on day.Day) (x, y int) {
		n := int(on - first)
		return calendarLeft + n/7*calendarStep, calendarAbove + n%7*calendarStep
	}
	right, _ := at(last)
	out := Calendar{Label: d.sourceName(row.Source), Width: right + calendarStep, Height: calendarAbove + 7*calendarStep}
	for i := range 7 {
		on := first + day.Day(i)
		_, y := at(on)
		out.Weekdays = append(out.Weekdays, Weekday{y + 10, on.Time().Format("Mon")})
	}
	for _, m := range monthStarts(day.Range{From: first, To: last}) {
		x, _ := at(m)
		if x+monthWidth > out.Width {
			continue
		}
		out.Months = append(out.Months, Tick{x, m.Time().Format("Jan")})
	}
	var says []string
	for _, state := range countedStates {
		part, which := CalendarPart{State: state}, []day.Day{}
		for _, s := range row.Days {
			if s.State != state {
				continue
			}
			which = append(which, s.Day)
			x, y := at(s.Day)
			part.Path += fmt.Sprintf("M%d,%dh%[3]dv%[3]dh-%[3]dz", x, y, calendarCell)
			part.Marks += marks(state, x, y)
		}
		n := CalendarDays{State: d.T("day." + state), Count: text.Grouped(int64(len(which))), Which: text.LongRuns(which)}
		out.Days = append(out.Days, n)
		if len(which) == 0 {
			continue
		}
		out.Parts = append(out.Parts, part)
		says = append(says, n.Count+" "+n.State)
		if state == "missing" || state == "partial" || state == "lost" {
			out.worse += len(which)
		}
	}
	out.Says = strings.Join(says, ", ")
	return out
}

// marks returns what a day's cell has beside its colour.
func marks(state string, x, y int) string {
	switch right, low := x+calendarCell, y+calendarCell; state {
	case "provisional":
		return fmt.Sprintf("M%d,%dL%d,%d", x, low, right, y)
	case "lost":
		return fmt.Sprintf("M%[1]d,%[2]dL%[3]d,%[4]dM%[1]d,%[4]dL%[3]d,%[2]d", x, y, right, low)
	case "partial":
		return fmt.Sprintf("M%d,%dH%d", x, (y+low)/2, right)
	}
	return ""
}

// monthStarts returns the first days of months that have room for their names.
func monthStarts(r day.Range) (out []day.Day) {
	if m := r.From.NextMonth(); m-r.From >= 21 {
		out = append(out, r.From)
	}
	for m := r.From.NextMonth(); m <= r.To; m = m.NextMonth() {
		out = append(out, m)
	}
	return out
}

// sourceName names a source of reports: its tool, what it sends, and of whom.
func (d *dashboard) sourceName(s question.SourceStatus) string {
	return metric.ToolByName(s.Tool).Label + ": " + s.Data.After(d.T("kind."+s.Kind.String())) + ", " + s.Source.Label()
}

// calendarRuns lists the days of each source in runs of one state, for a file.
func (d *dashboard) calendarRuns(rows []question.CoverageRow) (out [][]any) {
	for _, row := range rows {
		for i, j := 0, 0; i < len(row.Days); i = j {
			for j = i; j < len(row.Days) && row.Days[j].State == row.Days[i].State; j++ {
			}
			if state := row.Days[i].State; state != "none" {
				out = append(out, []any{metric.ToolByName(row.Source.Tool).Label, row.Source.Data.After(d.T("kind." + row.Source.Kind.String())), row.Source.Source.Label(), d.T("day." + state), row.Days[i].Day.String(), row.Days[j-1].Day.String(), int64(j - i)})
			}
		}
	}
	return out
}
