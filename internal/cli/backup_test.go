package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"codegauge/internal/config"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/sample"
)

func openedIn(t *testing.T, data string) *stores {
	t.Helper()
	a := &app{ctx: t.Context(), cfg: &config.Config{Data: data}}
	s, err := a.openStores(t.Context(), storeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ledgerOf returns what verify says, as text; it must be clean.
func ledgerOf(t *testing.T, s *stores) string {
	t.Helper()
	v, err := s.Verify(t.Context())
	if err != nil || !v.Clean {
		t.Fatalf("verify: %+v, %v", v, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestBackupUnderLoad backs up while imports run: each backup holds one of the
// states that were committed, all of it.
func TestBackupUnderLoad(t *testing.T) {
	s := openedIn(t, t.TempDir())
	defer s.Close()
	const imports, people = 12, 400
	var mu sync.Mutex
	committed := map[string]int{}
	load := func(n int) {
		_, err := s.Import(t.Context(), intake.Request{Enterprise: "acme", Inputs: inputs([]sample.File{{Name: "users.ndjson", Write: func(w io.Writer) error {
			for p := range people {
				fmt.Fprintf(w, `{"user_id":%d,"day":"2026-05-%02d","loc_added_sum":%d,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":%d}]}`+"\n", p+1, 1+n%7, n+p, n)
			}
			return nil
		}}})})
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		committed[ledgerOf(t, s)] = n
	}
	load(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 1; n <= imports; n++ {
			load(n)
		}
	}()
	var backups []*bytes.Buffer
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		b := &bytes.Buffer{}
		if err := s.backup(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		backups = append(backups, b)
	}
	states := map[int]bool{}
	for _, b := range backups {
		data := t.TempDir()
		a := &app{ctx: t.Context(), cfg: &config.Config{Data: data}}
		if _, _, err := a.restore(b, nil); err != nil {
			t.Fatal(err)
		}
		r := openedIn(t, data)
		n, ok := committed[ledgerOf(t, r)]
		if !ok {
			t.Errorf("a backup holds a state that was never committed")
		}
		states[n] = true
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d backups of %d different states of %d", len(backups), len(states), imports+1)
}

// TestDamagedBackups refuses what is no whole backup, and leaves nothing behind.
func TestDamagedBackups(t *testing.T) {
	s := openedIn(t, t.TempDir())
	defer s.Close()
	b := &bytes.Buffer{}
	if err := s.backup(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, data := range map[string][]byte{"empty": nil, "half": whole[:len(whole)/2], "without its end": whole[:len(whole)-4096], "flipped": flipped, "text": []byte("a,b\n1,2\n")} {
		dir := t.TempDir()
		a := &app{ctx: t.Context(), cfg: &config.Config{Data: dir}}
		if _, _, err := a.restore(bytes.NewReader(data), nil); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: %v, %v are left in %s", name, left, err, filepath.Base(dir))
		}
	}
}
