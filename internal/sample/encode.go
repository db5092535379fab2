package sample

import (
	"io"
	"strconv"

	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// writer collects bytes and hands them on in large pieces.
type writer struct {
	w   io.Writer
	buf []byte
	err error
}

// piece is how much is handed on at a time.
const piece = 256 << 10

func newWriter(w io.Writer) *writer { return &writer{w: w, buf: make([]byte, 0, piece+piece/4)} }

// spill hands on what has been collected once it is enough, and says whether to
// go on.
func (w *writer) spill() bool {
	if len(w.buf) < piece {
		return w.err == nil
	}
	return w.flush() == nil
}

func (w *writer) flush() error {
	if w.err == nil {
		_, w.err = w.w.Write(w.buf)
	}
	w.buf = w.buf[:0]
	return w.err
}

// WriteUsers writes the enterprise's users-1-day report of d.
func (g *Generator) WriteUsers(w io.Writer, d day.Day) error {
	c := g.calendar(d)
	out := newWriter(w)
	var rec record
	for i := range g.people {
		p := &g.people[i]
		if !g.visible(p, &c) {
			continue
		}
		rec.fill(g, p, &c)
		out.buf = rec.append(out.buf, &c)
		if !out.spill() {
			break
		}
	}
	return failed("users", d, out.flush())
}

// keys are the fields of the counters as they stand in a row, with the comma
// before and the colon behind.
var keys = func() (k [metric.NumRowCounters]string) {
	for i := range k {
		k[i] = `,"` + metric.Counters[i].Field + `":`
	}
	return k
}()

// Openings of rows and second keys, by index, so that a row is few copies.
var (
	openIDE      = quote(`{"ide":"`, len(clients), func(i int) string { return clients[i].ide })
	openFeature  = quote(`{"feature":"`, numFeatures, featureName)
	openLanguage = quote(`{"language":"`, len(languages), func(i int) string { return languages[i] })
	openModel    = quote(`{"model":"`, len(models), modelName)
	thenFeature  = quote(`,"feature":"`, numFeatures, featureName)
	thenModel    = quote(`,"model":"`, len(models), modelName)
)

func featureName(i int) string { return features[i].name }
func modelName(i int) string   { return models[i].name }

func quote(before string, n int, name func(int) string) []string {
	q := make([]string, n)
	for i := range q {
		q[i] = before + name(i) + `"`
	}
	return q
}

// append writes the record as a line.
func (rec *record) append(b []byte, c *calendar) []byte {
	b = c.appendHead(b, rec.p.id, rec.p.login)
	b = appendCounters(b, &rec.total, 0)
	if rec.reduced && len(rec.ides) > 0 {
		b = append(rec.appendIDEs(b, c), `,"totals_by_feature":[],"totals_by_language_feature":[],"totals_by_language_model":[],"totals_by_model_feature":[]`...)
	}
	if !rec.reduced {
		b = rec.appendIDEs(b, c)
		b = rec.appendBreakdowns(b)
		b = rec.appendFlags(b, c)
		b = rec.appendUsage(b, c)
		if !c.plain {
			b = rec.appendBeside(b, c.d, false)
		}
	}
	if rec.credits >= 0 {
		b = append(b, `,"ai_credits_used":`...)
		b = appendHundredths(b, rec.credits)
	}
	if c.plain || c.d >= phasesBegin {
		b = append(b, phases[rec.phase]...)
	}
	return append(b, "}\n"...)
}

// appendHead begins a line with who and when.
func (c *calendar) appendHead(b []byte, id, login string) []byte {
	b = append(b, `{"day":"`...)
	b = append(b, c.date...)
	b = append(b, `","enterprise_id":"`+EnterpriseID+`","user_id":`...)
	b = append(b, id...)
	b = append(b, `,"user_login":"`...)
	b = append(b, login...)
	return append(b, '"')
}

// appendCounters writes the counters from the first one on.
func appendCounters(b []byte, n *counters, first int) []byte {
	for i := first; i < len(n); i++ {
		b = append(b, keys[i]...)
		b = strconv.AppendInt(b, int64(n[i]), 10)
	}
	return b
}

// appendBreakdowns writes the four breakdowns that every kind of record shares.
// Those by language carry no interactions.
func (s *sums) appendBreakdowns(b []byte) []byte {
	b = appendRows(b, `,"totals_by_feature":[`, s.features, openFeature, nil, 0)
	b = appendRows(b, `,"totals_by_language_feature":[`, s.langFeatures, openLanguage, thenFeature, 1)
	b = appendRows(b, `,"totals_by_language_model":[`, s.langModels, openLanguage, thenModel, 1)
	return appendRows(b, `,"totals_by_model_feature":[`, s.modelFeatures, openModel, thenFeature, 0)
}

func appendRows(b []byte, field string, rows breakdown, open, then []string, first int) []byte {
	b = append(b, field...)
	for i := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, open[rows[i].a]...)
		if then != nil {
			b = append(b, then[rows[i].b]...)
		}
		b = appendCounters(b, &rows[i].n, first)
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendIDEs writes the rows by editor, with the versions last heard of.
func (rec *record) appendIDEs(b []byte, c *calendar) []byte {
	b = append(b, `,"totals_by_ide":[`...)
	for i := range rec.ides {
		if i > 0 {
			b = append(b, ',')
		}
		w := &rec.ides[i]
		b = append(b, openIDE[w.a]...)
		b = appendCounters(b, &w.n, 0)
		v := &c.clients[w.a][rec.p.lag]
		if rec.p.old != none {
			v = &oldVersions[rec.p.old]
		}
		b = append(b, `,"last_known_plugin_version":{"sampled_at":"`...)
		b = rec.appendClock(b, c)
		b = append(b, v.plugin...)
		b = rec.appendClock(b, c)
		b = append(b, v.ide...)
	}
	return append(b, ']')
}

// versions are the parts of an IDE row behind each of its two times.
type versions struct{ plugin, ide string }

func newVersions(plugin string, r release) versions {
	return versions{
		plugin: `","plugin":"` + plugin + `","plugin_version":"` + r.plugin + `"},"last_known_ide_version":{"sampled_at":"`,
		ide:    `","ide_version":"` + r.ide + `"}}`,
	}
}

// oldVersions are the versions of oldClients.
var oldVersions = func() (v []versions) {
	for _, o := range oldClients {
		v = append(v, newVersions(clients[clientIndex(o.ide)].plugin, o.release))
	}
	return v
}()

func (c *calendar) stockClients() {
	for i := range clients {
		for lag := range 2 {
			c.clients[i][lag] = newVersions(clients[i].plugin, clients[i].at(c.d, lag))
		}
	}
}

func (rec *record) appendClock(b []byte, c *calendar) []byte {
	b = append(b, c.date...)
	h, m, s := rec.clock/60, rec.clock%60, rec.p.index%60
	return append(b, 'T', digit(h/10), digit(h%10), ':', digit(m/10), digit(m%10), ':', digit(s/10), digit(s%10), 'Z')
}

func digit(n int) byte { return byte('0' + n) }

// appendFlags writes the yes/no signs. Until GitHub knew about it, use of the app
// is absent and code review null: neither is a no.
func (rec *record) appendFlags(b []byte, c *calendar) []byte {
	b = appendFlag(b, `,"used_agent":`, rec.agent)
	b = appendFlag(b, `,"used_chat":`, rec.chat)
	b = appendFlag(b, `,"used_cli":`, rec.cli.requests > 0)
	b = appendFlag(b, `,"used_copilot_coding_agent":`, rec.delegated)
	if c.plain || c.d >= appJoins {
		b = appendFlag(b, `,"used_copilot_app":`, rec.app.requests > 0)
	}
	b = appendFlag(b, `,"used_copilot_cloud_agent":`, rec.delegated)
	if !c.plain && c.d >= agentsWindowBegins {
		b = appendFlag(b, `,"used_vscode_agent":`, rec.window.sessions > 0)
	}
	if !c.plain && c.d < reviewsBegin {
		return append(b, `,"used_copilot_code_review_active":null,"used_copilot_code_review_passive":null`...)
	}
	b = appendFlag(b, `,"used_copilot_code_review_active":`, rec.reviewed)
	return appendFlag(b, `,"used_copilot_code_review_passive":`, rec.passive())
}

func appendFlag(b []byte, field string, v bool) []byte {
	return strconv.AppendBool(append(b, field...), v)
}

// appendUsage writes the totals of CLI and app, of those who used them.
func (rec *record) appendUsage(b []byte, c *calendar) []byte {
	if rec.cli.requests > 0 {
		b = rec.cli.append(append(b, `,"totals_by_cli":`...))
		b = append(b, `,"last_known_cli_version":{"sampled_at":"`...)
		b = rec.appendClock(b, c)
		b = append(b, `","cli_version":"1.0.`...)
		b = strconv.AppendInt(b, int64(clamp(int(c.d-cliJoins)/4+14, 3, 90)), 10)
		b = append(b, `"}}`...)
	}
	if rec.app.requests > 0 {
		b = rec.app.append(append(b, `,"totals_by_copilot_app":`...))
		b = append(b, '}')
	}
	return b
}

// append writes the object without its closing brace: users' have more members.
func (u *usage) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"session_count":`...), int64(u.sessions), 10)
	b = strconv.AppendInt(append(b, `,"request_count":`...), int64(u.requests), 10)
	b = strconv.AppendInt(append(b, `,"prompt_count":`...), int64(u.prompts), 10)
	b = strconv.AppendInt(append(b, `,"token_usage":{"output_tokens_sum":`...), int64(u.output), 10)
	b = strconv.AppendInt(append(b, `,"prompt_tokens_sum":`...), int64(u.input), 10)
	b = append(b, `,"avg_tokens_per_request":`...)
	b = appendHundredths(b, (u.output+u.input)*100/max(1, u.requests))
	return append(b, '}')
}

// appendHundredths writes n ÷ 100 without trailing zeros.
func appendHundredths(b []byte, n int) []byte {
	b = strconv.AppendInt(b, int64(n/100), 10)
	switch tens, ones := n/10%10, n%10; {
	case ones != 0:
		return append(b, '.', digit(tens), digit(ones))
	case tens != 0:
		return append(b, '.', digit(tens))
	}
	return b
}

// phases are the adoption phases as records state them. Phase 4 is none that
// GitHub documents; reports have had it.
var phases = func() (p [5]string) {
	for i, name := range phaseNames {
		p[i] = `,"ai_adoption_phase":{"phase_number":` + itoa(i) + `,"phase":"` + name + `","version":"v1"}`
	}
	return p
}()

var phaseNames = [5]string{"No Cohort", "Phase 1", "Phase 2", "Phase 3", "Phase 4"}
