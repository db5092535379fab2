package intake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/producttest"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/report/reporttest"
	"codegauge/internal/spool"
	"codegauge/internal/store"
)

// overtaken is a store in whose imports something else happens before the commit.
type overtaken struct {
	store.Store
	before func(try int)
	tries  int
}

func (o *overtaken) Import(ctx context.Context, imp store.Import, items store.Items) (*store.Outcome, error) {
	return o.Store.Import(ctx, imp, &overtakenItems{items, o})
}

type overtakenItems struct {
	store.Items
	of *overtaken
}

func (i *overtakenItems) BeforeCommit(ctx context.Context, id int64) error {
	i.of.tries++
	i.of.before(i.of.tries)
	return i.Items.BeforeCommit(ctx, id)
}

// TestOvertaken has somebody change the directory while an import reads: what its
// records were placed by.
func TestOvertaken(t *testing.T) {
	line := reporttest.User(1, "2026-11-01", 10, 0, `"enterprise_id":"83"`, `"organization_id":"5"`)
	acme := directory.Entity{ID: 100, Kind: directory.Enterprise, Enterprise: 100, Slug: "acme", Aliases: []string{"83"}}
	north := directory.Entity{ID: 101, Kind: directory.Organization, Enterprise: 100, Slug: "north", Aliases: []string{"5"}}
	beta := directory.Entity{ID: 102, Kind: directory.Enterprise, Enterprise: 102, Slug: "beta"}
	for name, c := range map[string]struct {
		puts  [][]directory.Entity // before the first commit, the second …
		tries int
		kind  fault.Kind
		want  string
	}{
		"the same enterprise":        {[][]directory.Entity{{acme}}, 2, 0, `enterprise "acme" [83]; organization "" [5]`},
		"its organization, too":      {[][]directory.Entity{{acme, north}}, 2, 0, `enterprise "acme" [83]; organization "north" [5]`},
		"another enterprise":         {[][]directory.Entity{{beta}}, 2, 0, `enterprise "acme" [83]; organization "" [5]; enterprise "beta" []`},
		"one and then the other":     {[][]directory.Entity{{beta}, {acme}}, 2, fault.Unavailable, `enterprise "acme" [83]; enterprise "beta" []`},
		"nothing":                    {nil, 1, 0, `enterprise "acme" [83]; organization "" [5]`},
		"nothing the records are of": {[][]directory.Entity{{}}, 1, 0, `enterprise "acme" [83]; organization "" [5]`},
	} {
		w := newWorld(t)
		o := &overtaken{Store: w.Store, before: func(try int) {
			if try <= len(c.puts) {
				if err := w.Dir.Put(t.Context(), c.puts[try-1]); err != nil {
					t.Error(err)
				}
			}
		}}
		w.SetStore(o)
		l, err := w.TryLoad(intake.Request{Enterprise: "acme"}, line)
		if c.kind != 0 {
			producttest.Refuses(t, name, err, c.kind, "try again")
		} else if err != nil || l.Days[0].After.LocAdded.N != 10 {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
		list := producttest.Must(w.Dir.Entities(t.Context()))
		sorted := strings.Split(w.entities(), "; ")
		for _, want := range strings.Split(c.want, "; ") {
			if !strings.Contains(w.entities(), want) || len(list) != len(strings.Split(c.want, "; ")) {
				t.Errorf("%s: there are %v, want %s", name, sorted, c.want)
			}
		}
		if o.tries != c.tries {
			t.Errorf("%s: tried %d times, want %d", name, o.tries, c.tries)
		}
	}
}

// TestErasedMeanwhile erases somebody while an import with their record reads.
func TestErasedMeanwhile(t *testing.T) {
	w := newWorld(t)
	dir := w.Dir
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0))
	w.SetStore(&overtaken{Store: w.Store, before: func(int) {
		dir.Marks = map[string]bool{producttest.Must(dir.Secret(t.Context(), 1)).Mark("copilot", "7"): true}
		dir.Version++
	}})
	l := w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(7, "2026-11-02", 10, 0), reporttest.User(8, "2026-11-02", 1, 0))
	if l.Days[0].After.Records != 1 || !producttest.Mentions(l.Warnings, "1 record of erased people left out") {
		t.Errorf("got %+v", l)
	}
}

