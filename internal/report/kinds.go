package report

import (
	"bytes"
	"fmt"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/english"
)

// decodeOtherObject decodes the object at byte start after decodeDay has rejected it or
// found it to be of another kind. It is valid JSON as far as decodeDay has read.
func (d *decoder) decodeOtherObject(start, end int) int {
	reason := d.rejection
	shape := d.readShape(start, end)
	stop := d.sc.pos
	if !d.sc.ok() {
		return stop
	}
	team := shape.seen.hasAny(fieldSet(fTeamID, fSlug))
	measured := shape.seen.hasAny(counterFields | breakdownFields)
	switch {
	case shape.seen.has(fLinks):
		d.rejectLinks(shape)
		return stop
	case shape.isPowerShellList():
		d.decodeElements(shape.powerShellList.start+1, shape.powerShellList.end-1)
		return stop
	case shape.otherAnswer != "" && !shape.seen.hasAny(userFields|counterFields|breakdownFields):
		d.addUnrelated(start, stop, shape.otherAnswer)
		return stop
	case shape.errorMessage == nil && !shape.seen.hasAny(reportFields):
		d.addUnrelated(start, stop, "JSON, but no record of a report")
		return stop
	case shape.seen.has(fDayTotals) && !team:
		reason = d.decodeWrapper(shape)
	case shape.seen.has(fSeats):
		reason = d.decodeSeatPage(shape)
	case shape.seen.has(fAssignee):
		first := len(d.rejections.items)
		if reason = d.decodeOne(start, stop, (*decoder).decodeSeat); reason != "" {
			d.addRejection(start, stop, reason)
			d.markNoRecord(first)
			return stop
		}
	case shape.seen.has(fRepo):
		reason = d.decodeOne(start, stop, (*decoder).decodeRepo)
	case team && !measured && !shape.seen.has(fDayTotals):
		reason = d.decodeOne(start, stop, (*decoder).decodeTeam)
	case team && (shape.seen.has(fDayTotals) || !shape.seen.has(fUserID)):
		reason = "team totals, which are not imported but computed from the team's users"
	case reason == "":
		reason = d.decodeOne(start, stop, func(d *decoder) { d.decodeDay(dayFields, 0, 0) })
	case shape.errorMessage != nil && !shape.seen.hasAny(userFields|aggregateFields):
		reason = fmt.Sprintf("an API error response, not a report: %.100s; fix the cause and fetch the report again", shape.errorMessage)
	}
	if reason != "" {
		d.addRejection(start, stop, reason)
	}
	return stop
}

// objectShape tells kinds of object apart: which members an object has, and where those
// are that contain records.
type objectShape struct {
	start, end int
	seen       fields
	// The last value of the member of each name; powerShellList is a list named "value",
	// which PowerShell's ConvertTo-Json wraps lists in.
	dayTotals, seats, links, powerShellList byteRange
	errorMessage                            []byte
	// otherAnswer describes which other GitHub API response it is, "" if none.
	otherAnswer string
	// reportDays are the first and last day, as raw JSON, of a response with links.
	reportDays [2][]byte
}

const olderMetrics = "a day from GitHub's older Copilot metrics API, which was shut down on 2026-04-02: it has no data about users or agents, so it cannot be imported; keep the file if you need its figures"

// otherAnswers describes GitHub API responses that people mistake for reports, by a
// member that only they have.
var otherAnswers = map[string]string{
	"copilot_ide_code_completions": olderMetrics,
	"copilot_ide_chat":             olderMetrics,
	"copilot_dotcom_chat":          olderMetrics,
	"total_engaged_users":          olderMetrics,
	"total_suggestions_count":      olderMetrics,
	"seat_breakdown":               "GitHub's summary of seats: import the list of seats instead, the response of GET …/copilot/billing/seats",
	"usageItems":                   "GitHub's report of billed usage has no lines of code: import the usage metrics reports instead",
	"members_url":                  "GitHub's list of teams has no members: import the user-teams report instead",
}

// isPowerShellList reports whether the object is a list as PowerShell's ConvertTo-Json
// wraps it.
func (o *objectShape) isPowerShellList() bool {
	return o.powerShellList.end > 0 && !o.seen.hasAny(reportFields)
}

// byteRange is a piece of the text: the bytes from start up to end.
type byteRange struct{ start, end int }

// readShape reads the members of the object at start without decoding them. A syntax
// error is left in d.sc.
func (d *decoder) readShape(start, end int) objectShape {
	d.sc.reset(d.src[:end], start)
	shape := objectShape{start: start}
	d.walkObject(func(member []byte) {
		f, name := fieldNamed(member), string(member)
		c := d.sc.peek()
		at := d.sc.pos
		raw := d.sc.skip()
		shape.seen |= 1 << f
		if what, ok := otherAnswers[name]; ok {
			shape.otherAnswer = what
		}
		switch {
		case f == fDayTotals:
			shape.dayTotals = byteRange{at, d.sc.pos}
		case f == fSeats:
			shape.seats = byteRange{at, d.sc.pos}
		case f == fLinks:
			shape.links = byteRange{at, d.sc.pos}
		case name == "value" && c == '[':
			shape.powerShellList = byteRange{at, d.sc.pos}
		case name == "message":
			shape.errorMessage = raw
		case name == "report_day":
			shape.reportDays = [2][]byte{raw, raw}
		case f == fReportStart:
			shape.reportDays[0] = raw
		case f == fReportEnd:
			shape.reportDays[1] = raw
		}
	})
	shape.end = d.sc.pos
	return shape
}

