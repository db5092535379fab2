package report

import (
	"bytes"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/english"
)

// otherObject decodes the object at byte start, which is valid JSON as far as
// it was read and is not a user-day or aggregate day or not a good one.
func (d *decoder) otherObject(start, end int) int {
	reason := d.rejection
	o := d.outline(start, end)
	stop := d.sc.pos
	if !d.sc.ok() {
		return stop
	}
	team := o.seen.hasAny(set(fTeamID, fSlug))
	measured := o.seen.hasAny(counterFields | breakdownFields)
	switch {
	case o.seen.has(fLinks):
		d.links(o)
		return stop
	case o.isValue():
		d.elements(o.value.start+1, o.value.end-1)
		return stop
	case o.answer != "" && !o.seen.hasAny(userFields|counterFields|breakdownFields):
		d.passed(start, stop, o.answer)
		return stop
	case o.message == nil && !o.seen.hasAny(reportFields):
		d.passed(start, stop, "JSON, but no record of a report")
		return stop
	case o.seen.has(fDayTotals) && !team:
		reason = d.wrapper(o)
	case o.seen.has(fSeats):
		reason = d.seatPage(o)
	case o.seen.has(fAssignee):
		first := len(d.rejections.first)
		if reason = d.one(start, stop, (*decoder).seat); reason != "" {
			d.refused(start, stop, reason)
			d.noRecords(first)
			return stop
		}
	case o.seen.has(fRepo):
		reason = d.one(start, stop, (*decoder).repo)
	case team && !measured && !o.seen.has(fDayTotals):
		reason = d.one(start, stop, (*decoder).team)
	case team && (o.seen.has(fDayTotals) || !o.seen.has(fUserID)):
		reason = "a team's totals, which are computed from its users and not imported"
	case reason == "":
		reason = d.one(start, stop, func(d *decoder) { d.dayRecord(dayFields, 0, 0) })
	case o.message != nil && !o.seen.hasAny(userFields|aggregateFields):
		reason = fmt.Sprintf("an API's error response instead of a report: %.100s; solve that and fetch the report again", o.message)
	}
	if reason != "" {
		d.refused(start, stop, reason)
	}
	return stop
}

// outline is what an object looks like from above.
type outline struct {
	start, end int
	seen       fields
	// dayTotals, seats and links are where their last values stand; value is where a
	// list of that name does, which PowerShell writes around lists.
	dayTotals, seats, links, value place
	message                        []byte
	// answer says which of GitHub's other answers it is, "" if it is none of them.
	answer string
	// reportDays are the days that an answer with links says to be about.
	reportDays [2][]byte
}

const olderMetrics = "a day of GitHub's older Copilot metrics API, which was closed on 2026-04-02: it knows no people and no agents, so nothing of it can be imported; keep the file if you need its figures"

// otherAnswers are answers of GitHub's that people take for reports, by a member that
// only they have.
var otherAnswers = map[string]string{
	"copilot_ide_code_completions": olderMetrics,
	"copilot_ide_chat":             olderMetrics,
	"copilot_dotcom_chat":          olderMetrics,
	"total_engaged_users":          olderMetrics,
	"total_suggestions_count":      olderMetrics,
	"seat_breakdown":               "GitHub's summary of seats: import the list of them instead, the response of GET …/copilot/billing/seats",
	"usageItems":                   "GitHub's report of billed usage has no lines of code: import the usage metrics reports instead",
	"members_url":                  "GitHub's list of teams has no members: import the user-teams report instead",
}

// isValue reports whether the object is what PowerShell writes around a list.
func (o *outline) isValue() bool { return o.value.end > 0 && !o.seen.hasAny(reportFields) }

// place is a piece of the text.
type place struct{ start, end int }

