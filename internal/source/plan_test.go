package source

import (
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/github"
)

// TestNights says on which days after a day its report is fetched, by how it comes: a
// letter a night for its content, "-" where there is none.
func TestNights(t *testing.T) {
	const d = day.Day(20_000)
	at := func(age int) time.Time { return (d + day.Day(age)).Time().Add(4 * time.Hour) }
	for _, c := range []struct {
		what  string
		first int // the age at which it is asked for first
		comes string
		begun bool
		want  string
	}{
		{"unchanged", 1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true, "1 2 3 7 28"},
		{"changed until the fourth day", 1, "abcdddddddddddddddddddddddddddddddd", true, "1 2 3 4 5 6 7 28"},
		{"changed every night", 1, "abcdefghijklmnopqrstuvwxyzabcdefghij", true, "1 2 3 4 5 6 7 28"},
		{"late", 1, "---aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true, "1 2 3 4 7 28"},
		{"never there", 1, "------------------------------------", true, "1 2 3 4 5 6 7 28"},
		{"first asked for after four days", 4, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true, "4 7 28"},
		{"first asked for after three days", 3, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true, "3 4 5 7 28"},
		{"first asked for after a month", 30, "aaaaaaaaaa", true, "30"},
		{"first asked for after a month, never there", 30, "----------", true, "30 31 32"},
		{"first asked for after a month, before the first report", 30, "----------", false, "30"},
	} {
		var f *directory.SourceFetch
		var got []string
		for i, content := range c.comes {
			age := c.first + i
			if !due(f, d, d+day.Day(age), c.begun) {
				continue
			}
			got = append(got, at(age).Sub(d.Time()).Truncate(24*time.Hour).String())
			now := directory.SourceFetch{Day: d, First: at(age), Last: at(age)}
			if content != '-' {
				now.Hash = string(content)
			}
			next := afterFetch(f, now)
			f = &next
		}
		var nights []string
		for _, s := range got {
			h, err := time.ParseDuration(s)
			if err != nil {
				t.Fatal(err)
			}
			nights = append(nights, strings.TrimSuffix((h/24).String(), "h0m0s"))
		}
		if got := strings.Join(nights, " "); got != c.want {
			t.Errorf("%s: fetched after %s days, want %s", c.what, got, c.want)
		}
	}
}

// TestSoonAgain does not take a report for final that came twice within minutes.
func TestSoonAgain(t *testing.T) {
	d := day.Day(20_000)
	at := (d + 3).Time().Add(4 * time.Hour)
	f := afterFetch(nil, directory.SourceFetch{Day: d, Hash: "a", First: at, Last: at})
	for range 5 {
		at = at.Add(time.Minute)
		f = afterFetch(&f, directory.SourceFetch{Day: d, Hash: "a", First: at, Last: at})
	}
	if !due(&f, d, d+3, true) {
		t.Errorf("taken for final: %+v", f)
	}
}

// TestPlan orders days: the oldest, the newest, then inwards; of one day all streams.
func TestPlan(t *testing.T) {
	one, two := stream{github.Scope{Enterprise: "acme"}, github.Users}, stream{github.Scope{Enterprise: "acme", Org: "pay"}, github.Users}
	var got []string
	window := func(st stream) day.Range { return day.Range{From: 100 + day.Day(len(st.scope.Org)), To: 105} }
	known := fetchesOf([]directory.SourceFetch{{Report: string(github.Users), Day: 104, Hash: "a", First: day.Day(150).Time(), Last: day.Day(150).Time()}})
	for _, task := range plan([]stream{one, two}, known, window, 150) {
		got = append(got, task.day.String()[8:]+task.scope.Org)
	}
	if got, want := strings.Join(got, " "), "11 16 16pay 12 15pay 13 14 14pay"; got != want {
		t.Errorf("plan = %s, want %s", got, want)
	}
}
