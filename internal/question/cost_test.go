package question_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report/reporttest"
)

// TestMostRows asks for more rows than an answer may have: it is refused, by an estimate before
// anything is read or once there are too many, unless the operator asks; and answers about
// single people wait for room.
func TestMostRows(t *testing.T) {
	w := newWorld(t)
	w.Dir.Settings = &directory.Privacy{PersonViews: true}
	var lines []string
	for d := 1; d <= 4; d++ {
		for user := 1; user <= 10; user++ {
			lines = append(lines, reporttest.User(user, fmt.Sprintf("2026-05-%02d", d), 10, 1))
		}
	}
	w.Load(intake.Request{Enterprise: "acme"}, lines...)
	w.SetMostRows(20)
	all, err := w.Dir.Entities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	program := access.With(t.Context(), access.NewProgram(all[0].ID, access.All...))
	ask := func(ctx context.Context, by ...string) (int, error) {
		a, err := w.Query(ctx, question.Parameters{Enterprise: "acme", Measures: []string{"loc_added"}, By: by, From: "2026-05-01", To: "2026-05-04"})
		if err != nil {
			return 0, err
		}
		return len(a.Rows), nil
	}
	for _, by := range [][]string{{"user"}, {"day"}, {"user", "month"}} {
		if n, err := ask(program, by...); err != nil {
			t.Errorf("by %s: %d rows, %v", by, n, err)
		}
	}
	for _, by := range [][]string{{"user", "day"}, {"day", "user"}} {
		if n, err := ask(program, by...); fault.KindOf(err) != fault.TooLarge || !strings.Contains(err.Error(), "fewer days") {
			t.Errorf("by %s: %d rows, %v", by, n, err)
		}
		if n, err := ask(access.With(t.Context(), access.NewOperator()), by...); err != nil || n < 40 {
			t.Errorf("by %s, the operator: %d rows, %v", by, n, err)
		}
	}
	leave := w.Occupy(15)
	soon, cancel := context.WithTimeout(program, 20*time.Millisecond)
	defer cancel()
	if _, err := ask(soon, "user"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without room: %v", err)
	}
	if _, err := ask(program, "day"); err != nil {
		t.Errorf("a question about nobody waits for room: %v", err)
	}
	leave()
	if _, err := ask(program, "user"); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
