package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/report"
)

// shrinkTime bounds how long shrink tries: each try opens a store.
const shrinkTime = 20 * time.Second

// shrink makes steps smaller as long as they still fail, and returns what is
// left and how it fails.
func shrink(steps []step, err error, fails func([]step) error) ([]step, error) {
	deadline := time.Now().Add(shrinkTime)
	try := func(fewer []step) bool {
		if time.Now().After(deadline) {
			return false
		}
		e := fails(fewer)
		if e != nil {
			steps, err = fewer, e
		}
		return e != nil
	}
	for size := weight(steps)/2 + 1; size > 0; size /= 2 {
		for at := 0; at < weight(steps); {
			before := weight(steps)
			if !try(without(steps, at, size)) || weight(steps) == before {
				at += size
			}
		}
	}
	for _, lose := range losses() {
		for s := range steps {
			for r := range steps[s].lines {
				try(lessDetail(steps, s, r, lose))
			}
		}
	}
	for s := range steps {
		for _, simpler := range []step{
			{lines: steps[s].lines, complete: steps[s].complete, eraseImport: -1},
			{lines: steps[s].lines, rejections: steps[s].rejections, eraseImport: -1},
		} {
			if steps[s].erase == nil && steps[s].links == nil {
				fewer := slices.Clone(steps)
				fewer[s] = simpler
				try(fewer)
			}
		}
	}
	return steps, err
}

// losses are the ways in which a record can say less.
func losses() []func(*report.Record) {
	out := []func(*report.Record){
		func(r *report.Record) { r.Extra = nil },
		func(r *report.Record) { r.Credits = nil },
		func(r *report.Record) { r.Flags, r.Phase = report.Flags{}, nil },
		func(r *report.Record) { r.ReportStart, r.ReportEnd = 0, 0 },
		func(r *report.Record) { r.Reported = report.Reported{} },
	}
	for b := range 5 {
		out = append(out, func(r *report.Record) { *breakdowns(r)[b] = nil })
	}
	for c := range report.NumCounters {
		out = append(out, func(r *report.Record) {
			lose(&r.Totals, c)
			for _, rows := range breakdowns(r) {
				for i := range *rows {
					lose(&(*rows)[i].Counters, c)
				}
			}
		})
	}
	return out
}

func lose(c *report.Counters, i int) {
	c.N[i] = 0
	c.Present &^= 1 << i
}

// lessDetail returns steps with one record saying less.
func lessDetail(steps []step, s, r int, lose func(*report.Record)) []step {
	out := slices.Clone(steps)
	out[s].lines = slices.Clone(out[s].lines)
	out[s].lines[r].Record = clone(&out[s].lines[r].Record)
	lose(&out[s].lines[r].Record)
	return out
}

// weight counts what can be dropped: records, and steps once they are empty.
func weight(steps []step) int {
	n := len(steps)
	for _, s := range steps {
		n += len(s.lines)
	}
	return n
}

// without drops n things from the at-th on. A dropped step becomes an import of
// nothing, so that later steps keep their numbers.
func without(steps []step, at, n int) []step {
	out := slices.Clone(steps)
	i := 0
	drop := func() bool { i++; return i > at && i <= at+n }
	for s := range out {
		st := &out[s]
		st.lines = slices.DeleteFunc(slices.Clone(st.lines), func(line) bool { return drop() })
		if drop() && len(st.lines) == 0 {
			*st = step{eraseImport: -1}
		}
	}
	return out
}

// scriptOf writes steps as a script, to be pasted into testdata (deletions, for
// which scripts have no word, as comments).
func scriptOf(steps []step) string {
	var b strings.Builder
	for i, s := range steps {
		switch {
		case s.erase != nil:
			fmt.Fprintf(&b, "# delete %+v, import of step %d\n\n", *s.erase, s.eraseImport)
		case s.links != nil:
			fmt.Fprintf(&b, "# link %+v\n\n", *s.links)
		case len(s.lines) > 0 || len(s.rejections) > 0:
			fmt.Fprintf(&b, "# step %d\nload acme", i)
			writeOptions(&b, s)
			writeLines(&b, s.lines)
			b.WriteString("\n\n")
		}
	}
	return b.String()
}

