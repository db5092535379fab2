package report

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"

	"codegauge/internal/day"
)

// decodeValue decodes the value that comes next, which is not null, into the record's
// field, and reports whether the member goes to Extra too.
func (d *decoder) decodeValue(f field) (toExtra bool) {
	r := d.rec
	switch {
	case f <= lastCounter:
		r.Totals.Set(int(f), d.count(f))
		return false
	case breakdownFields.has(f):
		*r.breakdown(f) = d.decodeRows(f)
		return false
	case flagFields.has(f):
		return d.flag(f)
	}
	switch f {
	case fDay:
		r.Day = d.day()
	case fReportStart:
		return d.reportDay(f, &r.ReportStart)
	case fReportEnd:
		return d.reportDay(f, &r.ReportEnd)
	case fCreated:
		return d.time(fieldNames[f], &r.CreatedAt)
	case fUserID:
		r.UserID, r.UserIDString = d.id(f)
		return r.UserID == ""
	case fEnterprise:
		r.EnterpriseID, _ = d.id(f)
		return r.EnterpriseID == ""
	case fOrganization:
		r.OrganizationID, _ = d.id(f)
		return r.OrganizationID == ""
	case fTeamID:
		r.TeamID, _ = d.id(f)
		return r.TeamID == ""
	case fRepo:
		r.Repo, _ = d.id(f)
		return r.Repo == ""
	case fLogin:
		r.Login = d.b.arena.name(d.text(f))
		return r.Login == ""
	case fTool:
		r.Tool = d.b.arena.name(d.text(f))
		return r.Tool == ""
	case fSlug:
		r.TeamSlug = d.b.arena.name(d.text(f))
		return r.TeamSlug == ""
	case fCredits:
		return d.millionths(f, &r.Credits)
	case fPhase:
		d.phase()
		return true
	case fDaily:
		r.Reported.Daily = d.b.arena.int(d.count(f))
	case fWeekly:
		r.Reported.Weekly = d.b.arena.int(d.count(f))
	case fMonthly:
		r.Reported.Monthly = d.b.arena.int(d.count(f))
	}
	return false
}

// decodeRowValue is decodeValue for the members of a breakdown's row.
func (d *decoder) decodeRowValue(r *Row, f field) (toExtra bool) {
	if f <= lastCounter {
		r.Counters.Set(int(f), d.count(f))
		return false
	}
	switch f {
	case fIDEVersion, fPluginVersion:
		d.lastKnown(r, f)
		return true
	}
	key := r.key(f)
	*key = d.b.arena.name(d.text(f))
	return *key == ""
}

// clearField makes a field of the record, or of the row, absent.
func (d *decoder) clearField(m *memberWalk, f field) {
	c := &d.rec.Totals
	if m.row != nil {
		c = &m.row.Counters
	}
	switch {
	case f <= lastCounter:
		c.N[f] = 0
		c.Present &^= 1 << f
	case m.row != nil:
		m.row.clearField(f)
	case breakdownFields.has(f):
		*d.rec.breakdown(f) = nil
	case flagFields.has(f):
		d.rec.Flags.Known &^= 1 << (f - firstFlag)
		d.rec.Flags.Value &^= 1 << (f - firstFlag)
	default:
		d.rec.clearField(f)
	}
}

func (r *Row) clearField(f field) {
	switch f {
	case fIDEVersion:
		r.IDEVersion = ""
	case fPluginVersion:
		r.Plugin, r.PluginVersion = "", ""
	default:
		*r.key(f) = ""
	}
}

func (r *Record) clearField(f field) {
	switch f {
	case fDay:
		r.Day = 0
	case fReportStart:
		r.ReportStart = 0
	case fReportEnd:
		r.ReportEnd = 0
	case fCreated:
		r.CreatedAt = time.Time{}
	case fUserID:
		r.UserID, r.UserIDString = "", false
	case fEnterprise:
		r.EnterpriseID = ""
	case fOrganization:
		r.OrganizationID = ""
	case fTeamID:
		r.TeamID = ""
	case fRepo:
		r.Repo = ""
	case fLogin:
		r.Login = ""
	case fTool:
		r.Tool = ""
	case fSlug:
		r.TeamSlug = ""
	case fCredits:
		r.Credits = nil
	case fPhase:
		r.Phase = nil
	case fDaily:
		r.Reported.Daily = nil
	case fWeekly:
		r.Reported.Weekly = nil
	case fMonthly:
		r.Reported.Monthly = nil
	}
}