// outline reads the members of the object at start without decoding them. Its
// fault of syntax, if any, is in d.sc.
func (d *decoder) outline(start, end int) outline {
	d.sc.reset(d.src[:end], start)
	o := outline{start: start}
	d.inside(func(member []byte) {
		f, name := lookup(member), string(member)
		c := d.sc.peek()
		at := d.sc.pos
		raw := d.sc.skip()
		o.seen |= 1 << f
		if what, ok := otherAnswers[name]; ok {
			o.answer = what
		}
		switch {
		case f == fDayTotals:
			o.dayTotals = place{at, d.sc.pos}
		case f == fSeats:
			o.seats = place{at, d.sc.pos}
		case f == fLinks:
			o.links = place{at, d.sc.pos}
		case name == "value" && c == '[':
			o.value = place{at, d.sc.pos}
		case name == "message":
			o.message = raw
		case name == "report_day":
			o.reportDays = [2][]byte{raw, raw}
		case f == fReportStart:
			o.reportDays[0] = raw
		case f == fReportEnd:
			o.reportDays[1] = raw
		}
	})
	o.end = d.sc.pos
	return o
}

// one decodes the record at start with decode and returns why it was refused.
func (d *decoder) one(start, end int, decode func(*decoder)) string {
	d.sc.reset(d.src[:end], start)
	mark := len(d.b.Records)
	d.addRecord(start, func() { decode(d) })
	if !d.sc.ok() || d.rejection != "" {
		d.b.Records = d.b.Records[:mark]
		return d.rejection
	}
	d.accept(start)
	return ""
}

// links passes over GitHub's answer with links to a report, which is none.
func (d *decoder) links(o outline) {
	of := ""
	var days day.Range
	for i, end := range []*day.Day{&days.From, &days.To} {
		*end, _ = day.Parse(string(trimQuotes(o.reportDays[i])))
	}
	if days.From != 0 && days.To != 0 {
		of = fmt.Sprintf(" of %s", days)
	}
	list := string(bytes.Trim(d.src[o.links.start:o.links.end], "[] \t\r\n"))
	if list == "" || list == "null" {
		d.passed(o.start, o.end, fmt.Sprintf("GitHub's answer that it has no report%s: its list of links is empty. If people were active, ask GitHub again in a day or two", of))
		return
	}
	first := len(d.rejections.first)
	d.refused(o.start, o.end, fmt.Sprintf("this is the list of download links for the report%s, not the report itself: download the links and import those files", of))
	d.noRecords(first)
}

// noRecords says of the rejections from the first on that no record of a day can have
// been in them.
func (d *decoder) noRecords(first int) {
	for i := range d.rejections.first[first:] {
		d.rejections.first[first+i].what.NoRecord = true
	}
}

// seatPage decodes a billing answer, or a page of one.
func (d *decoder) seatPage(o outline) string {
	page := SeatPage{File: d.file, Line: d.lineAt(o.start), Seq: d.base + int64(o.start), From: len(d.b.Records)}
	d.sc.reset(d.src[:o.end], o.start)
	d.inside(func(name []byte) {
		stamp := bytes.HasSuffix(name, []byte("_at"))
		switch raw := d.raw(); {
		case string(name) == "total_seats" && wholeNumber(raw):
			page.Total, _ = integer(raw)
		case stamp:
			page.Seen = later(page.Seen, raw)
		}
	})
	first := len(d.rejections.first)
	listed, reason := d.list(o.seats, "seats", (*decoder).seat)
	d.noRecords(first)
	if reason != "" {
		return reason
	}
	page.Listed, page.To = listed, len(d.b.Records)
	for _, seat := range d.b.Records[page.From:] {
		if seat.SeatSeen.After(page.Seen) {
			page.Seen = seat.SeatSeen
		}
	}
	d.b.SeatPages = append(d.b.SeatPages, page)
	return ""
}

// later returns the later of a time and the time stamp that a value is, if it is one.
func later(t time.Time, raw []byte) time.Time {
	var stamp time.Time
	if stamp.UnmarshalText(trimQuotes(raw)) != nil || stamp.Before(t) {
		return t
	}
	return stamp.UTC()
}

