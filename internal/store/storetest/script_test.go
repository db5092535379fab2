package storetest

import (
	"strings"
	"testing"

	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// TestEveryMeasureHasAScript fails when a measure or dimension is added without
// an answer worked out by hand.
func TestEveryMeasureHasAScript(t *testing.T) {
	measured, shown, filtered := answered(t)
	for _, m := range metric.Measures {
		if !measured[m.Name] {
			t.Errorf("no script in testdata answers %s", m.Name)
		}
	}
	for _, d := range metric.Dimensions {
		if !shown[d.Name] {
			t.Errorf("no script in testdata answers by %s", d.Name)
		}
		if filter := !d.Grain && d.Name != "organization" && d.Name != "team"; filter && !filtered[d.Name] {
			t.Errorf("no script in testdata filters to a %s", d.Name)
		}
	}
}

// answered returns what the scripts' answered queries name.
func answered(t *testing.T) (measures, by, filters map[string]bool) {
	measures, by, filters = map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, name := range scriptNames(t) {
		for _, sec := range readScript(t, name) {
			if sec.words[0] != "query" || len(sec.body) < 2 || strings.HasPrefix(sec.body[0], "refused ") {
				continue
			}
			q, err := ParseQuery(strings.Join(sec.words[1:], " "))
			if err != nil {
				t.Fatalf("%s:%d: %v", name, sec.line, err)
			}
			mark(measures, q.Measures...)
			mark(by, q.By...)
			for _, f := range q.Filters {
				mark(filters, f.Dimension)
			}
		}
	}
	return measures, by, filters
}

func mark(set map[string]bool, names ...string) {
	for _, n := range names {
		set[n] = true
	}
}

// TestScriptOf checks that what a failing case prints is the case, when it is pasted
// into a script.
func TestScriptOf(t *testing.T) {
	for i := range 50 {
		var want []step
		for _, st := range newDice(1, i).replays() {
			if st.erase == nil && st.links == nil && len(st.lines) > 0 {
				want = append(want, st)
			}
		}
		text := scriptOf(want)
		got := sections(text)
		if len(got) != len(want) {
			t.Fatalf("case %d: %d sections of %d imports:\n%s", i, len(got), len(want), text)
		}
		for j, sec := range got {
			imp, l, err := loadOf(t, sec)
			if err != nil {
				t.Fatalf("case %d: %v in\n%s", i, err, text)
			}
			back := step{complete: imp.Complete}
			for _, it := range l.items {
				back.lines = append(back.lines, linesOf(it.Source, it.Data, it.Version, it.File, []report.Record{*it.Record})...)
			}
			for _, r := range l.rejections {
				back.rejections = append(back.rejections, report.Rejection{File: r.File, Day: r.Day})
			}
			if again := scriptOf([]step{back}); again != scriptOf(want[j:j+1]) {
				t.Errorf("case %d: got\n%s\nwant\n%s", i, again, scriptOf(want[j:j+1]))
			}
		}
	}
}

// TestWords checks that a query written in words reads back as itself.
func TestWords(t *testing.T) {
	const words = "loc_added,active_users by day,tool 2026-05-01..2026-05-02 in core where feature=a|b where user=ann from users under v1-wide"
	q, err := ParseQuery(words)
	if err != nil {
		t.Fatal(err)
	}
	if got := Words(q); got != words {
		t.Errorf("got  %s\nwant %s", got, words)
	}
}