// decodeOne decodes the record at start with decode and returns the reason if it was
// rejected.
func (d *decoder) decodeOne(start, end int, decode func(*decoder)) string {
	d.sc.reset(d.src[:end], start)
	before := len(d.b.Records)
	d.addRecord(start, func() { decode(d) })
	if !d.sc.ok() || d.rejection != "" {
		d.b.Records = d.b.Records[:before]
		return d.rejection
	}
	d.finishRecord(start)
	return ""
}

// rejectLinks rejects GitHub's list of download links for a report.
func (d *decoder) rejectLinks(shape objectShape) {
	ofDays := ""
	var days day.Range
	for i, end := range []*day.Day{&days.From, &days.To} {
		*end, _ = day.Parse(string(trimQuotes(shape.reportDays[i])))
	}
	if days.From != 0 && days.To != 0 {
		ofDays = fmt.Sprintf(" of %s", days)
	}
	list := string(bytes.Trim(d.src[shape.links.start:shape.links.end], "[] \t\r\n"))
	if list == "" || list == "null" {
		d.addUnrelated(shape.start, shape.end, fmt.Sprintf("GitHub's answer that it has no report%s: the list of download links is empty. If people were active, ask GitHub again in a day or two", ofDays))
		return
	}
	first := len(d.rejections.items)
	d.addRejection(shape.start, shape.end, fmt.Sprintf("this is the list of download links for the report%s, not the report itself: download the links and import those files", ofDays))
	d.markNoRecord(first)
}

// markNoRecord sets NoRecord on the rejections from index first on.
func (d *decoder) markNoRecord(first int) {
	for i := range d.rejections.items[first:] {
		d.rejections.items[first+i].value.NoRecord = true
	}
}

// decodeSeatPage decodes a response of GitHub's seats API, or one page of it.
func (d *decoder) decodeSeatPage(shape objectShape) string {
	page := SeatPage{File: d.file, Line: d.lineAt(shape.start), Seq: d.baseSeq + int64(shape.start), From: len(d.b.Records)}
	d.sc.reset(d.src[:shape.end], shape.start)
	d.walkObject(func(name []byte) {
		stamp := bytes.HasSuffix(name, []byte("_at"))
		switch raw := d.rawValue(); {
		case string(name) == "total_seats" && wholeNumber(raw):
			page.Total, _ = integer(raw)
		case stamp:
			page.Seen = later(page.Seen, raw)
		}
	})
	first := len(d.rejections.items)
	listed, reason := d.decodeRecordList(shape.seats, "seats", (*decoder).decodeSeat)
	d.markNoRecord(first)
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

// later returns the later of t and the timestamp in a raw JSON value; t if that is not a
// timestamp.
func later(t time.Time, raw []byte) time.Time {
	var stamp time.Time
	if stamp.UnmarshalText(trimQuotes(raw)) != nil || stamp.Before(t) {
		return t
	}
	return stamp.UTC()
}

// decodeRecordList decodes each element of the list at p as a record, and rejects bad
// ones one by one. It returns the number of elements, and the reason if the value is
// rejected as a whole.
func (d *decoder) decodeRecordList(p byteRange, name string, decode func(*decoder)) (n int64, reason string) {
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
			d.addRejection(start, p.end, fmt.Sprintf("%s: more than %s elements", name, english.Number(maxElements)))
			return n, ""
		}
		d.decodeListRecord(c, byteRange{start, walk.pos}, fmt.Sprint(name, ": element ", n), decode)
	}
	return n, ""
}

// decodeListRecord decodes one element of a list, which begins with c. Messages call it
// name.
func (d *decoder) decodeListRecord(c byte, p byteRange, name string, decode func(*decoder)) {
	reason := ""
	switch c {
	case '{':
		reason = d.decodeOne(p.start, p.end, decode)
	case 'n':
		d.addWarning(p.start, name+" is null and was ignored")
	default:
		reason = typeName(c) + ", not an object"
	}
	if reason != "" {
		d.addRejection(p.start, p.end, name+": "+reason)
	}
}