// list decodes each element of the list at p as a record; an element that is
// refused does not keep the others out. It returns how many there are that are not
// null, and why the whole is refused.
func (d *decoder) list(p place, name string, decode func(*decoder)) (n int64, reason string) {
	if d.src[p.start] != '[' {
		return 0, fmt.Sprintf("%s: %s, not a list", name, typeName(d.src[p.start]))
	}
	var walk scanner
	walk.reset(d.src[:p.end], p.start)
	for first := walk.open('['); walk.more(']', first); first = false {
		c := walk.peek()
		start := walk.pos
		walk.skip()
		if n++; n > maxElements {
			d.refused(start, p.end, fmt.Sprintf("%s: more than %s elements", name, english.Number(maxElements)))
			return n, ""
		}
		d.element(c, place{start, walk.pos}, fmt.Sprint(name, ": element ", n), decode)
	}
	return n, ""
}

// element decodes one element, named for messages, that begins with c.
func (d *decoder) element(c byte, p place, name string, decode func(*decoder)) {
	reason := ""
	switch c {
	case '{':
		reason = d.one(p.start, p.end, decode)
	case 'n':
		d.warning(p.start, name+" is null, left out")
	default:
		reason = typeName(c) + ", not an object"
	}
	if reason != "" {
		d.refused(p.start, p.end, name+": "+reason)
	}
}

// wrapper decodes a 28-day report: one aggregate day per element of its
// day_totals, to which it gives what it knows about all of them.
func (d *decoder) wrapper(o outline) string {
	if d.src[o.dayTotals.start] != '[' {
		return fmt.Sprintf("day_totals: %s, not a list", typeName(d.src[o.dayTotals.start]))
	}
	var around Record
	d.rec, d.rejection, d.warned, d.kept = &around, "", d.warned[:0], 0
	d.sc.reset(d.src[:o.end], o.start)
	d.record.start(wrapperFields, 0)
	d.record.omit = set(fDayTotals)
	d.object(&d.record)
	d.record.omit = 0
	if d.rejection != "" {
		d.b.arena.extra.cut(0)
		return d.rejection
	}
	around.Wrapper = d.b.arena.extra.end()
	for _, w := range d.warned {
		d.warning(o.start, w)
	}
	_, reason := d.list(o.dayTotals, "day_totals", func(d *decoder) { d.wrappedDay(&around) })
	return reason
}

// wrappedDay decodes one element of day_totals: an aggregate's day, or a person's, as
// whoever joins a users report to one object writes it.
func (d *decoder) wrappedDay(around *Record) {
	d.dayRecord(dayFields, markerFields, idFields)
	if d.stopped {
		d.refuse("not a day of a report")
	}
	if d.rejection != "" || !d.sc.ok() {
		return
	}
	r := d.rec
	if d.inherit(fEnterprise, r.EnterpriseID == "" && around.EnterpriseID != "") {
		r.EnterpriseID = around.EnterpriseID
	}
	if d.inherit(fOrganization, r.OrganizationID == "" && around.OrganizationID != "") {
		r.OrganizationID = around.OrganizationID
	}
	if d.inherit(fReportStart, r.ReportStart == 0 && around.ReportStart != 0) {
		r.ReportStart = around.ReportStart
	}
	if d.inherit(fReportEnd, r.ReportEnd == 0 && around.ReportEnd != 0) {
		r.ReportEnd = around.ReportEnd
	}
	if d.inherit(fCreated, r.CreatedAt.IsZero() && !around.CreatedAt.IsZero()) {
		r.CreatedAt = around.CreatedAt
	}
	if r.Kind == AggregateDay {
		r.Wrapper = around.Wrapper
	}
	if !d.record.seen.hasAny(aggregateFields) && r.EnterpriseID == "" && r.OrganizationID == "" {
		d.refuse("no data besides the day")
	}
}

