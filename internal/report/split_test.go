package report

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const added = 5 // the counter loc_added

func row(feature string, n int64) Row { return Row{Feature: feature, Counters: counters(added, n)} }

func editor(version string, n int64) Row {
	return Row{IDE: "vscode", IDEVersion: version, Counters: counters(added, n)}
}

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		name string
		r    Record
		want Split
	}{
		{"features make up the total", Record{Totals: counters(added, 5), ByFeature: []Row{row("a", 2), row("b", 3), row("a", 0)}},
			Split{Total: counters(added, 5), Features: []Row{row("a", 2), row("b", 3), row("a", 0)}, Unattributed: counters(added, 0), Discrepancy: counters(added, 0)}},
		{"features lack some", Record{Totals: counters(added, 5), ByFeature: []Row{row("a", 2)}},
			Split{Total: counters(added, 5), Features: []Row{row("a", 2)}, Unattributed: counters(added, 3), Discrepancy: counters(added, 0)}},
		{"features have too much", Record{Totals: counters(added, 5), ByFeature: []Row{row("a", 7)}},
			Split{Total: counters(added, 5), Features: []Row{row("a", 7)}, Unattributed: counters(added, 0), Discrepancy: counters(added, -2)}},
		{"empty features are not absent", Record{Totals: counters(added, 5), ByFeature: []Row{}, ByLanguageFeature: []Row{row("a", 5)}},
			Split{Total: counters(added, 5), Unattributed: counters(added, 5), Discrepancy: counters(added, 0)}},
		{"derived from languages", Record{Totals: counters(added, 5, 0, 9), ByLanguageFeature: []Row{row("a", 1), row("b", 2), row("a", 1)}},
			Split{Total: counters(added, 5, 0, 9), Derived: true, Features: []Row{row("a", 2), row("b", 2)}, Unattributed: counters(added, 1, 0, 9), Discrepancy: counters(added, 0, 0, 0)}},
		{"no split", Record{Totals: counters(added, 5)},
			Split{Total: counters(added, 5), Unattributed: counters(added, 5), Discrepancy: counters(added, 0)}},
		{"total from IDEs", Record{ByIDE: []Row{row("", 9)}, ByFeature: []Row{{Feature: "a"}}},
			Split{Total: counters(added, 9), Substituted: 1 << added, Features: []Row{{Feature: "a"}}, Unattributed: counters(added, 9), Discrepancy: counters(added, 0)}},
		{"total from features, whatever IDEs have", Record{ByIDE: []Row{row("", 9)}, ByFeature: []Row{row("a", 4)}},
			Split{Total: counters(added, 4), Substituted: 1 << added, Features: []Row{row("a", 4)}, Unattributed: counters(added, 0), Discrepancy: counters(added, 0)}},
		{"total from languages", Record{ByIDE: []Row{{IDE: "a"}}, ByLanguageFeature: []Row{row("a", 4)}},
			Split{Total: counters(added, 4), Substituted: 1 << added, Derived: true, Features: []Row{row("a", 4)}, Unattributed: counters(added, 0), Discrepancy: counters(added, 0)}},
		{"nothing", Record{}, Split{}},
		{"reduced", Record{Kind: UserDay, Totals: counters(0, 4, 3, 0, 4, 0, added, 0, 6, 0), ByIDE: []Row{}},
			Split{Total: counters(0, 4), LinesUnknown: true, Unattributed: counters(0, 4), Discrepancy: counters(0, 0)}},
		{"an aggregate is never reduced", Record{Kind: AggregateDay, Totals: counters(added, 0)},
			Split{Total: counters(added, 0), Unattributed: counters(added, 0), Discrepancy: counters(added, 0)}},
		{"lines without breakdowns are not reduced", Record{Kind: UserDay, Totals: counters(added, 1), ByIDE: []Row{}},
			Split{Total: counters(added, 1), Unattributed: counters(added, 1), Discrepancy: counters(added, 0)}},
		{"rows without counters of lines", Record{Kind: UserDay, Totals: counters(1, 1), ByIDE: []Row{{IDE: "vscode", Counters: counters(1, 1)}}},
			Split{Total: counters(1, 1), LinesUnknown: true, Unattributed: counters(1, 1), Discrepancy: counters(1, 0)}},
		{"zeros of a client that is too old", Record{Kind: UserDay, Totals: counters(added, 0, 0, 2), ByIDE: []Row{editor("1.95.0", 0)}, ByFeature: []Row{row("agent_edit", 0)}},
			Split{Total: counters(0, 2), LinesUnknown: true, Features: []Row{row("agent_edit", 0)}, Unattributed: counters(0, 2), Discrepancy: counters(0, 0)}},
		{"zeros of one that is not", Record{Kind: UserDay, Totals: counters(added, 0, 0, 2), ByIDE: []Row{editor("1.95.0", 0), editor("1.104", 0)}},
			Split{Total: counters(added, 0, 0, 2), Unattributed: counters(added, 0, 0, 2), Discrepancy: counters(added, 0, 0, 0)}},
		{"an editor in which nothing was counted", Record{Kind: UserDay, Totals: counters(added, 0, 0, 0), ByIDE: []Row{editor("1.104", 0)}, ByFeature: []Row{}},
			Split{Total: counters(0, 0), LinesUnknown: true, Unattributed: counters(0, 0), Discrepancy: counters(0, 0)}},
		{"lines of a client that is too old", Record{Kind: UserDay, ByIDE: []Row{editor("1.95.0", 4)}},
			Split{Total: counters(added, 4), Substituted: 1 << added, Unattributed: counters(added, 4), Discrepancy: counters(added, 0)}},
		{"lines in one breakdown alone", Record{Kind: UserDay, Totals: counters(added, 0), ByLanguageModel: []Row{row("", 1)}},
			Split{Total: counters(added, 0), Unattributed: counters(added, 0), Discrepancy: counters(added, 0)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got Split
			got.Features = []Row{row("left over", 1)}
			test.r.Split(&got)
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(Split{}), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSplitAddsUp checks what every split must fulfil.
func TestSplitAddsUp(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(3, 3))}
	var s Split
	for range 5000 {
		r := m.record()
		for f := fByIDE; f <= fByModelFeature; f++ {
			for i := range *r.breakdown(f) {
				for c := range NumCounters {
					(*r.breakdown(f))[i].N[c] %= 1000
				}
			}
		}
		r.Split(&s)
		split := sum(s.Features)
		for c := range NumCounters {
			total, ok := s.Total.Get(c)
			if want := split.N[c] + s.Unattributed.N[c] + s.Discrepancy.N[c]; ok && total != want || s.Unattributed.N[c] < 0 || s.Discrepancy.N[c] > 0 {
				t.Fatalf("counter %d of %+v: %d, parts %d", c, s, total, want)
			}
			if s.Substituted>>c&1 != 0 && !s.Derived && s.Discrepancy.N[c] != 0 {
				t.Fatalf("counter %d of %+v: discrepancy from a total of its own parts", c, s)
			}
		}
	}
}

// TestSplitManyFeatures passes the number from which features are indexed.
func TestSplitManyFeatures(t *testing.T) {
	var r Record
	for i := range 2000 {
		r.ByLanguageFeature = append(r.ByLanguageFeature, row(fmt.Sprint(i%500), 1))
	}
	var s Split
	for range 2 {
		r.Split(&s)
		if len(s.Features) != 500 || s.Features[499].N[added] != 4 || s.Features[0].N[added] != 4 {
			t.Fatalf("%d features", len(s.Features))
		}
	}
	if n := testing.AllocsPerRun(10, func() { r.Split(&s) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
