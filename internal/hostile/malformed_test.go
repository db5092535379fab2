package hostile

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/intake"
)

// maxPeak is the most memory, in MB, that an import may take, whatever it reads.
const maxPeak = 600

// good is a line that has to be imported whatever stands around it.
func good(user int) string {
	return fmt.Sprintf(`{"day":"2026-05-01","user_id":%d,"user_login":"u%d","loc_added_sum":%d,"loc_deleted_sum":0,"totals_by_feature":[{"feature":"code_completion","loc_added_sum":%d}]}`,
		user, user, user, user)
}

// TestMalformed imports files that each have a malformed line between two good
// ones. The line is refused by file, line and reason; of it nothing is stored,
// of the others everything.
func TestMalformed(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	groups := map[string][]line{"strangers": strangers()}
	for _, r := range templates {
		groups[r.kind+", cut short"] = truncated(r.line)
		groups[r.kind+", broken"] = broken(r.line)
		groups[r.kind+", values"] = append(values(r.line), odd(r.line)...)
	}
	cases, peak := 0, 0.0
	for name, lines := range groups {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, data, "g"+fmt.Sprint(cases), lines)
			peak = max(peak, g.check(t))
		})
		cases += len(lines)
	}
	verified(t, data)
	t.Logf("counted: %d malformed lines in %d imports, at most %.0f MB of memory", cases, len(groups), peak)
	if cases < 500 {
		t.Errorf("%d cases, want 500 at least", cases)
	}
}

// group is malformed lines that one import reads, each in a file of its own.
type group struct {
	data, enterprise, dir string
	lines                 []line
	// want are the lines that each user has to have in the end.
	want map[string]int
}

func newGroup(t *testing.T, data, enterprise string, lines []line) *group {
	g := &group{data: data, enterprise: enterprise, dir: t.TempDir(), lines: lines, want: map[string]int{}}
	for i, l := range lines {
		first, own := 100_000+2*i, fmt.Sprint(1_000_000+i)
		text := strings.ReplaceAll(l.text, eve, own)
		text = strings.ReplaceAll(text, `"eve"`, `"u`+own+`"`)
		write(t, g.dir, g.file(i), []byte(good(first)+"\n"+text+"\n"+good(first+1)+"\n"))
		g.want[fmt.Sprint("u", first)] = first
		g.want[fmt.Sprint("u", first+1)] = first + 1
		if l.outcome == warned && strings.Contains(l.text, `"user_id"`) {
			g.want["u"+own] = 7
		}
	}
	return g
}

func (g *group) file(i int) string { return fmt.Sprintf("case%04d.ndjson", i) }

// check imports the group, and returns the most memory that took.
func (g *group) check(t *testing.T) float64 {
	r := codegauge(t, "import", "--data", g.data, "--enterprise", g.enterprise, "--alias", "--json", g.dir).want(t, 3)
	if r.peak > maxPeak {
		t.Errorf("the import took %.0f MB of memory, at most %d are allowed", r.peak, maxPeak)
	}
	var result intake.Report
	if err := json.Unmarshal([]byte(r.out), &result); err != nil {
		t.Fatal(err)
	}
	for i, l := range g.lines {
		if err := g.told(&result, i); err != nil {
			t.Errorf("%s: %v\nline: %.300q", l.name, err, l.text)
		}
	}
	g.warned(t, &result)
	g.stored(t)
	return r.peak
}

// told looks for the malformed line's rejection in the import report.
func (g *group) told(result *intake.Report, i int) error {
	file := filepath.Join(g.dir, g.file(i))
	found := 0
	for _, r := range result.Rejected {
		if r.File != file {
			continue
		}
		if r.Line != 2 || r.Reason == "" || len(r.Reason) > 300 || len(r.Text) > 200 {
			return fmt.Errorf("refused as %+v, want line 2 and a short reason", r)
		}
		found++
	}
	if g.lines[i].outcome == refused {
		if found == 0 {
			return fmt.Errorf("not refused")
		}
		return nil
	}
	if found > 0 {
		return fmt.Errorf("refused")
	}
	return nil
}

// warned checks that there are as many warnings as lines to warn of: those that
// are alike are told as one, with their number.
func (g *group) warned(t *testing.T, result *intake.Report) {
	want, got := int64(0), int64(0)
	for _, l := range g.lines {
		if l.outcome == warned {
			want++
		}
	}
	for _, w := range result.Warnings {
		if w.File == "" {
			continue
		}
		if w.Line != 2 || w.Reason == "" {
			t.Errorf("warned %+v, want line 2 and a reason", w)
		}
		got += max(w.Count, 1)
	}
	if got < want {
		t.Errorf("%d warnings, want %d: %+v", got, want, result.Warnings)
	}
}

// stored compares each person's lines with what the good lines had.
func (g *group) stored(t *testing.T) {
	got, want := strings.Fields(byUser(t, g.data, g.enterprise)), []string{}
	for login, lines := range g.want {
		want = append(want, fmt.Sprintf("%s,%d", login, lines))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d people are stored, want %d: %s", len(got), len(want), difference(got, want))
	}
}

// difference names some rows that only one of two sorted lists has.
func difference(got, want []string) string {
	var out []string
	for _, row := range got {
		if _, ok := slices.BinarySearch(want, row); !ok {
			out = append(out, "+"+row)
		}
	}
	for _, row := range want {
		if _, ok := slices.BinarySearch(got, row); !ok {
			out = append(out, "-"+row)
		}
	}
	return strings.Join(out[:min(len(out), 20)], " ")
}
