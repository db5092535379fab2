package question_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/impact"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// TestCreditUse compares with plain loops: the last phase of the 28 days decides whose
// credits are whose, and who states none is counted but not divided by.
func TestCreditUse(t *testing.T) {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(5, 5))
	last := day.Date(2026, 6, 14)
	var lines []string
	type person struct {
		phase   int
		credits float64
		known   bool
	}
	people := map[int]*person{}
	for id := 1; id <= 80; id++ {
		for back := range day.Day(40) {
			if r.IntN(3) > 0 && back != 3 {
				continue
			}
			d, phase := last-39+back, r.IntN(5)
			members := []string{fmt.Sprintf(`"ai_adoption_phase":{"phase_number":%d}`, phase)}
			credits := float64(r.IntN(1000)) / 8
			if id%10 > 0 {
				members = append(members, fmt.Sprintf(`"ai_credits_used":%g`, credits))
			}
			lines = append(lines, reporttest.User(id, d.String(), 1, 0, members...))
			if d < last-27 {
				continue
			}
			if people[id] == nil {
				people[id] = &person{}
			}
			p := people[id]
			p.phase = phase
			if id%10 > 0 {
				p.known, p.credits = true, p.credits+credits
			}
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	e, err := w.Entity(t.Context(), question.Parameters{})
	if err != nil {
		t.Fatal(err)
	}
	w.SetSeatPrices(map[string]int64{"business": 1900, "enterprise": 3900})
	seats := []directory.Seat{{UserID: "1", Plan: "business"}, {UserID: "2", Plan: "business"}, {UserID: "3", Plan: "enterprise"}, {UserID: "4", Plan: "business"}}
	if err := w.Dir.PutSeats(t.Context(), e.ID, 0, last.Time(), seats); err != nil {
		t.Fatal(err)
	}
	var want [2]question.CreditGroup
	for _, p := range people {
		g := &want[0]
		if p.phase >= 2 {
			g = &want[1]
		}
		g.People++
		if p.known {
			g.Known, g.Credits = g.Known+1, g.Credits+p.credits
		}
	}
	words := question.Parameters{To: last.String(), Days: 7}
	got, err := w.CreditUse(t.Context(), words)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range []question.CreditGroup{got.Light, got.Heavy} {
		if g.People != want[i].People || g.Known != want[i].Known || math.Abs(g.Credits-want[i].Credits) > 1e-6 || g.Known == g.People || g.Known == 0 {
			t.Errorf("group %d: %+v, want %+v", i, g, want[i])
		}
	}
	if mean := want[1].Credits / float64(want[1].Known) / (want[0].Credits / float64(want[0].Known)); math.Abs(got.Ratio.Ratio-mean) > 1e-9 || got.Ratio.Low >= mean || got.Ratio.High <= mean {
		t.Errorf("ratio %+v, want %v", got.Ratio, mean)
	}
	if got.Pool == nil || *got.Pool != 3*1900+3900 || got.Licence == nil || *got.Licence != 24 {
		t.Errorf("pool %v, licence %v; want 9600 and (3 × 19 + 39) ÷ 4", got.Pool, got.Licence)
	}
	ctx := access.With(t.Context(), &access.Principal{Kind: access.Program})
	if pool, err := w.IncludedCredits(t.Context(), words); err != nil || pool == nil || *pool != *got.Pool {
		t.Errorf("the pool is %v, %v", pool, err)
	}
	if pool, err := w.IncludedCredits(ctx, question.Parameters{}); err != nil || pool != nil {
		t.Errorf("without the permission the pool is %v, %v", pool, err)
	}
	if got, err := w.CreditUse(ctx, question.Parameters{}); err != nil || got.Why != question.ImpactPeople || got.Light.People+got.Heavy.People > 0 || got.Pool != nil {
		t.Errorf("who may not view people: %+v, %v", got, err)
	}
	if got, err := w.CreditUse(t.Context(), question.Parameters{From: "2026-01-01", To: "2026-01-28"}); err != nil || got.Why != question.ImpactRecords {
		t.Errorf("no records: %+v, %v", got, err)
	}
	seats[0].Plan = "nobody knows"
	if err := w.Dir.PutSeats(t.Context(), e.ID, 0, last.Time(), seats); err != nil {
		t.Fatal(err)
	}
	if people, err := w.PeopleImpact(t.Context(), words); err != nil || people.Why != "" { // which reads the same records
		t.Fatalf("got %+v, %v", people, err)
	}
	if pool, err := w.IncludedCredits(t.Context(), words); err != nil || pool != nil {
		t.Errorf("of an unknown plan the pool is %v, %v", pool, err)
	}
	again, err := w.CreditUse(t.Context(), words)
	if err != nil || again.Pool != nil || again.Licence != nil {
		t.Errorf("of an unknown plan: %v, %v, %v", again.Pool, again.Licence, err)
	}
	if same := func(a, b question.CreditGroup) bool {
		return a.People == b.People && a.Known == b.Known && math.Abs(a.Credits-b.Credits) < 1e-6
	}; !same(again.Light, got.Light) || !same(again.Heavy, got.Heavy) {
		t.Errorf("after PeopleImpact: %+v and %+v, before %+v and %+v", again.Light, again.Heavy, got.Light, got.Heavy)
	}
}

// TestCreditUseOfFew says how many are too few for an interval.
func TestCreditUseOfFew(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"},
		reporttest.User(1, "2026-06-01", 1, 0, `"ai_credits_used":2.5,"ai_adoption_phase":{"phase_number":1}`),
		reporttest.User(1, "2026-06-02", 1, 0, `"ai_credits_used":1.5,"ai_adoption_phase":{"phase_number":3}`),
		reporttest.User(2, "2026-06-02", 1, 0, `"ai_credits_used":1`))
	got, err := w.CreditUse(t.Context(), question.Parameters{To: "2026-06-14", Days: 28})
	if err != nil {
		t.Fatal(err)
	}
	if got.Heavy != (question.CreditGroup{People: 1, Known: 1, Credits: 4}) || got.Light != (question.CreditGroup{People: 1, Known: 1, Credits: 1}) || got.Ratio.Why != impact.TooFewEngaged {
		t.Errorf("got %+v", got)
	}
}
