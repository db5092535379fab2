package cli

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/intake"
	"codegauge/internal/question"
	"codegauge/internal/report"

	"github.com/klauspost/compress/zstd"
)

// The names of somebody who is erased, each of which must be found nowhere after.
var traces = []string{"9876501234", "erika-musterfrau", "erika.musterfrau@acme.example", "Erika Musterfrau", "erika@vendor.example", "in a block alone", "the autumn that erika saw"}

// found lists where in the files of a directory any of names is, also in what is packed there.
func found(t *testing.T, dir string, names []string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		b = append(b, unpacked(b)...)
		for _, name := range names {
			// Text in databases is UTF-8 as it came, in any case of its letters.
			if bytes.Contains(bytes.ToLower(b), []byte(strings.ToLower(name))) {
				out = append(out, filepath.Base(path)+": "+name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unpacked returns what the frames of zstd in b hold, as far as they are whole.
func unpacked(b []byte) []byte {
	var out []byte
	for {
		_, rest, ok := bytes.Cut(b, []byte("\x28\xb5\x2f\xfd"))
		if !ok {
			return out
		}
		in, err := zstd.NewReader(bytes.NewReader(b[len(b)-len(rest)-4:]), zstd.IgnoreChecksum(true), zstd.WithDecoderConcurrency(1))
		if err != nil {
			panic(err) // the options are wrong
		}
		text, _ := io.ReadAll(in) // what follows the frame, or lies within it, is none
		in.Close()
		out, b = append(out, text...), rest
	}
}

// foundInBlocks lists the names in the stored blocks, of every revision.
func (s *stores) foundInBlocks(t *testing.T) []string {
	t.Helper()
	var out []string
	blocks, err := database.Collect(t.Context(), s.database, func(rows *sql.Rows) (parts [3][]byte, err error) {
		return parts, rows.Scan(&parts[0], &parts[1], &parts[2])
	}, `SELECT totals, facts, rest FROM block WHERE totals IS NOT NULL`)
	if err != nil {
		t.Fatal(err)
	}
	for _, parts := range blocks {
		text := bytes.ToLower(unpacked(bytes.Join(parts[:], nil)))
		for _, name := range traces {
			if bytes.Contains(text, []byte(strings.ToLower(name))) {
				out = append(out, name)
			}
		}
	}
	return out
}

// opened opens the stores of an app.
func opened(t *testing.T, a *app) *stores {
	t.Helper()
	s, err := a.openStores(t.Context(), storeOptions{Log: a.quiet()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// importText imports lines of NDJSON.
func (s *stores) importText(t *testing.T, text string) *intake.Report {
	t.Helper()
	l, err := s.Import(t.Context(), intake.Request{Enterprise: "acme", Inputs: []report.Input{{Name: "lines", Size: -1,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// erika writes reports of 300 people and days enough that engines spread them
// over blocks, with one to be erased: records, a team, a seat, another tool.
func erika() string {
	var b strings.Builder
	for d := 1; d <= 9; d++ {
		for user := range 300 {
			fmt.Fprintf(&b, `{"day":"2026-05-%02d","user_id":%d,"user_login":"login-%d","enterprise_id":"7","loc_added_sum":%d,"note":"%d"}`+"\n", d, user+1, user, d, user)
		}
		fmt.Fprintf(&b, `{"day":"2026-05-%02d","user_id":9876501234,"user_login":"erika-musterfrau","enterprise_id":"7","loc_added_sum":1000,"contact":"erika.musterfrau@acme.example","note":"in a block alone"}`+"\n", d)
		fmt.Fprintf(&b, `{"day":"2026-05-%02d","repo_id":%d,"repo_name":"app","enterprise_id":"7","reviewer":"Erika-Musterfrau"}`+"\n", d, d)
		fmt.Fprintf(&b, `{"day":"2026-05-%02d","user_id":9876501234,"user_login":"erika-musterfrau","enterprise_id":"7","organization_id":"70","team_id":"71","slug":"core"}`+"\n", d)
		fmt.Fprintf(&b, `{"day":"2026-05-%02d","user_id":"erika@vendor.example","tool":"codex","enterprise_id":"7","loc_added_sum":5}`+"\n", d)
	}
	return b.String()
}

// TestErasureLeavesNoByte erases somebody with everything that there can be of a
// person, and looks for their names in every file.
func TestErasureLeavesNoByte(t *testing.T) {
	a := newTestApp(t)
	s := opened(t, a)
	ctx := access.With(t.Context(), access.NewOperator())
	s.importText(t, erika())
	plantErika(ctx, t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if list := found(t, a.cfg.Data, traces); len(list) < len(traces) || !slices.Contains(list, database.FileName+": in a block alone") {
		t.Fatalf("before the erasure only %q: the search cannot fail", found(t, a.cfg.Data, traces))
	}

	s = opened(t, a)
	if len(s.foundInBlocks(t)) == 0 {
		t.Fatal("no block has a name: the search cannot fail")
	}
	do := admin.New(s.directory, s.product, nil)
	total := s.lines(t)
	done, err := do.Erase(ctx, admin.EraseRequest{Users: []string{"Erika-Musterfrau"}, DryRun: true})
	if err != nil || len(done.Identities) != 2 || done.Records != 18 || s.lines(t) != total {
		t.Fatalf("a dry run: %+v, %v", done, err)
	}
	if done, err = do.Erase(ctx, admin.EraseRequest{Users: []string{"Erika-Musterfrau"}}); err != nil || done.Records != 18 || done.Members != 9 || done.PersonStays {
		t.Fatalf("%+v, %v", done, err)
	}
	if got, want := s.lines(t), total-9*1005; got != want {
		t.Errorf("%d lines are left, want %d", got, want)
	}
	// At once, while the database is open: its log is one of the files.
	if left := found(t, a.cfg.Data, traces); left != nil {
		t.Errorf("names are left: %q", left)
	}
	if left := s.foundInBlocks(t); left != nil {
		t.Errorf("names are left in blocks: %q", left)
	}

	defer s.Close()
	after := s.lines(t)
	if l := s.importText(t, erika()); len(l.Warnings) == 0 || !strings.Contains(l.Warnings[0].Reason, "27 records of erased people left out") {
		t.Errorf("warnings %+v", l.Warnings)
	}
	if got := s.lines(t); got != after {
		t.Errorf("importing again makes %d lines of %d", got, after)
	}
	if v, err := s.Verify(ctx); err != nil || !v.Clean {
		t.Errorf("verify: %+v, %v", v, err)
	}
	log, err := s.directory.AuditLog(ctx, directory.AuditFilter{All: true, Action: "person.erased"})
	if err != nil || len(log) != 1 || log[0].Target != done.Pseudonym || log[0].Name != "operator" {
		t.Errorf("the log has %+v, %v", log, err)
	}
}

// newTestTime returns one of several times.
func newTestTime(n int) time.Time { return time.Date(2026, 5, 1, 2, 3, n, 0, time.UTC) }

// lines returns the enterprise's lines of May 2026.
func (s *stores) lines(t *testing.T) int64 {
	t.Helper()
	answer, err := s.Query(t.Context(), question.Parameters{Measures: []string{"loc_added"}, From: "2026-05-01", To: "2026-05-09"})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Rows[0][0].(int64)
}

// plantErika makes everything else that the directory can have of a person.
func plantErika(ctx context.Context, t *testing.T, s *stores) {
	t.Helper()
	do := admin.New(s.directory, s.product, nil)
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	acme := access.ScopeNames{Enterprise: "acme"}
	must(do.ImportPeople(ctx, admin.ImportRequest{ScopeNames: acme, Apply: true,
		CSV: "email,github_login,github_user_id\nerika.musterfrau@acme.example,erika-musterfrau,9876501234\n"}))
	name := "Erika Musterfrau"
	must(do.ChangeUser(ctx, admin.ChangeUserRequest{UserRequest: admin.UserRequest{ScopeNames: acme, User: "erika.musterfrau@acme.example"}, Name: &name}))
	must(do.Link(ctx, admin.LinkRequest{UserRequest: admin.UserRequest{ScopeNames: acme, User: "erika.musterfrau@acme.example"}, Tool: "codex", UserID: "erika@vendor.example"}))
	must(do.Invite(ctx, admin.UserRequest{ScopeNames: acme, User: "erika.musterfrau@acme.example"}))
	must(do.CreateToken(ctx, admin.TokenRequest{ScopeNames: acme, Scopes: []string{"ingest"}, User: "erika-musterfrau", Name: "laptop", Days: 3}))
	must(nil, do.Viewed(ctx, directory.Entity{}, "a test", "erika-musterfrau"))
	person, err := s.directory.PersonByEmail(ctx, "erika.musterfrau@acme.example")
	must(person, err)
	must(s.directory.SaveView(ctx, directory.SavedView{Person: person.ID, Enterprise: person.Enterprise, Place: person.Enterprise, Name: "The autumn that Erika saw", Page: "impact"}))
	entities, err := s.directory.Entities(ctx)
	must(nil, err)
	must(nil, s.directory.PutSeats(ctx, entities[0].ID, 0, time.Now(), []directory.Seat{{UserID: "9876501234", Login: "erika-musterfrau", Body: []byte(`{"assignee":{"login":"erika-musterfrau"}}`)}}))
}

// TestErasureIsEnded opens data of which only the directory was erased, as a kill
// between the two leaves it.
func TestErasureIsEnded(t *testing.T) {
	a := newTestApp(t)
	s := opened(t, a)
	s.importText(t, erika())
	total := s.lines(t)
	entities, err := s.directory.Entities(t.Context())
	if err == nil {
		err = s.directory.Erase(t.Context(), directory.Erasure{Enterprise: entities[0].ID, Pseudonym: "p", Identities: []directory.Identity{
			{UserID: "9876501234", Login: "erika-musterfrau"}, {Tool: "codex", UserID: "erika@vendor.example"}}})
	}
	if err != nil || s.lines(t) != total {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = opened(t, a)
	defer s.Close()
	if got, want := s.lines(t), total-9*1005; got != want {
		t.Errorf("%d lines are left, want %d", got, want)
	}
	if left := found(t, a.cfg.Data, traces); left != nil {
		t.Errorf("names are left: %q", left)
	}
}
