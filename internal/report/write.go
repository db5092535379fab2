package report

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the record as a JSON object as in GitHub's reports, on one line
// without a newline. Decoding it gives the same record except for Wrapper, File, Line
// and Seq: absent members stay absent, and the members in Extra are included. Fields
// that records of its Kind do not have are not written.
func (r *Record) AppendJSON(dst []byte) []byte {
	return r.appendJSONWithout(dst, 0)
}

// appendJSONWithout is AppendJSON without the fields in omit.
func (r *Record) appendJSONWithout(dst []byte, omit fields) []byte {
	w := objectWriter{dst: append(dst, '{')}
	switch r.Kind {
	case Seat:
		r.writeSeat(&w)
		return append(w.dst, '}')
	case UserTeam:
		w.allowed = teamFields &^ omit
	case RepoDay:
		w.allowed = repoFields &^ omit
	default:
		w.allowed = dayFields &^ omit
	}
	r.writeHead(&w)
	w.counters(&r.Totals)
	for f := fByIDE; f <= fByModelFeature; f++ {
		w.rows(f, *r.breakdown(f))
	}
	w.flags(r.Flags)
	if !mayHaveMember(r.Extra, fCredits) {
		w.millionths(fCredits, r.Credits)
	}
	w.count(fDaily, r.Reported.Daily)
	w.count(fWeekly, r.Reported.Weekly)
	w.count(fMonthly, r.Reported.Monthly)
	w.extra(r.Extra)
	w.phase(r)
	return append(w.dst, '}')
}

// writeHead writes the record's times and ids.
func (r *Record) writeHead(w *objectWriter) {
	if r.ReportStart != 0 {
		w.text(fReportStart, r.ReportStart.String())
	}
	if r.ReportEnd != 0 {
		w.text(fReportEnd, r.ReportEnd.String())
	}
	if !r.CreatedAt.IsZero() {
		w.text(fCreated, r.CreatedAt.UTC().Format(time.RFC3339Nano))
	}
	if r.Day != 0 {
		w.text(fDay, r.Day.String())
	}
	w.text(fTool, r.Tool)
	w.text(fOrganization, r.OrganizationID)
	w.text(fEnterprise, r.EnterpriseID)
	w.id(fUserID, r.UserID, r.UserIDString)
	w.text(fLogin, r.Login)
	w.id(fTeamID, r.TeamID, false)
	w.text(fSlug, r.TeamSlug)
	w.id(fRepo, r.Repo, false)
}

// objectWriter appends the members of an object. It omits fields that are not allowed and
// empty strings.
type objectWriter struct {
	dst              []byte
	allowed, written fields
	hasMembers       bool
}

// name writes the field's name and a colon, and reports whether the field is allowed.
func (w *objectWriter) name(f field) bool {
	if !w.allowed.has(f) {
		return false
	}
	w.comma()
	w.dst = append(w.dst, quotedNames[f]...)
	w.written |= 1 << f
	return true
}

func (w *objectWriter) comma() {
	if w.hasMembers {
		w.dst = append(w.dst, ',')
	}
	w.hasMembers = true
}

func (w *objectWriter) text(f field, s string) {
	if s != "" && w.name(f) {
		w.dst = appendQuoted(w.dst, s)
	}
}

// id writes an id: as a number if it is a whole number that was not read from a string.
func (w *objectWriter) id(f field, id string, isString bool) {
	if id != "" && w.name(f) {
		w.dst = appendID(w.dst, id, isString)
	}
}

func appendID(dst []byte, id string, isString bool) []byte {
	if isString || !wholeNumber(id) {
		return appendQuoted(dst, id)
	}
	return append(dst, id...)
}

func (w *objectWriter) count(f field, n *int64) {
	if n != nil && w.name(f) {
		w.dst = strconv.AppendInt(w.dst, *n, 10)
	}
}

// millionths writes an amount in millionths of its unit as a decimal number.
func (w *objectWriter) millionths(f field, n *int64) {
	if n != nil && w.name(f) {
		w.dst = appendMillionths(w.dst, *n)
	}
}

// appendMillionths appends n millionths as a decimal number without trailing zeros.
func appendMillionths(dst []byte, n int64) []byte {
	dst = strconv.AppendInt(dst, n/1_000_000, 10)
	if n %= 1_000_000; n != 0 {
		dst = append(dst, bytes.TrimRight(fmt.Appendf(nil, ".%06d", n), "0")...)
	}
	return dst
}

func (w *objectWriter) counters(c *Counters) {
	for i, n := range c.N {
		if c.Present&(1<<i) != 0 && w.name(firstCounter+field(i)) {
			w.dst = strconv.AppendInt(w.dst, n, 10)
		}
	}
}

func (w *objectWriter) flags(flags Flags) {
	for i := range FlagFields {
		if flags.Known>>i&1 != 0 && w.name(firstFlag+field(i)) {
			w.dst = strconv.AppendBool(w.dst, flags.Value>>i&1 != 0)
		}
	}
}

