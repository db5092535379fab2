package intake_test

import (
	"strings"
	"testing"

	"codegauge/internal/database/databasetest"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/store/sqlstore"
)

// FuzzImport imports any lines, seats and user-teams rows among them, beside a
// good one: what is refused is told, what is taken can be asked for and adds up.
func FuzzImport(f *testing.F) {
	for _, s := range []string{
		reporttest.User(1, "2026-11-01", 5, 1), reporttest.Aggregate("2026-11-01", 9, 9), `{"user_id":1,"day":"2026-11-01","enterprise_id":"83","organization_id":"11","team_id":101,"slug":"core"}`,
		`{"assignee":{"login":"ada","id":7},"organization":{"login":"north","id":11}}`, `{"day":"2026-11-01","repo_id":7,"organization_id":"12"}`,
		`{"report_start_day":"2026-11-01","report_end_day":"2026-11-03","day_totals":[{"day":"2026-11-02","loc_added_sum":4}],"organization_id":"11"}`,
		`{"day":"2026-11-01","user_id":"x","tool":"Ä","team_id":"../..","slug":"a/b"}`, `{"assignee":{"id":1},"organization":{"id":"x"}}`, "[", "garbage",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := producttest.NewWorldOver(t, sqlstore.New(databasetest.Open(t, databasetest.SQLite), sqlstore.Options{SpoolDir: t.TempDir()})) // verifying reads rollups
		l, err := w.TryLoad(intake.Request{Enterprise: "acme"}, reporttest.User(900, "2026-11-05", 3, 0), text)
		if err != nil {
			if k := fault.KindOf(err); k == fault.Internal || k == fault.Unavailable {
				t.Errorf("%q: kind %d: %v", text, k, err)
			}
			return
		}
		if int64(len(l.Rejected)) != l.RejectedTotal {
			t.Errorf("%q: %d rejections, %d in all", text, len(l.Rejected), l.RejectedTotal)
		}
		a, err := w.Query(t.Context(), question.Parameters{Enterprise: "acme", Measures: []string{"loc_added"}, By: []string{"user"}, From: "2026-11-05", To: "2026-11-05"})
		if err != nil || !strings.Contains(producttest.Show(a), "u900 3") && !strings.Contains(text, "900") {
			t.Errorf("%q: the good line is not there: %v\n%s", text, err, producttest.Show(a))
		}
		v, err := w.Verify(t.Context())
		if err != nil || !v.Clean {
			t.Errorf("%q: %v, %+v", text, err, v)
		}
	})
}