// TestConcurrentImports imports what makes the same names from many sides.
func TestConcurrentImports(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			line := reporttest.User(i, fmt.Sprintf("2026-11-%02d", 1+i), 1, 0, `"enterprise_id":"83"`, `"organization_id":"5"`)
			for {
				_, err := w.Import(t.Context(), intake.Request{Enterprise: "acme", Inputs: []report.Input{reporttest.Input("in", line)}})
				if fault.KindOf(err) == fault.Unavailable {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				return
			}
		})
	}
	wg.Wait()
	if got := w.entities(); got != `enterprise "acme" [83]; organization "" [5]` {
		t.Errorf("there are %s", got)
	}
	if got := producttest.Show(w.Ask(question.Parameters{Measures: []string{"loc_added"}, From: "2026-11-01", To: "2026-11-08"})); got != "8\n" {
		t.Errorf("there are %s lines", got)
	}
}

// TestInputOnDisk imports a file, a pipe and a stream that can be read once.
func TestInputOnDisk(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	w.SetSpool(spool.New(filepath.Join(dir, "spool"), 1000))
	path := filepath.Join(dir, "a.ndjson")
	if err := os.WriteFile(path, []byte(reporttest.User(1, "2026-11-01", 1, 0)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read, write := must2(os.Pipe())
	go func() {
		io.WriteString(write, reporttest.User(2, "2026-11-01", 2, 0))
		write.Close()
	}()
	inputs := append(producttest.Must(report.Files([]string{path}, nil)),
		report.Input{Name: "pipe", Size: -1, Open: func() (io.ReadCloser, error) { return read, nil }},
		report.Input{Name: "stream", Size: -1, Open: once(reporttest.User(3, "2026-11-01", 4, 0))},
		report.Input{Name: "gone", Size: -1, Open: func() (io.ReadCloser, error) { return nil, errors.New("no such file") }})
	locked := 0
	w.SetStore(&overtaken{Store: w.Store, before: func(try int) {
		locked++
		if try == 1 { // all must be read again
			w.Dir.Put(t.Context(), []directory.Entity{{ID: 100, Kind: directory.Enterprise, Enterprise: 100, Slug: "other"}})
		}
	}})
	var told []int64
	l, err := w.Import(t.Context(), intake.Request{Enterprise: "acme", Inputs: inputs, Progress: func(n int64) { told = append(told, n) }})
	if err != nil || l.Days[0].After.LocAdded.N != 7 || locked != 2 {
		t.Fatalf("got %+v, %v, committed %d times", l, err, locked)
	}
	if l.RejectedTotal != 1 || l.Rejected[0].File != "gone" || !strings.Contains(l.Rejected[0].Reason, "no such file") {
		t.Errorf("refused %+v", l.Rejected)
	}
	for i := 1; i < len(told); i++ {
		if told[i] < told[i-1] {
			t.Errorf("progress went from %d to %d", told[i-1], told[i])
		}
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "spool")); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}

	broken := report.Input{Name: "half", Size: -1, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(reporttest.User(1, "2026-11-01", 99, 0)), &failing{errors.New("connection reset")})), nil
	}}
	_, err = w.Import(t.Context(), intake.Request{Enterprise: "acme", Inputs: []report.Input{broken}})
	if err == nil || !strings.Contains(err.Error(), "read half: connection reset") {
		t.Errorf("a stream that breaks off: %v", err)
	}
	_, err = w.Import(t.Context(), intake.Request{Enterprise: "acme", Inputs: []report.Input{{Name: "long", Size: -1, Open: once(strings.Repeat(" ", 1001))}}})
	producttest.Refuses(t, "over the quota", err, fault.TooLarge, "read long: inputs waiting on disk")
	if entries, err := os.ReadDir(filepath.Join(dir, "spool")); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}

// once opens a stream that is gone after it.
func once(text string) func() (io.ReadCloser, error) {
	opened := false
	return func() (io.ReadCloser, error) {
		if opened {
			return nil, errors.New("opened twice")
		}
		opened = true
		return io.NopCloser(strings.NewReader(text)), nil
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestDeleteMeanwhile deletes an enterprise while an import of it is committed.
func TestDeleteMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(1, "2026-11-01", 1, 0))
	deleting := &importingStore{Store: w.Store}
	deleting.after = func() {
		deleting.after = func() {}
		w.Load(intake.Request{Enterprise: "acme"}, reporttest.User(2, "2026-11-02", 1, 0))
	}
	w.SetStore(deleting)
	if _, err := w.Delete(t.Context(), intake.DeleteRequest{Enterprise: "acme"}); err != nil {
		t.Fatal(err)
	}
	if list := producttest.Must(w.Store.Enterprises(t.Context())); len(list) != 0 || w.entities() != "" {
		t.Errorf("there are %v, %s", list, w.entities())
	}
}

// importingStore is a store in which something happens after a deletion.
type importingStore struct {
	store.Store
	after func()
}

func (s *importingStore) Delete(ctx context.Context, d store.Deletion) (*store.Outcome, error) {
	out, err := s.Store.Delete(ctx, d)
	s.after()
	return out, err
}
