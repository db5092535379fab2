package merge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// reportOf makes a report of an import and version from rows such as "1=a": the row of
// account 1 says a.
func reportOf(id, version int64, rows string) *Report {
	var in []Incoming
	for n, word := range strings.Fields(rows) {
		var account int32
		var says string
		fmt.Sscanf(word, "%d=%s", &account, &says)
		in = append(in, Incoming{Row: Row{Key: Key{Account: account}, Figures: []byte(says)}, Version: version, Seq: int64(n)})
	}
	reports, _ := Reports(id, in)
	return &reports[0]
}

// refused is a report of which lines were refused.
func refused(r *Report) *Report {
	r.Rejected, r.KeepMissing = true, true
	return r
}

// covering is a report that states to cover the day without a row of it.
func covering(id, version int64, complete bool) *Report {
	return &Report{Import: id, Version: version, Covers: true, Complete: complete}
}

// text writes a day: its version, then each row with the import and version it is from.
func text(d *ReportDay) string {
	if d == nil {
		return "nothing"
	}
	version := fmt.Sprint(d.Version())
	if d.Version() == Unversioned {
		version = "none"
	}
	out := []string{"v" + version}
	for _, r := range d.Rows {
		l := d.Layers[r.Layer]
		out = append(out, fmt.Sprintf("%d=%s(i%d v%d)", r.Account, r.Figures, l.Import, l.Version))
	}
	return strings.Join(out, " ")
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		name    string
		reports []*Report
		want    string
		effect  Effect // of the last
	}{
		{"the first report", []*Report{reportOf(1, 5, "1=a 2=b")}, "v5 1=a(i1 v5) 2=b(i1 v5)", Effect{}},
		{"a higher version replaces", []*Report{reportOf(1, 5, "1=a 2=b"), reportOf(2, 6, "2=b 3=c")}, "v6 2=b(i2 v6) 3=c(i2 v6)", Effect{}},
		{"a lower version changes nothing", []*Report{reportOf(1, 5, "1=a"), reportOf(2, 4, "1=z 2=b")}, "v5 1=a(i1 v5)", Effect{Skipped: true}},
		{"a part adds", []*Report{reportOf(1, 5, "1=a 3=c"), reportOf(2, 5, "2=b 3=c")}, "v5 1=a(i1 v5) 2=b(i2 v5) 3=c(i1 v5)", Effect{}},
		{"the same again is unchanged", []*Report{reportOf(1, 5, "1=a"), reportOf(2, 5, "1=a")}, "v5 1=a(i1 v5)", Effect{Unchanged: true}},
		{"a later copy replaces", []*Report{reportOf(1, 5, "1=a 3=c"), reportOf(2, 5, "1=z 2=b")}, "v5 1=z(i2 v5) 2=b(i2 v5)", Effect{LaterCopy: true}},
		{"a refused line keeps who is missing", []*Report{reportOf(1, 5, "1=a 2=b"), refused(reportOf(2, 6, "1=z"))}, "v6 1=z(i2 v6) 2=b(i1 v5)", Effect{Kept: 1}},
		{"a part takes what a rejection kept", []*Report{reportOf(1, 5, "1=a 2=b"), refused(reportOf(2, 6, "1=z")), reportOf(3, 6, "2=b")}, "v6 1=z(i2 v6) 2=b(i3 v6)", Effect{}},
		{"a covered day is known and older than all", []*Report{covering(1, 9, false), reportOf(2, 1, "1=a")}, "v1 1=a(i2 v1)", Effect{}},
		{"a covered day stays as it was", []*Report{reportOf(1, 5, "1=a"), covering(2, 9, false)}, "v5 1=a(i1 v5)", Effect{Unchanged: true, Stale: true}},
		{"a complete report clears", []*Report{reportOf(1, 5, "1=a"), covering(2, 9, true)}, "v9", Effect{}},
		{"what was cleared stays so for older reports", []*Report{covering(1, 9, true), reportOf(2, 5, "1=a")}, "v9", Effect{Skipped: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d *ReportDay
			var e Effect
			for _, r := range c.reports {
				d, e = Apply(d, r)
			}
			if got := text(d); got != c.want || e != c.effect {
				t.Errorf("got %s, %+v\nwant %s, %+v", got, e, c.want, c.effect)
			}
		})
	}
}

