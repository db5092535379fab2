package question_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"

	"github.com/google/go-cmp/cmp"
)

// activity writes numbers of seats, ? for what is not told.
func activity(s question.SeatActivity) string {
	out := ""
	for _, n := range []*int64{s.Seats, s.Active, s.Idle, s.Unseated} {
		if n == nil {
			out += "? "
			continue
		}
		out += fmt.Sprint(*n, " ")
	}
	return out
}

// seatWorld has people 1 to 60 in one organization and 31 to 110 in another, who are active on
// random days of 56, in the phase id % 4, and seats of some of them, and of others whom no record
// knows.
type seatWorld struct {
	*world
	entities map[string]directory.Entity
	active   map[string]map[int]bool // in the later 28 days, by organization
	seats    map[string]map[int]bool
}

const seatLast = day.Day(20618) // 14 June 2026, a Sunday

func newSeatWorld(t *testing.T, unseated int) *seatWorld {
	t.Helper()
	w := &seatWorld{newWorld(t), map[string]directory.Entity{}, map[string]map[int]bool{}, map[string]map[int]bool{}}
	r := rand.New(rand.NewPCG(3, uint64(unseated)))
	days := map[int][]day.Day{} // the same in each organization
	for id := 1; id <= 110; id++ {
		busy := r.IntN(9) > 0
		for d := seatLast - 55; d <= seatLast; d++ {
			if r.IntN(6) == 0 && (busy || d <= seatLast-28) {
				days[id] = append(days[id], d)
			}
		}
	}
	for _, org := range []struct {
		name     string
		from, to int
	}{{"a", 1, 60}, {"b", 31, 110}} {
		w.active[org.name], w.seats[org.name] = map[int]bool{}, map[int]bool{}
		var lines, all []string
		for id := org.from; id <= org.to; id++ {
			for _, d := range days[id] {
				member := fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d}`, id%4)
				lines = append(lines, reporttest.User(id, d.String(), 1, 0, `"organization_id":"`+org.name+`"`, member))
				all = append(all, reporttest.User(id, d.String(), 1, 0, `"enterprise_id":"1"`, member))
				if d > seatLast-28 {
					w.active[org.name][id] = true
				}
			}
			if id >= org.from+unseated {
				w.seats[org.name][id] = true
			}
		}
		for id := 1000; id < 1010; id++ {
			w.seats[org.name][id] = true
		}
		w.Load(intake.Request{Enterprise: "acme", Org: org.name}, lines...)
		w.Load(intake.Request{Enterprise: "acme"}, all...)
	}
	list, err := w.Dir.Entities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		w.entities[e.Slug] = e
	}
	for org, held := range w.seats {
		var seats []directory.Seat
		for id := range held {
			seats = append(seats, directory.Seat{Organization: w.entities[org].ID, UserID: fmt.Sprint(id)})
		}
		if err := w.Dir.PutSeats(t.Context(), w.entities["acme"].ID, w.entities[org].ID, seatLast.Time(), seats); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// union has who is in any.
func union(sets ...map[int]bool) map[int]bool {
	out := map[int]bool{}
	for _, s := range sets {
		for id := range s {
			out[id] = true
		}
	}
	return out
}

// counted works the numbers out.
func counted(active, seats map[int]bool) string {
	with := 0
	for id := range active {
		if seats[id] {
			with++
		}
	}
	return fmt.Sprint(len(seats), " ", with, " ", len(seats)-with, " ", len(active)-with, " ")
}

var seatWords = question.Parameters{Enterprise: "acme", From: (seatLast - 27).String(), To: seatLast.String()}

// TestSeatActivity compares with plain loops, for all and for each organization, and as of the
// adoption phases; as a table it is the same.
func TestSeatActivity(t *testing.T) {
	w := newSeatWorld(t, 12)
	got, err := w.SeatActivity(t.Context(), seatWords)
	if err != nil {
		t.Fatal(err)
	}
	everybody, seats := union(w.active["a"], w.active["b"]), union(w.seats["a"], w.seats["b"])
	want := map[string]string{"": counted(everybody, seats), "a": counted(w.active["a"], w.seats["a"]), "b": counted(w.active["b"], w.seats["b"])}
	have := map[string]string{"": activity(*got)}
	for key, s := range got.Organizations {
		have[key] = activity(s)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("seats, active, idle, unseated: -want +got\n%s", diff)
	}
	table, err := w.AdoptionTable(t.Context(), seatWords, question.PeopleAny, question.FiguresSeats)
	if err != nil || len(table.Rows) != 3 || fmt.Sprint(table.Rows[1][1:]...)+" " != want["a"] || table.Rows[0][0] != nil || table.Rows[2][0] != "b" {
		t.Errorf("as a table: %v, %v; want %v", table, err, want)
	}

	i, err := w.Impact(t.Context(), seatWords)
	if err != nil {
		t.Fatal(err)
	}
	engaged := int64(0)
	for id := range everybody {
		if id%4 > 0 && seats[id] {
			engaged++
		}
	}
	if s := i.Seats; activity(s.SeatActivity) != want[""] || *s.Engaged != engaged || *s.Passive != *s.Active-engaged {
		t.Errorf("by phase: %s, %d engaged, %d passive; want %s, and %d engaged", activity(s.SeatActivity), *s.Engaged, *s.Passive, want[""], engaged)
	}

	words := seatWords
	words.Where = []string{"model=gpt-5"}
	if got, err := w.SeatActivity(t.Context(), words); err != nil || activity(*got) != "? ? ? ? " {
		t.Errorf("of what no record says of people's days: %s, %v", activity(*got), err)
	}
	words = question.Parameters{Enterprise: "acme", From: "2026-01-01", To: "2026-01-28"}
	if got, err := w.SeatActivity(t.Context(), words); err != nil || got.Seats == nil || got.Active != nil {
		t.Errorf("of days without records: %s, %v", activity(*got), err)
	}
}

// TestSeatActivityHidden: who may not view people is told no numbers of few, and of an
// organization among others how many seats it has.
func TestSeatActivityHidden(t *testing.T) {
	for _, unseated := range []int{12, 2} {
		w := newSeatWorld(t, unseated)
		e := w.entities["acme"]
		reader := access.With(t.Context(), access.NewProgram(e.ID, access.ViewEnterprise, access.ViewOrganization, access.ViewTeam))
		owner := access.With(t.Context(), access.NewProgram(w.entities["a"].ID, access.ViewOrganization))
		all, err := w.SeatActivity(t.Context(), seatWords)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.SeatActivity(reader, seatWords)
		if err != nil {
			t.Fatal(err)
		}
		want := activity(*all)
		if *all.Unseated < 5 {
			want = fmt.Sprint(*all.Seats, " ? ? ? ")
		}
		if unseated == 2 && *all.Unseated >= 5 {
			t.Fatalf("%d people have no seat: nothing is hidden", *all.Unseated)
		}
		if activity(*got) != want {
			t.Errorf("%d: told %s of %s", unseated, activity(*got), activity(*all))
		}
		for key, s := range got.Organizations {
			if activity(s) != fmt.Sprint(len(w.seats[key]), " ? ? ? ") {
				t.Errorf("%d, %s: told %s", unseated, key, activity(s))
			}
		}
		i, err := w.Impact(reader, seatWords)
		if err != nil {
			t.Fatal(err)
		}
		if i.Seats.Engaged != nil || activity(i.Seats.SeatActivity) != want {
			t.Errorf("%d: impact tells %s", unseated, activity(i.Seats.SeatActivity))
		}
		words := seatWords
		words.Org = "a"
		own, err := w.SeatActivity(owner, words)
		if err != nil {
			t.Fatal(err)
		}
		if unseated == 12 && activity(*own) != activity(all.Organizations["a"]) || unseated == 2 && own.Active != nil {
			t.Errorf("%d: the owner of a is told %s of %s", unseated, activity(*own), activity(all.Organizations["a"]))
		}
	}
}