// breakdown returns the breakdown for a field.
func (r *Record) breakdown(f field) *[]Row {
	switch f {
	case fByIDE:
		return &r.ByIDE
	case fByFeature:
		return &r.ByFeature
	case fByLanguageFeature:
		return &r.ByLanguageFeature
	case fByLanguageModel:
		return &r.ByLanguageModel
	default:
		return &r.ByModelFeature
	}
}

// key returns the row's key for a field.
func (r *Row) key(f field) *string {
	switch f {
	case fIDE:
		return &r.IDE
	case fFeature:
		return &r.Feature
	case fLanguage:
		return &r.Language
	default:
		return &r.Model
	}
}

// maxCount is the largest value of a counter, more lines than a million people write in a
// day. A larger one is an error, and could make an enterprise's sums overflow 64 bits.
const maxCount = 1_000_000_000_000

// count reads a counter: an integer from 0 to maxCount, also written 12.0 or 1e3.
func (d *decoder) count(f field) int64 {
	if n, end := plainCount(d.sc.data, d.sc.pos); end > 0 {
		d.sc.pos = end
		return n
	}
	return d.slowCount(f)
}

func (d *decoder) slowCount(f field) int64 {
	raw := d.numeral(f)
	if raw == nil {
		return 0
	}
	n, problem := integer(raw)
	if problem == "" && n > maxCount {
		problem = "is too large"
	}
	if problem != "" {
		d.rejectRecord("%s: %.40s %s", fieldNames[f], raw, problem)
	}
	return n
}

// numeral reads a number and returns its raw text; it rejects the record if the value is
// of another type.
func (d *decoder) numeral(f field) []byte {
	if c := d.sc.peek(); c != '-' && c-'0' > 9 {
		if d.sc.skip(); d.sc.ok() {
			d.rejectRecord("%s: %s, not a number", fieldNames[f], typeName(c))
		}
		return nil
	}
	return d.sc.number()
}

