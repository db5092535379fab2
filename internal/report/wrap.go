package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"codegauge/internal/day"
)

// WriteWrapped writes aggregate days as one 28-day report of the kind
// "enterprise-28-day" or "organization-28-day": an object with the range of days, the
// time of creation, the entity, and the first Wrapper among the days, with the days in
// day_totals. Other kinds are an error.
func WriteWrapped(w io.Writer, kind string, days []Record) error {
	entity := map[string]field{"enterprise-28-day": fEnterprise, "organization-28-day": fOrganization}
	entityField, ok := entity[kind]
	if !ok {
		return fmt.Errorf("write report: %q is not a kind of 28-day report", kind)
	}
	wrapper := wrapperOf(days, entityField)
	o := objectWriter{dst: []byte{'{'}, allowed: wrapperFields}
	wrapper.writeHead(&o)
	o.extra(wrapper.Wrapper)
	o.comma()

	bw := bufio.NewWriter(w)
	bw.Write(append(o.dst, quotedNames[fDayTotals]...))
	bw.WriteByte('[')
	var line []byte
	for i := range days {
		if i > 0 {
			bw.WriteByte(',')
		}
		line = days[i].appendJSONWithout(line[:0], wrapper.sharedFields(&days[i]))
		bw.Write(line)
	}
	bw.WriteString("]}\n")
	return bw.Flush()
}

// wrapperOf returns the members of the object around the days: the range and the time of
// creation that the days state, or else the range that they span.
func wrapperOf(days []Record, entityField field) Record {
	var wrapper Record
	for i := range days {
		r := &days[i]
		wrapper.ReportStart = earlierDay(wrapper.ReportStart, r.ReportStart)
		wrapper.ReportEnd = max(wrapper.ReportEnd, r.ReportEnd)
		if r.CreatedAt.After(wrapper.CreatedAt) {
			wrapper.CreatedAt = r.CreatedAt
		}
	}
	if len(days) == 0 {
		return wrapper
	}
	if wrapper.ReportStart == 0 {
		wrapper.ReportStart, wrapper.ReportEnd = dayRange(days)
	}
	first := &days[0]
	wrapper.EnterpriseID = first.EnterpriseID
	if i := slices.IndexFunc(days, func(r Record) bool { return r.Wrapper != nil }); i >= 0 {
		wrapper.Wrapper = days[i].Wrapper
	}
	if entityField == fOrganization {
		wrapper.OrganizationID = first.OrganizationID
	}
	return wrapper
}

// earlierDay returns the earlier of two days; 0 is no day.
func earlierDay(a, b day.Day) day.Day {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func dayRange(days []Record) (from, to day.Day) {
	for i := range days {
		from, to = earlierDay(from, days[i].Day), max(to, days[i].Day)
	}
	return from, to
}

// sharedFields returns the fields that are omitted from r because the wrapper has the
// same.
func (wrapper *Record) sharedFields(r *Record) (omit fields) {
	if r.ReportStart == wrapper.ReportStart {
		omit |= fieldSet(fReportStart)
	}
	if r.ReportEnd == wrapper.ReportEnd {
		omit |= fieldSet(fReportEnd)
	}
	if r.CreatedAt.Equal(wrapper.CreatedAt) {
		omit |= fieldSet(fCreated)
	}
	return omit
}
