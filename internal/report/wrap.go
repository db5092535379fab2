package report

import (
	"bufio"
	"fmt"
	"io"

	"codegauge/internal/day"
)

// WriteWrapped writes aggregate days as one 28-day report, the object that
// "enterprise-28-day" and "organization-28-day" (the kinds there are) have: the
// range, the time of creation, the entity and what else stood around the first
// day (its Wrapper), with the days in day_totals.
func WriteWrapped(w io.Writer, kind string, days []Record) error {
	entity := map[string]field{"enterprise-28-day": fEnterprise, "organization-28-day": fOrganization}
	own, ok := entity[kind]
	if !ok {
		return fmt.Errorf("write %q: not a kind of wrapped report", kind)
	}
	around := wrapperOf(days, own)
	o := objectWriter{dst: []byte{'{'}, allowed: wrapperFields}
	around.writeHead(&o)
	o.extra(around.Wrapper)
	o.comma()

	bw := bufio.NewWriter(w)
	bw.Write(append(o.dst, quoted[fDayTotals]...))
	bw.WriteByte('[')
	var line []byte
	for i := range days {
		if i > 0 {
			bw.WriteByte(',')
		}
		line = days[i].appendWithout(line[:0], around.covers(&days[i]))
		bw.Write(line)
	}
	bw.WriteString("]}\n")
	return bw.Flush()
}

// wrapperOf returns what the wrapper around the days says: the range and
// creation that they state, else the range that they span.
func wrapperOf(days []Record, own field) Record {
	var around Record
	for i := range days {
		r := &days[i]
		around.ReportStart = firstOf(around.ReportStart, r.ReportStart)
		around.ReportEnd = max(around.ReportEnd, r.ReportEnd)
		if r.CreatedAt.After(around.CreatedAt) {
			around.CreatedAt = r.CreatedAt
		}
	}
	if len(days) == 0 {
		return around
	}
	if around.ReportStart == 0 {
		around.ReportStart, around.ReportEnd = spanOf(days)
	}
	first := &days[0]
	around.Wrapper, around.EnterpriseID = first.Wrapper, first.EnterpriseID
	if own == fOrganization {
		around.OrganizationID = first.OrganizationID
	}
	return around
}

// firstOf returns the earlier of two days, 0 being none.
func firstOf(a, b day.Day) day.Day {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func spanOf(days []Record) (from, to day.Day) {
	for i := range days {
		from, to = firstOf(from, days[i].Day), max(to, days[i].Day)
	}
	return from, to
}

// covers returns the fields that r need not state because the wrapper does.
func (around *Record) covers(r *Record) (omit fields) {
	if r.ReportStart == around.ReportStart {
		omit |= set(fReportStart)
	}
	if r.ReportEnd == around.ReportEnd {
		omit |= set(fReportEnd)
	}
	if r.CreatedAt.Equal(around.CreatedAt) {
		omit |= set(fCreated)
	}
	return omit
}