func TestReports(t *testing.T) {
	row := func(account int32, says string, version, seq int64) Incoming {
		return Incoming{Row: Row{Key: Key{Account: account}, Figures: []byte(says)}, Version: version, Seq: seq, Span: Span{Created: version}}
	}
	reports, copies := Reports(7, []Incoming{row(2, "late", 1, 9), row(1, "a", 2, 3), row(2, "early", 1, 1), row(1, "b", 1, 2)})
	var got []string
	for _, r := range reports {
		d, _ := Apply(nil, &r)
		got = append(got, text(d))
	}
	want := []string{"v1 1=b(i7 v1) 2=late(i7 v1)", "v2 1=a(i7 v2)"}
	if !slices.Equal(got, want) || copies != 1 {
		t.Errorf("got %q and %d copies, want %q and 1", got, copies, want)
	}
}

// past applies reports one after the other and returns the states after each.
func past(reports []*Report) []State {
	var out []State
	var d *ReportDay
	for _, r := range reports {
		now, e := Apply(d, r)
		if !e.Skipped && !e.Unchanged {
			out = append(out, State{Revision: r.Import, Import: true, Day: now})
		}
		d = now
	}
	return out
}

func TestUndo(t *testing.T) {
	reports := []*Report{reportOf(1, 5, "1=a 2=b"), reportOf(2, 6, "1=z"), reportOf(3, 6, "3=c")}
	for _, c := range []struct {
		imported int64
		want     string
		found    bool
	}{
		{3, "v6 1=z(i2 v6)", true},
		{2, "v6 3=c(i3 v6)", true},
		{1, "v6 1=z(i2 v6) 3=c(i3 v6)", true},
		{4, "v6 1=z(i2 v6) 3=c(i3 v6)", false},
	} {
		d, found := Undo(past(reports), true, c.imported)
		if got := text(d); got != c.want || found != c.found {
			t.Errorf("without import %d: %s, %v; want %s, %v", c.imported, got, found, c.want, c.found)
		}
	}
	// What was undone before stays so.
	states := append(past(reports), State{Revision: 4, Undone: 2})
	if d, _ := Undo(states, true, 3); text(d) != "v5 1=a(i1 v5) 2=b(i1 v5)" {
		t.Errorf("without imports 2 and 3: %s", text(d))
	}
}

// TestUndoOlderThanKept takes an import's rows out where only what came of them is kept.
func TestUndoOlderThanKept(t *testing.T) {
	states := past([]*Report{reportOf(1, 5, "1=a"), reportOf(2, 5, "2=b"), reportOf(3, 5, "3=c")})[1:]
	if d, found := Undo(states, true, 1); !found || text(d) != "v5 2=b(i2 v5) 3=c(i3 v5)" {
		t.Errorf("got %s, %v", text(d), found)
	}
}

// TestOrder applies reports of distinct versions, and parts that do not contradict each
// other, in random orders: the rows are the same.
func TestOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		var reports []*Report
		id := int64(0)
		for version := int64(1); version <= 3; version++ {
			says := map[int]string{}
			for range 1 + random.IntN(3) { // parts
				var rows []string
				for account := 1; account <= 4; account++ {
					if random.IntN(2) == 0 {
						if says[account] == "" {
							says[account] = string(rune('a' + random.IntN(3)))
						}
						rows = append(rows, fmt.Sprintf("%d=%s", account, says[account]))
					}
				}
				if len(rows) > 0 {
					id++
					reports = append(reports, reportOf(id, version, strings.Join(rows, " ")))
				}
			}
		}
		rows := func() string {
			var d *ReportDay
			for _, r := range reports {
				d, _ = Apply(d, r)
			}
			if d == nil {
				return ""
			}
			var out []string
			for _, r := range d.Rows {
				out = append(out, fmt.Sprintf("%d=%s", r.Account, r.Figures))
			}
			return strings.Join(out, " ")
		}
		want := rows()
		random.Shuffle(len(reports), func(i, j int) { reports[i], reports[j] = reports[j], reports[i] })
		if got := rows(); got != want {
			t.Fatalf("in another order %q, want %q", got, want)
		}
	}
}