// rows writes a breakdown unless it is absent.
func (w *objectWriter) rows(f field, rows []Row) {
	if rows == nil || !w.name(f) {
		return
	}
	w.dst = append(w.dst, '[')
	for i := range rows {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = rows[i].appendJSON(w.dst, f)
	}
	w.dst = append(w.dst, ']')
}

// appendJSON appends the row of a breakdown.
func (r *Row) appendJSON(dst []byte, breakdown field) []byte {
	w := objectWriter{dst: append(dst, '{'), allowed: counterFields | rowKeys[breakdown-fByIDE]}
	w.text(fIDE, r.IDE)
	if breakdown == fByModelFeature {
		w.text(fModel, r.Model)
	}
	w.text(fLanguage, r.Language)
	w.text(fFeature, r.Feature)
	if breakdown == fByLanguageModel {
		w.text(fModel, r.Model)
	}
	w.counters(&r.Counters)
	w.extra(r.Extra)
	w.versions(r)
	return append(w.dst, '}')
}

// versions writes the client's versions unless Extra has them, as it does for a row that
// was decoded.
func (w *objectWriter) versions(r *Row) {
	if r.IDEVersion != "" && !mayHaveMember(r.Extra, fIDEVersion) && w.name(fIDEVersion) {
		w.dst = append(w.dst, `{"ide_version":`...)
		w.dst = append(appendQuoted(w.dst, r.IDEVersion), '}')
	}
	if r.Plugin+r.PluginVersion != "" && !mayHaveMember(r.Extra, fPluginVersion) && w.name(fPluginVersion) {
		w.dst = append(w.dst, `{"plugin":`...)
		w.dst = append(appendQuoted(w.dst, r.Plugin), `,"plugin_version":`...)
		w.dst = append(appendQuoted(w.dst, r.PluginVersion), '}')
	}
}

// phase writes the phase unless Extra has it, as it does for a record that was decoded.
func (w *objectWriter) phase(r *Record) {
	if r.Phase != nil && !mayHaveMember(r.Extra, fPhase) && w.name(fPhase) {
		w.dst = strconv.AppendInt(append(w.dst, `{"phase_number":`...), *r.Phase, 10)
		w.dst = append(w.dst, '}')
	}
}

// mayHaveMember reports whether the field's name occurs anywhere in extra.
func mayHaveMember(extra []byte, f field) bool {
	return len(extra) > 0 && bytes.Contains(extra, []byte(fieldNames[f]))
}

// extra writes the members of an Extra unchanged, without fields that were written
// already: those were set after decoding. It writes nothing if members is not valid.
func (w *objectWriter) extra(members []byte) {
	if len(members) == 0 {
		return
	}
	before, hadMembers := len(w.dst), w.hasMembers
	ok := eachMember(members, func(e extraMember) {
		if !w.written.has(fieldNamed(e.name)) {
			w.comma()
			w.dst = append(w.dst, e.text...)
		}
	})
	if !ok {
		w.dst, w.hasMembers = w.dst[:before], hadMembers
	}
}

// writeSeat writes a seat: its Extra, which has all members of a seat that was decoded,
// or else its fields.
func (r *Record) writeSeat(w *objectWriter) {
	if len(r.Extra) > 0 {
		w.dst = append(w.dst, r.Extra...)
		return
	}
	w.dst = append(w.dst, `"assignee":{"login":`...)
	w.dst = append(appendQuoted(w.dst, r.Login), `,"id":`...)
	w.dst = append(appendID(w.dst, r.UserID, r.UserIDString), '}')
	w.seatObject("organization", "login", r.SeatOrganization)
	w.seatObject("assigning_team", "slug", r.SeatTeam)
	w.seatTime("created_at", r.SeatCreated)
	w.seatTime("last_activity_at", r.SeatLastActivity)
	w.seatText("last_activity_editor", r.SeatEditor)
	w.seatText("plan_type", r.SeatPlan)
}

func (w *objectWriter) seatObject(name, key, value string) {
	if value != "" {
		w.dst = append(w.dst, `,"`+name+`":{"`+key+`":`...)
		w.dst = append(appendQuoted(w.dst, value), '}')
	}
}

func (w *objectWriter) seatTime(name string, t time.Time) {
	if !t.IsZero() {
		w.seatText(name, t.UTC().Format(time.RFC3339Nano))
	}
}

func (w *objectWriter) seatText(name, value string) {
	if value != "" {
		w.dst = appendQuoted(append(w.dst, `,"`+name+`":`...), value)
	}
}

// appendQuoted appends s as a JSON string; bytes that are not UTF-8 become
// U+FFFD.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c < 0x20 || c == '"' || c == '\\' {
			dst = appendEscape(append(dst, s[start:i]...), c)
			start = i + 1
		}
		i++
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