func writeOptions(b *strings.Builder, s step) {
	if s.complete {
		b.WriteString(" complete")
	}
	for _, r := range s.rejections {
		day := "-"
		if r.Day != 0 {
			day = r.Day.String()
		}
		b.WriteString(" refused " + day + " in " + r.File)
	}
}

func writeLines(b *strings.Builder, lines []line) {
	before := ""
	for i := range lines {
		l := &lines[i]
		if h := fmt.Sprintf("\nfile %s of %s version %s data %s", l.File, byNumber(l.source).name, l.version.Format(time.DateOnly), l.data); h != before {
			b.WriteString(h)
			before = h
		}
		b.WriteString("\n" + jsonOf(&l.Record))
	}
}

// object writes a JSON object member by member.
type object struct{ strings.Builder }

func (o *object) put(name string, v any) {
	text, _ := json.Marshal(v)
	o.raw(strconv.Quote(name) + ":" + string(text))
}

func (o *object) raw(members string) {
	if o.Len() > 0 {
		o.WriteString(",")
	}
	o.WriteString(members)
}

func (o *object) string() string { return "{" + o.String() + "}" }

// jsonOf writes what the tests put into a record as recordOf reads it.
func jsonOf(r *report.Record) string {
	var o object
	putText(&o, r)
	o.put("day", r.Day)
	if r.ReportStart != 0 || r.ReportEnd != 0 {
		o.put("report_start_day", r.ReportStart)
		o.put("report_end_day", r.ReportEnd)
	}
	putCounters(&o, &r.Totals)
	for i, field := range []string{"totals_by_ide", "totals_by_feature", "totals_by_language_feature", "totals_by_language_model", "totals_by_model_feature"} {
		if rows := *breakdowns(r)[i]; rows != nil {
			o.raw(strconv.Quote(field) + ":" + jsonOfRows(rows))
		}
	}
	for i, field := range report.FlagFields {
		if r.Flags.Known>>i&1 == 1 {
			o.put(field, r.Flags.Value>>i&1 == 1)
		}
	}
	if r.Phase != nil {
		o.raw(fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d}`, *r.Phase))
	}
	if r.Credits != nil {
		o.put("ai_credits_used", float64(*r.Credits)/1e6)
	}
	for i, n := range []*int64{r.Reported.Daily, r.Reported.Weekly, r.Reported.Monthly} {
		if n != nil {
			o.put([]string{"daily_active_users", "weekly_active_users", "monthly_active_users"}[i], *n)
		}
	}
	if len(r.Extra) > 0 {
		o.raw(string(r.Extra))
	}
	return o.string()
}

func putText(o *object, r *report.Record) {
	if r.UserID != "" {
		o.put("user_id", r.UserID)
	}
	for _, m := range [][2]string{
		{"user_login", r.Login}, {"tool", r.Tool}, {"enterprise_id", r.EnterpriseID}, {"organization_id", r.OrganizationID},
		{"team_id", r.TeamID}, {"slug", r.TeamSlug}, {"repo_id", r.Repo},
	} {
		if m[1] != "" {
			o.put(m[0], m[1])
		}
	}
}

func putCounters(o *object, c *report.Counters) {
	for i, field := range fields() {
		if n, ok := c.Get(i); ok {
			o.put(field, n)
		}
	}
}

func jsonOfRows(rows []report.Row) string {
	var out []string
	for i := range rows {
		var o object
		for _, m := range [][2]string{{"ide", rows[i].IDE}, {"language", rows[i].Language}, {"model", rows[i].Model}, {"feature", rows[i].Feature}} {
			if m[1] != "" {
				o.put(m[0], m[1])
			}
		}
		putCounters(&o, &rows[i].Counters)
		if len(rows[i].Extra) > 0 {
			o.raw(string(rows[i].Extra))
		}
		out = append(out, o.string())
	}
	return "[" + strings.Join(out, ",") + "]"
}

// text writes a number as GitHub writes ids.
func text(n int64) string { return strconv.FormatInt(n, 10) }
