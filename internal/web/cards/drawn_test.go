package cards

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

func value(f float64) *float64 { return &f }

func TestRowBarIsAsLongAsItsFigure(t *testing.T) {
	b := NewRowBar(200, Part{Step: StepStrong, Value: 50}, Part{Step: StepPale}, Part{Step: StepGrey, Value: 100})
	want := []RowPart{{StepStrong, "0.0", "250.0"}, {StepGrey, "250.0", "500.0"}}
	if !slices.Equal(b.Parts, want) {
		t.Errorf("parts: got %v, want %v", b.Parts, want)
	}
	if NewRowBar(0, Part{Value: 1}) != nil || NewRowBar(5) != nil {
		t.Error("a bar of nothing is drawn")
	}
}

func TestPartsAddUp(t *testing.T) {
	b := NewPartsBar([]Part{{Step: StepStrong, Value: 312, Label: "sent a prompt"}, {Step: StepNone, Value: 1148, Label: "no activity"}},
		func(f float64) string { return text.Whole(f) + " seats" })
	if got, want := b.Sum, "312 + 1,148 = 1,460 seats"; got != want {
		t.Errorf("sum: got %q, want %q", got, want)
	}
	if got, want := b.Label, "312 sent a prompt, 1,148 no activity"; got != want {
		t.Errorf("label: got %q, want %q", got, want)
	}
	last := b.Bar.Parts[1]
	if text.Parsed(last.X)+text.Parsed(last.Width) < drawnWidth-0.1 {
		t.Errorf("the bar ends at %s + %s", last.X, last.Width)
	}
}

// A column is as high as its figure, on the scale of the row's peak.
func TestSmallColumnsDrawTheirFigures(t *testing.T) {
	periods := []Period{{Key: "a"}, {Key: "b", State: "missing"}, {Key: "c"}, {Key: "d", State: "provisional"}, {Key: "e"}}
	c := NewSmallColumns(periods, map[string]*float64{"a": value(10), "b": value(99), "c": value(40), "d": value(20)}, func(peak float64) string { return "peak " + text.Whole(peak) })
	heights := func(d string) (out []string) {
		for _, m := range regexp.MustCompile(`M(\d+) 20v-([0-9.]+)`).FindAllStringSubmatch(d, -1) {
			out = append(out, m[1]+":"+m[2])
		}
		return out
	}
	if got, want := heights(c.Solid), []string{"0:5.0", "12:20.0"}; !slices.Equal(got, want) {
		t.Errorf("solid: got %v, want %v", got, want)
	}
	if got, want := heights(c.Hatched), []string{"18:10.0"}; !slices.Equal(got, want) {
		t.Errorf("hatched: got %v, want %v", got, want)
	}
	if strings.Count(c.Missing, "M") != 1 || *c.Peak != 40 || c.Label != "peak 40" {
		t.Errorf("missing %q, peak %v, label %q", c.Missing, *c.Peak, c.Label)
	}
}

func TestTint(t *testing.T) {
	for _, c := range []struct {
		value, row *float64
		tint       int
		faint      bool
	}{
		{value(4), value(100), 0, true}, {value(5), value(100), 1, false}, {value(24), value(100), 2, false},
		{value(25), value(100), 3, false}, {value(100), value(100), 4, false}, {nil, value(100), 0, false}, {value(0), value(0), 0, false},
	} {
		if got := Tinted(c.value, c.row); got.Tint != c.tint || got.Faint != c.faint {
			t.Errorf("%v: got %d, %v", c, got.Tint, got.Faint)
		}
	}
}

func TestSortTable(t *testing.T) {
	rows := func() []DrawnRow {
		return []DrawnRow{{Label: "b", Cells: []DrawnCell{Tinted(value(1), nil)}}, {Label: "A", Cells: []DrawnCell{Tinted(value(3), nil)}},
			{Label: "c", Cells: []DrawnCell{{}}}, {Label: "Other", Neutral: true, Cells: []DrawnCell{Tinted(value(9), nil)}}}
	}
	for sort, want := range map[string]string{"": "bAcOther", "x.name": "AbcOther", "x.n": "AbcOther", "y.n": "bAcOther"} {
		b := &Builder{Request: &shell.Request{State: shell.State{Path: "/p", Days: 28, Sort: sort}}}
		table := &DrawnTable{Heads: []DrawnHead{{Label: "Name", Series: "name"}, {Label: "N", Series: "n", Numeric: true}}, Rows: rows()}
		b.SortTable("x", table)
		got := ""
		for _, r := range table.Rows {
			got += r.Label
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", sort, got, want)
		}
		if table.Heads[1].URL != "/p?sort=x.n#x" || table.Heads[1].On != (sort == "x.n") {
			t.Errorf("%q: head %+v", sort, table.Heads[1])
		}
	}
}

// Rows that are blocks of lines on narrow screens say what their figures are.
func TestNamedCells(t *testing.T) {
	table := DrawnTable{Stacked: true, Heads: []DrawnHead{{Label: "Population"}, {Label: "Day"}, {Label: "7 days"}}, Rows: []DrawnRow{{Cells: make([]DrawnCell, 2)}}}
	if r := table.Named(table.Rows[0]); r.Cells[0].Column != "Day" || r.Cells[1].Column != "7 days" || table.Rows[0].Cells[0].Column != "" {
		t.Errorf("got %+v of %+v", r, table.Rows[0])
	}
	table.Stacked = false
	if r := table.Named(table.Rows[0]); r.Cells[0].Column != "" {
		t.Errorf("a cell of a table that is none of blocks is named: %+v", r)
	}
}
