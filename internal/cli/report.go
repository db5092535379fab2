package cli

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// The most lines of each kind that a summary shows; --json shows all.
const (
	maxRejected = 20
	maxWarnings = 20
	maxDays     = 31
)

// writeReport says in words what an import or deletion did.
func writeReport(out io.Writer, l *intake.Report, verb string) error {
	w := bufio.NewWriter(out)
	tellHead(w, l, verb)
	tellWarnings(w, l.Warnings)
	tellFiles(w, l.Files)
	tellRejected(w, l)
	tellDays(w, l.Days)
	tellSeats(w, l.Seats)
	return w.Flush()
}

func tellHead(w io.Writer, l *intake.Report, verb string) {
	if l.Preview {
		verb = "would have " + verb
	}
	fmt.Fprintf(w, "%s %s", verb, english.Count(sum(l.Records), "record", "records"))
	if kinds := listCounts(l.Records); len(l.Records) > 0 {
		fmt.Fprintf(w, " (%s)", kinds)
	}
	if l.Enterprise != "" {
		fmt.Fprintf(w, " of %s", l.Enterprise)
	}
	if l.Users > 0 {
		fmt.Fprintf(w, ", %s", english.Count(l.Users, "person", "people"))
	}
	if days := span(l); days != "" {
		fmt.Fprintf(w, ", %s", days)
	}
	fmt.Fprintf(w, ", in %.1f s\n", l.Seconds)
	if l.ImportID != 0 && len(l.Days) > 0 {
		fmt.Fprintf(w, "import %d; codegauge delete --enterprise %s --import %d --yes undoes it\n", l.ImportID, l.Enterprise, l.ImportID)
	}
}

func span(l *intake.Report) string {
	switch {
	case l.From == 0:
		return ""
	case l.From == l.To:
		return l.From.String()
	}
	return fmt.Sprintf("%s to %s", l.From, l.To)
}

func sum(counts map[string]int64) int64 {
	var total int64
	for _, n := range counts {
		total += n
	}
	return total
}

func listCounts(counts map[string]int64) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %s", kind, english.Number(counts[kind])))
	}
	return strings.Join(parts, ", ")
}

func tellFiles(w io.Writer, files []report.FileStat) {
	if len(files) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", english.Count(len(files), "file", "files"))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, f := range files {
		if i == maxDays {
			fmt.Fprintf(t, "  … and %s more\n", english.Number(len(files)-i))
			break
		}
		if f.NotReport != "" {
			fmt.Fprintf(t, "  %s\tnot a report\t%s\t\t\n", clean(f.Name), english.Count(f.Bytes, "byte", "bytes"))
			continue
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s rejected\n", clean(f.Name), f.Format, english.Count(f.Bytes, "byte", "bytes"), listCounts(f.Records), english.Number(f.Rejected))
	}
	t.Flush()
}

func tellRejected(w io.Writer, l *intake.Report) {
	if l.RejectedTotal == 0 {
		return
	}
	fmt.Fprintf(w, "\nrejected %s\n", english.Count(l.RejectedTotal, "line", "lines"))
	for i, r := range l.Rejected {
		if i == maxRejected {
			break
		}
		fmt.Fprintf(w, "  %s:%d: %s\n", clean(r.File), r.Line, clean(r.Reason))
	}
	more(w, l.RejectedTotal, min(len(l.Rejected), maxRejected))
}

func tellWarnings(w io.Writer, warnings []report.Warning) {
	if len(warnings) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", english.Count(len(warnings), "warning", "warnings"))
	for _, x := range warnings[:min(len(warnings), maxWarnings)] {
		times := ""
		if x.Count > 1 {
			times = fmt.Sprintf(" (and %s like it)", english.Number(x.Count-1))
		}
		switch {
		case x.File == "":
			fmt.Fprintf(w, "  %s%s\n", clean(x.Reason), times)
		case x.Line == 0:
			fmt.Fprintf(w, "  %s: %s%s\n", clean(x.File), clean(x.Reason), times)
		default:
			fmt.Fprintf(w, "  %s:%d: %s%s\n", clean(x.File), x.Line, clean(x.Reason), times)
		}
	}
	more(w, int64(len(warnings)), maxWarnings)
}

// tellDays shows how totals moved; where there are many days, summed up by report.
func tellDays(w io.Writer, days []store.DayChange) {
	if len(days) == 0 {
		return
	}
	rows := slices.DeleteFunc(slices.Clone(days), func(d store.DayChange) bool { return d.Idle() })
	idle := len(days) - len(rows)
	days = rows
	heading := "day"
	if len(days) > maxDays {
		heading, days = "days", byReport(days)
	}
	fmt.Fprintln(w, "\nchanges by day")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  %s\treport\trecords\tlines added\tlines deleted\t\n", heading)
	for _, d := range days {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\n", when(d), clean(strings.Join([]string{d.SourceName, d.Kind, d.ToolText()}, " ")),
			movedNumber(d.Before.Records, d.After.Records), movedLines(d.Before.LocAdded, d.After.LocAdded),
			movedLines(d.Before.LocDeleted, d.After.LocDeleted), skipped(d))
	}
	t.Flush()
	if idle > 0 {
		fmt.Fprintf(w, "  %s without any activity\n", english.Count(idle, "report day", "report days"))
	}
}

func tellSeats(w io.Writer, seats []intake.SeatChange) {
	if len(seats) == 0 {
		return
	}
	fmt.Fprintln(w, "\nchanges to seats")
	for _, s := range seats {
		fmt.Fprintf(w, "  %s  %s\n", clean(s.Source), movedNumber(s.Before, s.After))
	}
}

func when(d store.DayChange) string {
	if d.Day < 0 { // byReport's count of days
		return english.Number(-d.Day)
	}
	return d.Day.String()
}

func skipped(d store.DayChange) string {
	if d.Skipped {
		return "skipped"
	}
	return ""
}

func movedNumber(before, after int64) string {
	return english.Moved(english.Number(before), english.Number(after))
}

func movedLines(before, after store.Lines) string {
	return english.Moved(before.String(), after.String())
}

// byReport adds up the days of each report; Day is then their number, negative.
func byReport(days []store.DayChange) []store.DayChange {
	type key struct {
		source, kind, tool string
		data               metric.DataKind
		skipped            bool
	}
	at := map[key]int{}
	var out []store.DayChange
	for _, d := range days {
		k := key{d.SourceName, d.Kind, d.Tool, d.Data, d.Skipped}
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, store.DayChange{SourceName: d.SourceName, Kind: d.Kind, Tool: d.Tool, Data: d.Data, Skipped: d.Skipped})
		}
		out[i].Day -= day.Day(1)
		out[i].Before, out[i].After = out[i].Before.Plus(d.Before), out[i].After.Plus(d.After)
	}
	return out
}

func more(w io.Writer, total int64, shown int) {
	if n := total - int64(shown); n > 0 {
		fmt.Fprintf(w, "  … and %s more; --json lists them\n", english.Number(n))
	}
}

// clean makes a text from a file fit for a terminal.
func clean(s string) string { return query.Printable(s) }