// decodeWrapper decodes a 28-day report: one record per element of its day_totals, each
// of which inherits the ids and times of the report. It returns the reason if the report
// is rejected as a whole.
func (d *decoder) decodeWrapper(shape objectShape) string {
	if d.src[shape.dayTotals.start] != '[' {
		return fmt.Sprintf("day_totals: %s, not a list", typeName(d.src[shape.dayTotals.start]))
	}
	var wrapper Record
	d.rec, d.rejection, d.recordWarnings, d.extraBytes = &wrapper, "", d.recordWarnings[:0], 0
	d.sc.reset(d.src[:shape.end], shape.start)
	d.recordWalk.start(wrapperFields, 0)
	d.recordWalk.omit = fieldSet(fDayTotals)
	d.decodeMembers(&d.recordWalk)
	d.recordWalk.omit = 0
	if d.rejection != "" {
		d.b.arena.extra.truncate(0)
		return d.rejection
	}
	wrapper.Wrapper = d.b.arena.extra.end()
	for _, w := range d.recordWarnings {
		d.addWarning(shape.start, w)
	}
	_, reason := d.decodeRecordList(shape.dayTotals, "day_totals", func(d *decoder) { d.decodeWrappedDay(&wrapper) })
	return reason
}

// decodeWrappedDay decodes one element of day_totals: an aggregate day, or a user-day if
// somebody wrapped the rows of a users report in one object.
func (d *decoder) decodeWrappedDay(wrapper *Record) {
	d.decodeDay(dayFields, markerFields, idFields)
	if d.otherKind {
		d.rejectRecord("not a day of a report")
	}
	if d.rejection != "" || !d.sc.ok() {
		return
	}
	r := d.rec
	if d.inherit(fEnterprise, r.EnterpriseID == "" && wrapper.EnterpriseID != "") {
		r.EnterpriseID = wrapper.EnterpriseID
	}
	if d.inherit(fOrganization, r.OrganizationID == "" && wrapper.OrganizationID != "") {
		r.OrganizationID = wrapper.OrganizationID
	}
	if d.inherit(fReportStart, r.ReportStart == 0 && wrapper.ReportStart != 0) {
		r.ReportStart = wrapper.ReportStart
	}
	if d.inherit(fReportEnd, r.ReportEnd == 0 && wrapper.ReportEnd != 0) {
		r.ReportEnd = wrapper.ReportEnd
	}
	if d.inherit(fCreated, r.CreatedAt.IsZero() && !wrapper.CreatedAt.IsZero()) {
		r.CreatedAt = wrapper.CreatedAt
	}
	if r.Kind == AggregateDay {
		r.Wrapper = wrapper.Wrapper
	}
	if !d.recordWalk.seen.hasAny(aggregateFields) && r.EnterpriseID == "" && r.OrganizationID == "" {
		d.rejectRecord("no data besides the day")
	}
}

// inherit returns fill. If the field is to be filled from the wrapper, it removes the
// record's own null or empty member of that name from Extra.
func (d *decoder) inherit(f field, fill bool) bool {
	if fill && d.recordWalk.inExtra.has(f) {
		d.recordWalk.inExtra &^= 1 << f
		d.dedupe(&d.recordWalk)
	}
	return fill
}

// decodeTeam decodes a row of user-teams-1-day.
func (d *decoder) decodeTeam() {
	d.rec.Kind = UserTeam
	d.recordWalk.start(teamFields, 0)
	d.decodeMembers(&d.recordWalk)
	if !d.sc.ok() || d.rejection != "" {
		return
	}
	d.requireUser(d.recordWalk.seen)
	d.requireDay(d.recordWalk.seen)
	if d.rec.TeamID == "" && d.rec.TeamSlug == "" {
		d.rejectRecord("team_id: empty or null")
	}
}

// decodeRepo decodes a row of repos-1-day.
func (d *decoder) decodeRepo() {
	d.rec.Kind = RepoDay
	d.recordWalk.start(repoFields, 0)
	d.decodeMembers(&d.recordWalk)
	if !d.sc.ok() || d.rejection != "" {
		return
	}
	if d.rec.Repo == "" {
		d.rejectRecord("repo_id: empty or null")
	}
	d.requireDay(d.recordWalk.seen)
}

// decodeSeat decodes a seat: every member goes to Extra, the fields are copies.
func (d *decoder) decodeSeat() {
	d.rec.Kind = Seat
	d.recordWalk.start(0, 0)
	start := d.sc.pos
	d.decodeMembers(&d.recordWalk)
	if !d.sc.ok() {
		return
	}
	end := d.sc.pos
	d.sc.pos = start
	d.walkObject(d.decodeSeatMember)
	d.sc.pos = end
	if d.rec.UserID == "" && d.rec.Login == "" {
		d.rejectRecord("assignee: has neither id nor login")
	}
}

// decodeSeatMember copies the value that comes next, of the named member of a seat.
func (d *decoder) decodeSeatMember(name []byte) {
	r := d.rec
	switch string(name) {
	case "assignee":
		r.UserID, r.UserIDString, r.Login = "", false, ""
		d.walkObject(d.decodeAssigneeMember)
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
		if raw := d.rawValue(); stamp {
			r.SeatSeen = later(r.SeatSeen, raw)
		}
	}
}

// decodeAssigneeMember copies the value that comes next, of a member of assignee.
func (d *decoder) decodeAssigneeMember(name []byte) {
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
	d.walkObject(func(name []byte) {
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
