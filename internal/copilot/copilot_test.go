package copilot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
	"codegauge/internal/report"

	"github.com/google/go-cmp/cmp"
)

// numbering numbers what records name, from 1 on, as it comes.
type numbering struct {
	cube.Dictionary
	clients []Client
	asked   int // how often for a cell
}

func newNumbering() *numbering {
	return &numbering{Dictionary: cube.Dictionary{Values: make([]cube.Value, 1), Cells: make([]cube.Cell, 1)}, clients: make([]Client, 1)}
}

func number[T comparable](list *[]T, v T) int32 {
	if i := slices.Index(*list, v); i > 0 {
		return int32(i)
	}
	*list = append(*list, v)
	return int32(len(*list) - 1)
}

// Value keeps the name in memory of its own.
func (n *numbering) Value(v cube.Value) int32 {
	v.Name = strings.Clone(v.Name)
	return number(&n.Values, v)
}
func (n *numbering) Client(c Client) int32 { return number(&n.clients, c) }
func (n *numbering) Cell(c cube.Cell) int32 {
	n.asked++
	return number(&n.Cells, c)
}

func (n *numbering) client(number int32) (Client, error) { return n.clients[number], nil }

// describe writes a fact as its breakdown's dimensions, part, values and lines.
func (n *numbering) describe(f *cube.Fact) string {
	c := &n.Cells[f.Cell]
	words := []string{fmt.Sprint(c.Breakdown), []string{"reported", "derived", "unattributed", "discrepancy"}[c.Part]}
	for _, k := range metric.Breakdowns[c.Breakdown].Keys {
		if name, ok := n.NameOf(c, k); ok {
			words = append(words, string(k)+"="+name)
		}
	}
	for i := range metric.NumRecordCounters {
		if v, ok := f.Get(metric.Counter(i)); ok {
			words = append(words, fmt.Sprintf("%s=%d", metric.Counter(i).Column(), v))
		}
	}
	return strings.Join(words, " ")
}

func (n *numbering) describeAll(facts []cube.Fact) []string {
	var out []string
	for i := range facts {
		out = append(out, n.describe(&facts[i]))
	}
	return out
}

// lines are counters of lines added and deleted.
func lines(added, deleted int64) (c report.Counters) {
	c.Set(int(metric.LocAdded), added)
	c.Set(int(metric.LocDeleted), deleted)
	return c
}

// all are seven counters, from the first on.
func all(first int64) (c report.Counters) {
	for i := range report.NumCounters {
		c.Set(i, first+int64(i))
	}
	return c
}

func pointer(n int64) *int64 { return &n }

