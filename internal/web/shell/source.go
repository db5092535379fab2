package shell

import (
	"codegauge/internal/admin"
	"codegauge/internal/web/text"
)

// SourceState returns the mark of a source's state (good, warn, bad or idle) and what it says.
func (sh *Shell) SourceState(s admin.Source) (mark, says string) {
	t, st := sh.Text.Get, s.State
	switch {
	case s.Paused:
		return "idle", t("sources.paused")
	case st.Progress != nil && st.Progress.Waiting != "":
		return "warn", t("sources.waiting", text.Moment(st.Progress.Until))
	case st.Progress != nil:
		return "good", t("sources.fetching", text.Grouped(int64(st.Progress.Done)), text.Grouped(int64(st.Progress.Total)))
	case st.Last == nil:
		return "idle", t("sources.new")
	case st.Last.Failed != "":
		return "bad", t("sources.failing", text.Moment(st.Failing))
	case !s.LateSince.IsZero() && !st.Success.IsZero():
		return "warn", t("sources.late", text.Moment(st.Success))
	case len(st.Last.Missing) > 0:
		return "warn", sh.Text.Count("sources.incomplete", len(st.Last.Missing))
	}
	return "good", t("sources.ontime")
}

// ActorName writes who did something: a person's name as it is, a program's in words.
func (sh *Shell) ActorName(who string) string {
	switch who {
	case "":
		return text.None
	case "operator", "system", "sync", "demo":
		return sh.Text.Get("imports.by." + who)
	}
	return who
}