// inherit prepares the record's field to be filled from the wrapper: a null or
// empty member of that name leaves Extra.
func (d *decoder) inherit(f field, fill bool) bool {
	if fill && d.record.kept.has(f) {
		d.record.kept &^= 1 << f
		d.dedupe(&d.record)
	}
	return fill
}

// team decodes a row of user-teams-1-day.
func (d *decoder) team() {
	d.rec.Kind = UserTeam
	d.record.start(teamFields, 0)
	d.object(&d.record)
	if !d.sc.ok() || d.rejection != "" {
		return
	}
	d.needUser(d.record.seen)
	d.needDay(d.record.seen)
	if d.rec.TeamID == "" && d.rec.TeamSlug == "" {
		d.refuse("team_id: empty or null")
	}
}

// repo decodes a row of repos-1-day.
func (d *decoder) repo() {
	d.rec.Kind = RepoDay
	d.record.start(repoFields, 0)
	d.object(&d.record)
	if !d.sc.ok() || d.rejection != "" {
		return
	}
	if d.rec.Repo == "" {
		d.refuse("repo_id: empty or null")
	}
	d.needDay(d.record.seen)
}

// seat decodes a seat: every member goes to Extra, the fields are copies.
func (d *decoder) seat() {
	d.rec.Kind = Seat
	d.record.start(0, 0)
	start := d.sc.pos
	d.object(&d.record)
	if !d.sc.ok() {
		return
	}
	end := d.sc.pos
	d.sc.pos = start
	d.inside(d.seatMember)
	d.sc.pos = end
	if d.rec.UserID == "" && d.rec.Login == "" {
		d.refuse("assignee: neither id nor login")
	}
}

// seatMember copies the value that comes next, of the named member of a seat.
func (d *decoder) seatMember(name []byte) {
	r := d.rec
	switch string(name) {
	case "assignee":
		r.UserID, r.UserIDString, r.Login = "", false, ""
		d.inside(d.assigneeMember)
	case "organization":
		r.SeatOrganization = d.stringIn("login")
	case "assigning_team":
		r.SeatTeam = d.stringIn("slug")
	case "created_at":
		d.seatTime("created_at", &r.SeatCreated)
	case "last_activity_at":
		d.seatTime("last_activity_at", &r.SeatLastActivity)
		if r.SeatLastActivity.After(r.SeatSeen) {
			r.SeatSeen = r.SeatLastActivity
		}
	case "last_activity_editor":
		r.SeatEditor = d.copyString()
	case "plan_type":
		r.SeatPlan = d.copyString()
	default:
		stamp := bytes.HasSuffix(name, []byte("_at"))
		if raw := d.raw(); stamp {
			r.SeatSeen = later(r.SeatSeen, raw)
		}
	}
}

// assigneeMember copies the value that comes next, of a member of assignee.
func (d *decoder) assigneeMember(name []byte) {
	c := d.sc.peek()
	switch {
	case string(name) == "login":
		d.rec.Login = d.copyString()
	case string(name) == "id" && c != 'n':
		d.rec.UserID, d.rec.UserIDString = d.id(fUserID)
	default:
		d.sc.skip()
	}
}

// seatTime reads a timestamp that may be null.
func (d *decoder) seatTime(name string, into *time.Time) {
	if d.sc.peek() == 'n' {
		d.sc.skip()
		return
	}
	d.time(name, into)
}

// stringIn returns the named string of the object that comes next, "" if that
// is null or has none.
func (d *decoder) stringIn(member string) (s string) {
	d.inside(func(name []byte) {
		if string(name) == member {
			s = d.copyString()
			return
		}
		d.sc.skip()
	})
	return s
}

// copyString reads any value and returns its text if it is a string.
func (d *decoder) copyString() string {
	if d.sc.peek() != '"' {
		d.sc.skip()
		return ""
	}
	return d.b.arena.name(d.string())
}
