package web

import (
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/metric"
)

// strip says how good the data is, in the order in which it matters.
func (b *builder) strip() []Note {
	st, cover := b.status, b.coverageURL()
	var out []Note
	add := func(text, tone string) { out = append(out, Note{Text: text, URL: cover, Tone: tone}) }
	if n := len(st.Settling); n > 0 && st.Settling[n-1] == b.web.data.Today() {
		if lines := b.linesOn(b.web.data.Today()); lines != nil {
			add(b.t("strip.today", b.lines(*lines)), "")
		}
	}
	add(b.t("strip.complete", longDay(st.CompleteTo)), "")
	if b.weeks {
		add(b.t("strip.weeks"), "")
	}
	if len(st.Settling) > 0 {
		add(b.t("strip.settling", runs(st.Settling)), "")
	}
	if len(st.Missing) > 0 {
		add(b.t("strip.missing", runs(st.Missing), b.daysWord(len(st.Missing))), "warn")
	}
	if text := b.reporting(); text != "" {
		add(text, "")
	}
	if late := b.late(); len(late) > 0 {
		add(b.t("strip.late", grouped(int64(len(late))), b.plural("sources", len(st.Sources)), b.list(late)), "warn")
	}
	if n := len(st.Aggregate); n > 0 {
		add(b.plural("strip.aggregate", n), "warn")
	}
	if len(st.Union) > 0 {
		add(b.t("strip.union", b.list(st.Union)), "")
	}
	return out
}

// linesOn returns the changed lines of one day of the daily chart.
func (b *builder) linesOn(d day.Day) *float64 {
	t := b.answers.of(askDaily)
	for _, row := range t.rows() {
		if name, _ := t.name(row, "day"); name == d.String() {
			return plus(t.value(row, "loc_added"), t.value(row, "loc_deleted"))
		}
	}
	return nil
}

// reporting says how many of the active people report lines, "" if unknown.
func (b *builder) reporting() string {
	t := b.answers.of(askHeadline)
	if t == nil {
		return ""
	}
	active, lines := t.single("active_users"), t.single("users_reporting_lines")
	if active == nil || lines == nil {
		return ""
	}
	return b.plural("strip.reporting", int(*active), grouped(int64(*lines)))
}

// late names the sources that end before the others.
func (b *builder) late() []string {
	var out []string
	for _, s := range b.status.Sources {
		if s.Late {
			out = append(out, b.t("strip.latesource", metric.ToolByName(s.Tool).Label, s.Source.Label(), shortDay(s.Days.To)))
		}
	}
	return out
}

// runs writes days as runs: "21–22 Nov, 25 Nov".
func runs(days []day.Day) string {
	var out []string
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && days[j+1] == days[j]+1 {
			j++
		}
		out = append(out, shortSpan(day.Range{From: days[i], To: days[j]}))
		i = j + 1
	}
	const most = 4
	if len(out) > most {
		return strings.Join(out[:most], ", ") + " +" + english.Number(len(out)-most)
	}
	return strings.Join(out, ", ")
}