// typeName names the type of the value that begins with c.
func typeName(c byte) string {
	switch c {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// integer returns the whole number, not negative, that a JSON number represents, or the
// problem with it, such as "is negative". It is exact: it does not use floating point.
func integer(raw []byte) (n int64, problem string) {
	if wholeNumber(raw) && len(raw) <= 18 {
		for _, c := range raw {
			n = n*10 + int64(c-'0')
		}
		return n, ""
	}
	negative := raw[0] == '-'
	if negative {
		raw = raw[1:]
	}
	digits, exponent := decimal(raw)
	if len(digits) == 0 {
		return 0, ""
	}
	if negative {
		return 0, "is negative"
	}
	if exponent < 0 {
		return 0, "is not a whole number"
	}
	if len(digits)+exponent > 19 {
		return 0, "is too large"
	}
	text := append(digits, "0000000000000000000"[:exponent]...)
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, "is too large"
	}
	return n, ""
}

// decimal splits an unsigned JSON number into its digits, without leading and trailing
// zeros, and a power of ten.
func decimal(raw []byte) (digits []byte, exponent int) {
	mantissa := raw
	if i := bytes.IndexAny(raw, "eE"); i >= 0 {
		mantissa = raw[:i]
		// Beyond the range of int32 every number is too large or a fraction.
		e, err := strconv.ParseInt(string(raw[i+1:]), 10, 32)
		if err != nil {
			e = math.MaxInt32
			if raw[i+1] == '-' {
				e = -e
			}
		}
		exponent = int(e)
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	exponent -= len(fraction)
	digits = append(append(make([]byte, 0, len(raw)+19), whole...), fraction...)
	trimmed := bytes.TrimRight(digits, "0")
	exponent += len(digits) - len(trimmed)
	return bytes.TrimLeft(trimmed, "0"), exponent
}

// maxMillionths is the largest amount, in millionths; see maxCount.
const maxMillionths = maxCount * 1000

// millionths reads an amount that is not negative, in millionths of its unit, without
// using floating point. An amount with more than six decimals is rounded, and goes to
// Extra too.
func (d *decoder) millionths(f field, into **int64) (toExtra bool) {
	raw := d.numeral(f)
	if raw == nil {
		return false
	}
	n, rounded, problem := millionths(raw)
	if problem != "" {
		d.rejectRecord("%s: %.40s %s", fieldNames[f], raw, problem)
		return false
	}
	*into = d.b.arena.int(n)
	return rounded
}

// millionths returns the amount that a JSON number represents, in millionths, whether it
// was rounded, and the problem with it.
func millionths(raw []byte) (n int64, rounded bool, problem string) {
	unsigned := bytes.TrimPrefix(raw, []byte("-"))
	digits, exponent := decimal(unsigned)
	exponent += 6
	roundUp := int64(0)
	switch {
	case len(digits) == 0:
		exponent = 0
	case len(unsigned) < len(raw):
		return 0, false, "is negative"
	case len(digits)+exponent > 16:
		return 0, false, "is too large"
	case exponent < 0:
		rounded = true
		whole := max(0, len(digits)+exponent)
		if len(digits)+exponent >= 0 && digits[whole] >= '5' {
			roundUp = 1
		}
		digits, exponent = digits[:whole], 0
	}
	for _, c := range digits {
		n = n*10 + int64(c-'0')
	}
	for range exponent {
		n *= 10
	}
	if n += roundUp; n > maxMillionths {
		return 0, false, "is too large"
	}
	return n, rounded, ""
}

// maxID is the most bytes of an id or a name: the store keeps each in memory.
const maxID = 255

// id reads an id, a string or a whole number, and reports whether it is a string that is
// not empty.
func (d *decoder) id(f field) (id string, isString bool) {
	switch c := d.sc.peek(); {
	case c == '"':
		text := d.string()
		if len(text) > maxID {
			d.rejectRecord("%s: longer than %d bytes", fieldNames[f], maxID)
		}
		return d.b.arena.name(text), len(text) > 0
	case c == '-' || c-'0' <= 9:
		return d.numericID(f), false
	default:
		if d.sc.skip(); d.sc.ok() {
			d.rejectRecord("%s: %s, not an id", fieldNames[f], typeName(c))
		}
		return "", false
	}
}

// numericID reads an id written as a number. Data frames write 12 as 12.0 if the column
// has missing values.
func (d *decoder) numericID(f field) string {
	raw := d.sc.number()
	if raw == nil || wholeNumber(raw) {
		return d.b.arena.name(raw)
	}
	n, problem := integer(raw)
	if problem != "" {
		d.rejectRecord("%s: %.40s is not an id", fieldNames[f], raw)
	}
	return strconv.FormatInt(n, 10)
}

// wholeNumber reports whether b is a JSON number of at most 40 digits, without a sign, a
// fraction or an exponent.
func wholeNumber[T []byte | string](b T) bool {
	for i := range len(b) {
		if b[i]-'0' > 9 {
			return false
		}
	}
	return 0 < len(b) && len(b) <= 40 && (b[0] != '0' || len(b) == 1)
}

// text reads a string. The bytes are valid until the next call.
func (d *decoder) text(f field) []byte {
	if c := d.sc.peek(); c != '"' {
		if d.sc.skip(); d.sc.ok() {
			d.rejectRecord("%s: %s, not a string", fieldNames[f], typeName(c))
		}
		return nil
	}
	text := d.string()
	if len(text) > maxID {
		d.rejectRecord("%s: longer than %d bytes", fieldNames[f], maxID)
	}
	return text
}

// string reads the string that comes next. The bytes are valid until the next
// call.
func (d *decoder) string() []byte {
	raw, escaped := d.sc.str()
	if escaped {
		d.scratch = unescape(d.scratch[:0], raw)
		return d.scratch
	}
	return raw
}

// day reads the record's day.
func (d *decoder) day() day.Day {
	text := d.text(fDay)
	if !d.sc.ok() || d.rejection != "" {
		return 0
	}
	v, err := d.days.parse(text)
	if err != nil {
		d.rejectRecord("%v", err)
	}
	return v
}

// dayCache caches parsed days: a report has few different ones.
type dayCache [64]struct {
	text [len(day.Layout)]byte
	day  day.Day
}

// parse parses a day.
func (c *dayCache) parse(text []byte) (day.Day, error) {
	if len(text) != len(day.Layout) {
		return day.Parse(string(text))
	}
	slot := &c[(int(text[6])*31+int(text[8])*10+int(text[9]))%len(c)]
	if slot.day != 0 && string(slot.text[:]) == string(text) {
		return slot.day, nil
	}
	v, err := day.Parse(string(text))
	if err == nil {
		slot.day = v
		copy(slot.text[:], text)
	}
	return v, err
}

// reportDay reads the first or last day of the report's range. A value that is not a day
// goes to Extra with a warning.
func (d *decoder) reportDay(f field, into *day.Day) (toExtra bool) {
	*into = 0
	raw := d.rawValue()
	if raw == nil {
		return false
	}
	v, err := d.days.parse(trimQuotes(raw))
	if raw[0] != '"' || err != nil {
		d.warnRecord("%s: %.60s is not a day", fieldNames[f], raw)
		return true
	}
	*into = v
	return false
}

// time reads an RFC 3339 timestamp, which may have fractional seconds. A value that is
// none goes to Extra with a warning.
func (d *decoder) time(name string, into *time.Time) (toExtra bool) {
	*into = time.Time{}
	raw := d.rawValue()
	if raw == nil {
		return false
	}
	var t time.Time
	if raw[0] != '"' || t.UnmarshalText(trimQuotes(raw)) != nil || t.IsZero() {
		d.warnRecord("%s: %.60s is not a timestamp", name, raw)
		return true
	}
	*into = t.UTC()
	return false
}

// rawValue reads any value and returns its raw text, nil after an error.
func (d *decoder) rawValue() []byte {
	d.sc.peek()
	return d.sc.skip()
}

func trimQuotes(raw []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimPrefix(raw, []byte(`"`)), []byte(`"`))
}

// flag reads a boolean. Any other value goes to Extra with a warning.
func (d *decoder) flag(f field) (toExtra bool) {
	bit := uint16(1) << (f - firstFlag)
	flags := &d.rec.Flags
	flags.Known, flags.Value = flags.Known|bit, flags.Value&^bit
	switch d.sc.peek() {
	case 't':
		d.sc.literal("true")
		flags.Value |= bit
	case 'f':
		d.sc.literal("false")
	default:
		flags.Known &^= bit
		d.warnRecord("%s: %.60s is neither true nor false", fieldNames[f], d.rawValue())
		return true
	}
	return false
}

// phase reads ai_adoption_phase.phase_number. The object goes to Extra too.
func (d *decoder) phase() {
	d.rec.Phase = nil
	d.walkObject(func(name []byte) {
		if string(name) != "phase_number" {
			d.sc.skip()
			return
		}
		d.rec.Phase = nil
		raw := d.rawValue()
		if raw == nil || string(raw) == "null" {
			return
		}
		n, problem := int64(0), "is not a number"
		if raw[0] == '-' || raw[0]-'0' <= 9 {
			n, problem = integer(raw)
		}
		if problem != "" {
			d.warnRecord("ai_adoption_phase: phase_number %.40s %s", raw, problem)
			return
		}
		d.rec.Phase = d.b.arena.int(n)
	})
}

// lastKnown reads last_known_ide_version or last_known_plugin_version.
func (d *decoder) lastKnown(r *Row, f field) {
	r.clearField(f)
	d.walkObject(func(name []byte) {
		into := (*string)(nil)
		switch {
		case f == fIDEVersion && string(name) == "ide_version":
			into = &r.IDEVersion
		case f == fPluginVersion && string(name) == "plugin":
			into = &r.Plugin
		case f == fPluginVersion && string(name) == "plugin_version":
			into = &r.PluginVersion
		}
		if into == nil || d.sc.peek() != '"' {
			d.sc.skip()
			return
		}
		if text := d.string(); len(text) <= maxID {
			*into = d.b.arena.name(text)
		}
	})
}

// walkObject calls f with the name of each member of the object that comes next; f has to
// read the value. A value that is not an object is skipped.
func (d *decoder) walkObject(f func(name []byte)) {
	if d.sc.peek() != '{' {
		d.sc.skip()
		return
	}
	for first := d.sc.open('{'); d.sc.more('}', first); first = false {
		name, escaped := d.sc.key()
		if escaped {
			name = unescape(nil, name)
		}
		f(name)
	}
}

func (d *decoder) rejectRecord(format string, args ...any) {
	if d.rejection == "" {
		d.rejection = fmt.Sprintf(format, args...)
	}
}

func (d *decoder) warnRecord(format string, args ...any) {
	if len(d.recordWarnings) < maxWarnings {
		d.recordWarnings = append(d.recordWarnings, fmt.Sprintf(format, args...))
	}
}
