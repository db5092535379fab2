package apptest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// sparse has two people's days with gaps between them: a report that covers May
// although somebody was active on the 7th only, nothing of June but the 20th,
// and a seat in an organization of which there is no record.
const sparse = `{"report_start_day":"2026-05-01","report_end_day":"2026-05-28","day":"2026-05-07","user_id":1,"user_login":"ann","enterprise_id":"7","loc_added_sum":1000,"loc_deleted_sum":200,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":1000,"loc_deleted_sum":200}]}
{"day":"2026-06-20","user_id":2,"user_login":"ben","enterprise_id":"7","loc_added_sum":34,"loc_deleted_sum":0,"totals_by_feature":[{"feature":"code_completion","loc_added_sum":34,"loc_deleted_sum":0}]}
{"total_seats":1,"seats":[{"assignee":{"id":3,"login":"cyd"},"organization":{"login":"south","id":6},"plan_type":"business"}]}
`

// TestEmptyForAReason reaches every reason for which the dashboard can be empty
// and follows each thing that it proposes to do next.
func TestEmptyForAReason(t *testing.T) {
	s, err := startServer(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	p := newTab(t, s.url)
	p.look(1280, 900, "light")
	setUp(p, s)
	p.open(insights + "code-generation")
	p.wait("no source", `document.querySelector("[data-empty=source] input[type=file]") && document.querySelector("[data-empty=source] code").textContent.includes("codegauge import")`)

	file := filepath.Join(t.TempDir(), "sparse.ndjson")
	if err := os.WriteFile(file, []byte(sparse), 0o600); err != nil {
		t.Fatal(err)
	}
	codegauge(t, 0, "import", "--data", s.data, "--enterprise", "acme", file)
	const figures = `document.querySelector(".tile data").value !== ""`
	for _, c := range []struct {
		kind, query string
		leads       []string // what holds on the pages that it leads to
	}{
		{"range", "from=2001-01-01&to=2001-01-31", []string{figures}},
		{"missing", "from=2026-06-05&to=2026-06-08", []string{`document.querySelector("#sources")`, `document.querySelector("[data-drop]")`}},
		{"activity", "from=2026-05-10&to=2026-05-12", []string{figures, `document.querySelector("#sources")`}},
		{"filtered", "where=model%3Dno-such-model", []string{figures}},
		{"scope", "where=organization%3Dsouth", []string{figures}},
	} {
		at := insights + "code-generation?" + c.query
		p.open(at)
		if got := eval[string](p, `document.querySelector("[data-empty]")?.dataset.empty ?? "not empty"`); got != c.kind {
			t.Errorf("%s: %s, want %s", c.query, got, c.kind)
			continue
		}
		if n := eval[int](p, `document.querySelectorAll("[data-empty] .fixes a").length`); n != len(c.leads) {
			t.Errorf("%s proposes %d things, want %d", c.kind, n, len(c.leads))
			continue
		}
		for i, holds := range c.leads {
			p.open(at)
			p.follow(c.kind, fmt.Sprintf("[data-empty] .fixes a:nth-of-type(%d)", i+1))
			p.wait("where "+c.kind+" leads", holds)
		}
		p.clean(c.kind)
	}
}
