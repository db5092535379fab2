package source_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/github/githubtest"
	"codegauge/internal/source"
)

// TestRound fetches an enterprise for the first time, from each kind of host.
func TestRound(t *testing.T) {
	for _, kind := range []string{githubtest.DotCom, githubtest.Tenant, githubtest.Plain} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t, kind)
			w.gh.Fill(30)
			w.connect()
			sum := w.round(source.RoundOptions{Days: 40})
			if sum.Changed != 30*3+2 || sum.Days.Stored != 30 || len(sum.Missing) != 0 {
				t.Errorf("round = %+v", sum)
			}
			if got := sum.Records["users"]; got != 30*3+2 {
				t.Errorf("records = %v", sum.Records)
			}
			_, seats, err := w.dir.SeatAnswer(t.Context(), w.src.Enterprise, 0)
			if w.ok(err); len(seats) != 250 {
				t.Errorf("%d seats, want 250", len(seats))
			}
			names, err := w.dir.Entities(t.Context())
			w.ok(err)
			for _, e := range names {
				if e.Kind == directory.Team {
					_, list, err := w.dir.Roster(t.Context(), e.ID)
					if w.ok(err); len(list) != 1 {
						t.Errorf("team %+v has %v", e, list)
					}
				}
			}
			if len(names) != 4 { // the enterprise, an organization, two teams
				t.Errorf("entities = %+v", names)
			}
			calls := sum.Calls
			again := w.round(source.RoundOptions{Days: 40})
			if again.Changed != 0 || again.Calls > calls/3 {
				t.Errorf("the next round = %+v", again)
			}
			if got, want := w.stored(day.Range{From: w.gh.Today - 4, To: w.gh.Today - 4}), ""; got == want {
				t.Error("nothing is stored")
			}
		})
	}
}

// TestWithoutPeople fetches an enterprise that is kept without people: reports, seats and
// the members of teams say of the same person the same pseudonym.
func TestWithoutPeople(t *testing.T) {
	w := newWorld(t, githubtest.DotCom)
	w.gh.Fill(5)
	var err error
	w.peopleKey, err = w.keys.Make("acme")
	w.ok(err)
	w.connect()
	w.round(short)
	e, err := w.dir.Entities(t.Context())
	w.ok(err)
	key, err := w.keys.Of(e[0])
	w.ok(err)
	known, err := w.store.Identities(t.Context(), w.src.Enterprise)
	w.ok(err)
	ids := map[string]string{}
	for _, i := range known {
		ids[i.UserID] = i.Login
	}
	if len(ids) != 3 || ids[key.ID("1")] != key.Login("u1") {
		t.Errorf("people of reports: %v", ids)
	}
	_, seats, err := w.dir.SeatAnswer(t.Context(), w.src.Enterprise, 0)
	w.ok(err)
	for _, s := range seats {
		if !strings.HasPrefix(s.Login, "person-") || len(s.UserID) != 26 || strings.Contains(string(s.Body), "avatar") {
			t.Fatalf("a seat of %+v: %s", s, s.Body)
		}
	}
	members := 0
	for _, e := range e {
		_, list, err := w.dir.Roster(t.Context(), e.ID)
		w.ok(err)
		for _, m := range list {
			members++
			if ids[m.UserID] != m.Login {
				t.Errorf("%s has the member %+v, whom no report knows: %v", e.Slug, m, ids)
			}
		}
	}
	if len(seats) != 250 || members == 0 {
		t.Errorf("%d seats, %d members", len(seats), members)
	}
}

// TestOverPostgres does a round over the other engine.
func TestOverPostgres(t *testing.T) {
	w := newWorldOver(t, databasetest.Open(t, databasetest.Postgres), githubtest.New(t, githubtest.DotCom))
	w.gh.Fill(10)
	w.connect()
	if sum := w.round(short); sum.Changed != 32 || sum.Days.Stored != 10 {
		t.Errorf("round = %+v", sum)
	}
	if sum := w.round(short); sum.Changed != 0 {
		t.Errorf("the next round = %+v", sum)
	}
}

// TestScheduler does rounds that are due, several sources at once, until it is ended.
func TestScheduler(t *testing.T) {
	w := newWorld(t, githubtest.DotCom)
	w.gh.Fill(10)
	w.connect()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	w.ok(w.RequestRound(ctx, w.src))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		st, err := w.State(ctx, w.src.ID)
		w.ok(err)
		if st.Last != nil {
			if st.Last.Failed != "" || st.Last.Days.Stored != 10 || !st.Next.After(w.gh.Today.Time().Add(24*time.Hour)) {
				t.Errorf("state = %+v", st)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no round was done")
		}
	}
	stop()
	<-ended
}

// TestOrder fetches the oldest day first, then the newest, then inwards.
func TestOrder(t *testing.T) {
	w := newWorld(t, githubtest.DotCom)
	w.gh.Fill(400)
	w.connect("pay")
	sum := w.round(source.RoundOptions{})
	var days []string
	for _, r := range w.gh.Requests() {
		if r.Path == "/enterprises/acme/copilot/metrics/reports/users-1-day" {
			days = append(days, r.Query)
		}
	}
	// The first call is the check's. Several are under way at once.
	first := map[string]bool{}
	for _, d := range days[1:5] {
		first[d] = true
	}
	for _, want := range []string{"day=2025-11-24", "day=2026-11-23", "day=2025-11-25"} {
		if !first[want] {
			t.Errorf("fetched first: %v, want %s among them", days[1:5], want)
		}
	}
	if d := sum.Days; d.Window.From.String() != "2025-11-24" || d.Stored != 363 || d.Lost != 45 || d.Missing != 2 {
		t.Errorf("days = %+v", d)
	}
}
