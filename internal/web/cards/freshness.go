package cards

import (
	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/web/text"
)

// Note is a sentence of the freshness banner; Tone is "" or "warn".
type Note struct {
	Text, URL, Tone string
}

// Freshness says how good the data is, in the order in which it matters.
func (b *Builder) Freshness() []Note {
	st, cover := b.Status, b.CoverageURL()
	var out []Note
	add := func(words, tone string) { out = append(out, Note{Text: words, URL: cover, Tone: tone}) }
	if n := len(st.Provisional); n > 0 && st.Provisional[n-1] == b.Data.Today() {
		if lines := b.linesOn(b.Data.Today()); lines != nil {
			add(b.T("freshness.today", b.Lines(*lines)), "")
		}
	}
	add(b.T("freshness.complete", text.LongDay(st.CompleteTo)), "")
	if b.Weeks {
		add(b.T("freshness.weeks"), "")
	}
	if weeks := b.Answers.HeldBack(); len(weeks) > 0 {
		add(b.Plural("freshness.held", len(weeks), b.List(weeks)), "")
	}
	if len(st.Provisional) > 0 {
		add(b.T("freshness.provisional", text.Runs(st.Provisional)), "")
	}
	if len(st.Missing) > 0 {
		add(b.T("freshness.missing", text.Runs(st.Missing), b.DaysWord(len(st.Missing))), "warn")
	}
	if people := b.Reporting(); people != "" {
		add(people, "")
	}
	if late := b.late(); len(late) > 0 {
		add(b.T("freshness.late", text.Grouped(int64(len(late))), b.Plural("sources", len(st.Sources)), b.List(late)), "warn")
	}
	if n := len(st.Aggregate); n > 0 {
		add(b.Plural("freshness.aggregate", n), "warn")
	}
	if len(st.Union) > 0 {
		add(b.T("freshness.union", b.List(st.Union)), "")
	}
	return out
}

// linesOn returns the changed lines of one day of the daily chart.
func (b *Builder) linesOn(d day.Day) *float64 {
	t := b.Answers.Of(AskDaily)
	for _, row := range t.Rows() {
		if name, _ := t.Name(row, "day"); name == d.String() {
			return query.Plus(t.Value(row, "loc_added"), t.Value(row, "loc_deleted"))
		}
	}
	return nil
}

// Reporting says how many of the active people report lines, "" if unknown.
func (b *Builder) Reporting() string {
	t := b.Answers.Of(AskHeadline)
	if t == nil {
		return ""
	}
	active, lines := t.Single("active_users"), t.Single("users_reporting_lines")
	if active == nil || lines == nil {
		return ""
	}
	return b.Plural("freshness.reporting", int(*active), text.Grouped(int64(*lines)))
}

// late names the sources that end before the others.
func (b *Builder) late() []string {
	var out []string
	for _, s := range b.Status.Sources {
		if s.Late {
			out = append(out, b.T("freshness.latesource", metric.ToolByName(s.Tool).Label, s.Source.Label(), text.ShortDay(s.Days.To)))
		}
	}
	return out
}