// TestDecodeGivesTheRecord encodes records and decodes them: with the rows put back to
// their places, they are as they were.
func TestDecodeGivesTheRecord(t *testing.T) {
	for _, c := range []struct {
		name   string
		record report.Record
	}{
		{"user", report.Record{Kind: report.UserDay, Totals: all(100), Credits: pointer(1_500_000),
			ByIDE: []report.Row{
				{IDE: "zed", Counters: lines(1, 2), IDEVersion: "2", Plugin: "copilot", PluginVersion: "7"},
				{IDE: "vscode", Counters: all(3), PluginVersion: "1"}, {IDE: "vscode", Counters: all(3)}, {IDE: "", Counters: lines(0, 0)}},
			ByFeature:         []report.Row{{Feature: "b", Counters: all(1)}, {Feature: "a", Counters: lines(1, 0)}, {Feature: "b", Counters: all(0)}},
			ByLanguageFeature: []report.Row{{Language: "go", Feature: "b", Counters: lines(1, 1)}, {Language: "b", Feature: "go", Counters: lines(2, 2)}},
			ByLanguageModel:   []report.Row{{Language: "go", Model: "m", Counters: lines(5, 0)}},
			ByModelFeature:    []report.Row{{Model: "m", Feature: "b"}},
		}},
		{"aggregate", report.Record{Kind: report.AggregateDay, Totals: lines(9, 0), ByFeature: []report.Row{{Feature: "x", Counters: lines(20, 0)}},
			Reported: report.Reported{Daily: pointer(3), Monthly: pointer(0)}}},
		{"nothing", report.Record{Kind: report.UserDay}},
		{"below zero", report.Record{Kind: report.UserDay, Totals: lines(-5, 1<<62), ByFeature: []report.Row{{Feature: "x", Counters: lines(-5, 1<<62)}}}},
	} {
		n := newNumbering()
		e := Encoder{Numbering: n}
		record := c.record
		e.Encode(&record)
		var got report.Record
		got.Credits, got.Reported.Daily = pointer(7), pointer(7) // of the record before
		got.Kind = c.record.Kind
		if err := Decode(&got, &e.Totals, e.Facts, &n.Dictionary, n.client); err != nil {
			t.Fatal(err)
		}
		for i, l := range Breakdowns(&got) {
			if *l.Rows == nil {
				continue
			}
			placed := make([]report.Row, len(*l.Rows))
			for j, at := range e.Order[i] {
				placed[at] = (*l.Rows)[j]
			}
			*l.Rows = placed
		}
		if diff := cmp.Diff(c.record, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// TestFacts lists the facts of records, by their numbers.
func TestFacts(t *testing.T) {
	rows := func(rows ...report.Row) []report.Row { return rows }
	flags := func(names ...string) (f report.Flags) {
		for _, name := range names {
			f.Known |= 1 << slices.Index(report.FlagFields[:], name)
		}
		f.Value = f.Known
		return f
	}
	for _, c := range []struct {
		name   string
		record report.Record
		want   []string
	}{
		// 10 of 30 lines added are under no feature; of those deleted all are, which is
		// known too.
		{"what is left", report.Record{Totals: lines(30, 5), ByFeature: rows(report.Row{Feature: "agent_edit", Counters: lines(20, 5)})},
			[]string{"1 reported feature=agent_edit loc_added=20 loc_deleted=5", "1 unattributed loc_added=10 loc_deleted=0"}},
		// 20 of 15: five too many. Nothing is left, which is said, as zeros.
		{"too many", report.Record{Totals: lines(15, 5), ByFeature: rows(report.Row{Feature: "agent_edit", Counters: lines(20, 5)})},
			[]string{"1 reported feature=agent_edit loc_added=20 loc_deleted=5", "1 unattributed loc_added=0 loc_deleted=0", "1 discrepancy loc_added=-5 loc_deleted=0"}},
		// Without rows by feature they are what language × feature adds up to.
		{"derived", report.Record{Totals: lines(10, 0), ByLanguageFeature: rows(
			report.Row{Language: "go", Feature: "agent_edit", Counters: lines(3, 0)}, report.Row{Language: "c", Feature: "agent_edit", Counters: lines(4, 0)})},
			[]string{"1 derived feature=agent_edit loc_added=7 loc_deleted=0", "1 unattributed loc_added=3 loc_deleted=0",
				"3 reported language=go feature=agent_edit loc_added=3 loc_deleted=0", "3 reported language=c feature=agent_edit loc_added=4 loc_deleted=0"}},
		{"an empty list of features is none", report.Record{Totals: lines(1, 0), ByFeature: []report.Row{}},
			[]string{"1 unattributed loc_added=1 loc_deleted=0"}},
		{"no total", report.Record{}, nil},
		// The coding agent is the cloud agent by its former name: one signal.
		{"signals", report.Record{Kind: report.UserDay, Flags: flags("used_cli", "used_copilot_coding_agent", "used_copilot_cloud_agent"), Phase: pointer(2)},
			[]string{"6 reported signal=used_cli", "6 reported signal=used_copilot_cloud_agent", "7 reported phase=Phase 2"}},
		{"signals that are not", report.Record{Kind: report.UserDay, Flags: report.Flags{Known: 0b11, Value: 0b10}},
			[]string{"6 reported signal=used_chat"}},
		{"an aggregate's are nobody's", report.Record{Kind: report.AggregateDay, Flags: flags("used_cli"), Phase: pointer(2)}, nil},
		{"breakdowns in their order", report.Record{Kind: report.AggregateDay,
			ByModelFeature: rows(report.Row{Model: "m", Feature: "f"}), ByLanguageModel: rows(report.Row{Language: "l", Model: "m"}), ByIDE: rows(report.Row{IDE: "i"})},
			[]string{"2 reported ide=i", "4 reported language=l model=m", "5 reported model=m feature=f"}},
	} {
		n := newNumbering()
		e := Encoder{Numbering: n}
		e.Encode(&c.record)
		if diff := cmp.Diff(c.want, n.describeAll(e.Facts)); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// TestTotals: totals are as the split has them, with what is of whole records.
func TestTotals(t *testing.T) {
	e := Encoder{Numbering: newNumbering()}
	for _, c := range []struct {
		name                      string
		record                    report.Record
		want                      map[metric.Counter]int64
		linesUnknown, substituted bool
	}{
		{"as stated", report.Record{Totals: lines(3, 4), ByFeature: []report.Row{{Counters: lines(9, 9)}}, Credits: pointer(250_000)},
			map[metric.Counter]int64{metric.LocAdded: 3, metric.LocDeleted: 4, metric.AICredits: 250_000}, false, false},
		{"from the features", report.Record{ByFeature: []report.Row{{Counters: lines(9, 0)}, {Counters: lines(1, 2)}}},
			map[metric.Counter]int64{metric.LocAdded: 10, metric.LocDeleted: 2}, false, true},
		{"a user without lines", report.Record{Kind: report.UserDay, Totals: lines(0, 0)}, map[metric.Counter]int64{}, true, false},
		{"people stated", report.Record{Kind: report.AggregateDay, Reported: report.Reported{Daily: pointer(1), Weekly: pointer(2), Monthly: pointer(3)}},
			map[metric.Counter]int64{metric.StatedDailyUsers: 1, metric.StatedWeeklyUsers: 2, metric.StatedMonthlyUsers: 3}, false, false},
	} {
		e.Encode(&c.record)
		got := map[metric.Counter]int64{}
		for i := range metric.NumRecordCounters {
			if n, ok := e.Totals.Get(metric.Counter(i)); ok {
				got[metric.Counter(i)] = n
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || e.LinesUnknown != c.linesUnknown || e.Substituted != c.substituted {
			t.Errorf("%s: reduced %t, substituted %t, -want +got\n%s", c.name, e.LinesUnknown, e.Substituted, diff)
		}
	}
}

// TestOrderOfRows: records whose rows differ in their order only are the same facts,
// and the order says where each row was.
func TestOrderOfRows(t *testing.T) {
	n := newNumbering()
	e := Encoder{Numbering: n}
	row := func(name string, added int64, extra string) report.Row {
		return report.Row{Feature: name, Counters: lines(added, 0), Extra: []byte(extra)}
	}
	rows := []report.Row{row("a", 1, ""), row("b", 2, ""), row("b", 2, `"x":1`), row("b", 2, `"x":2`), row("b", 3, "")}
	e.Encode(&report.Record{Totals: lines(10, 0), ByFeature: rows})
	want := slices.Clone(e.Facts)
	for _, order := range [][]int{{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}, {3, 4, 1, 0, 2}} {
		var shuffled []report.Row
		for _, i := range order {
			shuffled = append(shuffled, rows[i])
		}
		e.Encode(&report.Record{Totals: lines(10, 0), ByFeature: shuffled})
		if diff := cmp.Diff(want, e.Facts); diff != "" {
			t.Errorf("order %v: -want +got\n%s", order, diff)
		}
		for j, at := range e.Order[1] { // Breakdowns lists features second
			if order[at] != j {
				t.Errorf("order %v: fact %d is of row %d", order, j, order[at])
			}
		}
	}
	e.Encode(&report.Record{Totals: lines(1, 0)})
	for i, o := range e.Order {
		if len(o) > 0 {
			t.Errorf("a record without rows has an order %v of breakdown %d", o, i)
		}
	}
}

// TestNumbersAreRemembered: the numbers of cells are asked for once.
func TestNumbersAreRemembered(t *testing.T) {
	n := newNumbering()
	e := Encoder{Numbering: n}
	for range 3 {
		e.Encode(&report.Record{Totals: lines(3, 0), ByFeature: []report.Row{{Feature: "a", Counters: lines(1, 0)}}, ByIDE: []report.Row{{IDE: "a", Counters: lines(1, 0)}}})
	}
	if n.asked != 3 { // the feature, the IDE and what is left
		t.Errorf("asked %d times for the number of a cell, want 3", n.asked)
	}
	if len(n.Values) != 3 { // none, and the name a on two dimensions
		t.Errorf("got values %v", n.Values)
	}
}

// TestMemoryIsUsedAgain: names are remembered although the memory in which a record had
// them holds the next one's.
func TestMemoryIsUsedAgain(t *testing.T) {
	n := newNumbering()
	e := Encoder{Numbering: n}
	memory := []byte("first!")
	for i, name := range []string{"first!", "second", "first!", "second"} {
		read := name
		if i < 2 {
			copy(memory, name)
			read = unsafe.String(&memory[0], len(memory))
		}
		e.Encode(&report.Record{ByFeature: []report.Row{{Feature: read}}})
		if got := n.describeAll(e.Facts); len(got) != 1 || got[0] != "1 reported feature="+name {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if n.asked != 2 {
		t.Errorf("asked %d times for the number of a cell, want 2", n.asked)
	}
}

// TestUnknownClient: a number that stands for no client is an error.
func TestUnknownClient(t *testing.T) {
	n := newNumbering()
	e := Encoder{Numbering: n}
	e.Encode(&report.Record{ByIDE: []report.Row{{IDE: "zed", IDEVersion: "1"}}})
	damaged := errors.New("no such client")
	err := Decode(&report.Record{}, &e.Totals, e.Facts, &n.Dictionary, func(int32) (Client, error) { return Client{}, damaged })
	if !errors.Is(err, damaged) || err.Error() != "client 1: no such client" {
		t.Errorf("got %v", err)
	}
}
