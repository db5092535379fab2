package database_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/fault"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
)

func TestFormNumbers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		have, known, err := d.SchemaForm(t.Context())
		if err != nil || have != known || known < 2 {
			t.Fatalf("form %d of %d: %v", have, known, err)
		}
		newer := known + 1
		insert := `INSERT INTO migration (version_id, is_applied) VALUES (?, ?)`
		if _, err := d.ExecContext(t.Context(), insert, newer, true); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			oldest int64
			usable bool
		}{{known - 1, true}, {known, true}, {newer, false}} {
			if _, err := d.ExecContext(t.Context(), `UPDATE form SET oldest = ?`, c.oldest); err != nil {
				t.Fatal(err)
			}
			for what, err := range map[string]error{"migrate": d.Migrate(t.Context()), "require": d.RequireForm(t.Context())} {
				switch {
				case c.usable && err != nil:
					t.Errorf("%s: form %d that allows form %d: %v", what, newer, c.oldest, err)
				case !c.usable && (fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "newer version") || !strings.Contains(err.Error(), d.Name())):
					t.Errorf("%s: form %d that allows form %d: %v", what, newer, c.oldest, err)
				}
			}
		}
	})
}

// TestMigratedMeanwhile migrates a database under a program that is running to forms that
// it may still use, and to one that it may not: whatever it asks for then is refused.
func TestMigratedMeanwhile(t *testing.T) {
	target := databasetest.New(t, databasetest.Postgres)
	d, newer := target.Open(t), target.OpenEmpty(t) // which asks for no form
	_, known, err := d.SchemaForm(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held, err := d.Lock(t.Context(), database.EnterpriseData, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Unlock()
	nothing := func(context.Context, *database.Tx) error { return nil }
	tried := map[string]func() error{
		"ping":            func() error { return d.Ping(t.Context()) },
		"update":          func() error { return d.Update(t.Context(), nothing) },
		"update locked":   func() error { return held.Update(t.Context(), nothing) },
		"look":            func() error { _, err := d.Version(database.WithLook(t.Context()), 1); return err },
		"directory alone": func() error { _, err := d.Version(t.Context(), database.Directory); return err },
	}
	for _, oldest := range []int64{known - 1, known, known + 1, known} {
		execute(t, newer, fmt.Sprintf(`UPDATE form SET oldest = %d`, oldest))
		for what, try := range tried {
			err := try()
			switch {
			case oldest <= known && err != nil:
				t.Errorf("%s: form that allows %d: %v", what, oldest, err)
			case oldest > known && (fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "newer version") || !strings.Contains(err.Error(), d.Name())):
				t.Errorf("%s: form that allows %d: %v", what, oldest, err)
			}
		}
	}
}

// TestMigrateYields migrates beside somebody who writes for long to a table that the
// migration needs: who wants the table meanwhile does not wait until both have ended.
func TestMigrateYields(t *testing.T) {
	target := databasetest.New(t, databasetest.Postgres)
	d, other := target.Open(t), target.Open(t)
	beforePeopleSets(t, d)
	for _, table := range []string{"stream", "revision_day", "undone"} {
		execute(t, d, `ALTER TABLE `+table+` DROP COLUMN data_kind`)
	}
	execute(t, d, `DELETE FROM migration WHERE version_id = 15`)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const write = `UPDATE stream SET tool = tool`
	migrated := make(chan error, 1)
	err := d.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, write); err != nil {
			return err
		}
		go func() { migrated <- other.Migrate(t.Context()) }()
		for waits := false; !waits; {
			if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)`).Scan(&waits); err != nil {
				return err
			}
		}
		for range 3 {
			if _, err := other.ExecContext(ctx, write); err != nil {
				return fmt.Errorf("beside the migration: %w", err)
			}
		}
		if len(migrated) > 0 {
			t.Error("the migration did not wait")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-migrated; err != nil {
		t.Fatal(err)
	}
	execute(t, d, `UPDATE stream SET data_kind = data_kind`)
}

// beforePeopleSets takes a database back to before migration 16.
func beforePeopleSets(t *testing.T, d *database.DB) {
	t.Helper()
	for _, table := range []string{"people_sets", "week_sum"} {
		execute(t, d, `DROP TABLE `+table)
	}
	execute(t, d, `CREATE TABLE people (enterprise BIGINT NOT NULL, client INTEGER NOT NULL, cell INTEGER NOT NULL, day INTEGER NOT NULL, tool INTEGER NOT NULL, revision BIGINT NOT NULL, people BYTEA)`)
	for _, change := range []string{`RENAME COLUMN totals TO body`, `DROP COLUMN facts`, `DROP COLUMN rest`, `ADD COLUMN figures INTEGER`} {
		execute(t, d, `ALTER TABLE block `+change)
	}
	execute(t, d, `DELETE FROM migration WHERE version_id >= 16`)
	execute(t, d, `UPDATE form SET oldest = 15`)
}

// TestFormerBlocks refuses a database with records in blocks of a former form, and leaves it as
// it is.
func TestFormerBlocks(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		beforePeopleSets(t, d)
		execute(t, d, `INSERT INTO block (enterprise, day, bucket, kind, stream, revision, body, figures) VALUES (7, 20, 0, 1, 1, 1, NULL, 0)`)
		err := d.Migrate(t.Context())
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "codegauge export") {
			t.Errorf("migrated: %v", err)
		}
		if have, _, err := d.SchemaForm(t.Context()); err != nil || have != 15 {
			t.Errorf("after the refusal: form %d, %v", have, err)
		}
	})
}

// TestSetsAreMoved moves the sets of people of two revisions, of which the second has
// changed one set and removed two.
func TestSetsAreMoved(t *testing.T) {
	set := func(people ...uint32) []byte {
		b, err := roaring.BitmapOf(people...).ToBytes()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	// together are sets as a row of a group has them: each with how much larger client and cell
	// are than those of the one before, in varints of twice that, less 1 and negated if below 0.
	together := func(sets ...string) string { return fmt.Sprintf("%q", strings.Join(sets, "")) }
	as := func(client, cell byte, b []byte) string {
		return string([]byte{client, cell, byte(len(b))}) + string(b)
	}
	dense := []uint32{1, 2, 3, 5, 8, 13, 21, 34, 55}
	bits := []byte{0, 0x2e, 0x21, 0x20, 0, 4, 0, 0x80, 0}
	databasetest.Each(t, func(t *testing.T, open func(testing.TB) *database.DB) {
		d := open(t)
		beforePeopleSets(t, d)
		err := d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			cells := [][]any{{7, 1, 1, 0, []byte{5}}, {7, 2, 1, 0, []byte{6}}, {7, 3, 3, 0, []byte{4, 5}}, {7, 4, 3, 0, []byte{0x80, 1, 5}}}
			if err := tx.Insert(ctx, "cell", []string{"enterprise", "id", "breakdown", "part", "value_ids"}, cells); err != nil {
				return err
			}
			return tx.Insert(ctx, "people", []string{"enterprise", "client", "cell", "day", "tool", "revision", "people"}, [][]any{
				{7, 0, -1, 20, 1, 1, set(500)}, {7, 0, 0, 20, 1, 1, set(501)}, {7, 0, -2, 20, 0, 1, []byte("members")},
				{7, 0, 1, 20, 1, 1, set(502)}, {7, 0, 2, 20, 1, 1, set(503)}, {7, 0, 3, 20, 1, 1, set(504)}, {7, 0, 4, 20, 1, 1, set(505)},
				{7, 3, 1, 20, 1, 1, set(506)}, {7, 2, 2, 20, 1, 1, set(dense...)}, {7, 0, 0, 21, 1, 1, set(508)},
				{7, 0, 2, 20, 1, 2, set(509)}, {7, 0, 1, 20, 1, 2, nil}, {7, 0, 3, 20, 1, 2, nil},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := database.Collect(t.Context(), d, func(rows *sql.Rows) (string, error) {
			var group, day, tool, revision int64
			var body []byte
			err := rows.Scan(&group, &day, &tool, &revision, &body)
			return fmt.Sprintf("%d.%d on %d of %d at %d: %q", group>>32, group&(1<<32-1), day, tool, revision, body), err
		}, `SELECT set_group, day, tool, revision, body FROM people_sets WHERE enterprise = 7 ORDER BY set_group, day, revision`)
		want := []string{
			`-1.4294967294 on 20 of 0 at 1: "members"`,
			`-1.4294967295 on 20 of 1 at 1: ` + together(as(4, 4, bits), as(2, 1, set(506))),
			`0.0 on 20 of 1 at 1: ` + together(as(0, 1, set(500)), as(0, 2, set(501))),
			`0.0 on 21 of 1 at 1: ` + together(as(0, 0, set(508))),
			`1.0 on 20 of 1 at 1: ` + together(as(0, 2, set(502)), as(0, 2, set(503))),
			`1.0 on 20 of 1 at 2: ` + together(as(0, 4, set(509))),
			`3.4 on 20 of 1 at 1: ` + together(as(0, 6, set(504))),
			`3.4 on 20 of 1 at 2: ""`,
			`3.128 on 20 of 1 at 1: ` + together(as(0, 8, set(505))),
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v, -want +got\n%s", err, diff)
		}
	})
}

func TestFormIsRequired(t *testing.T) {
	for _, engine := range databasetest.Engines {
		t.Run(engine, func(t *testing.T) {
			d := databasetest.New(t, engine).OpenEmpty(t)
			if err := d.RequireForm(t.Context()); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "codegauge migrate") {
				t.Errorf("an empty database: %v", err)
			}
			if _, err := d.ExecContext(t.Context(), `CREATE TABLE theirs (n BIGINT)`); err != nil {
				t.Fatal(err)
			}
			if err := d.Migrate(t.Context()); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "another program") {
				t.Errorf("another program's database: %v", err)
			}
		})
	}
}

func TestReplicasMigrateAtOnce(t *testing.T) {
	target := databasetest.New(t, databasetest.Postgres)
	const n = 4
	done := make(chan error, n)
	for range n {
		d := target.OpenEmpty(t)
		go func() { done <- d.Migrate(t.Context()) }()
	}
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// server starts a cluster that listens on TCP and asks for a password.
func server(t *testing.T) *url.URL {
	t.Helper()
	c, err := databasetest.Start(t.Context(), databasetest.ClusterOptions{TCP: true})
	databasetest.Require(t, err)
	t.Cleanup(c.Stop)
	u, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func openURL(t *testing.T, u *url.URL, opt database.ServerOptions) error {
	t.Helper()
	d, err := database.OpenURL(t.Context(), u.String(), opt)
	if err != nil {
		return err
	}
	return d.Close()
}

func TestServerErrors(t *testing.T) {
	good := server(t)
	const wrong = "not the password"
	change := func(f func(*url.URL)) *url.URL { u := *good; f(&u); return &u }
	for what, c := range map[string]struct {
		url  *url.URL
		want string
	}{
		"password": {change(func(u *url.URL) { u.User = url.UserPassword("postgres", wrong) }), "rejected the login"},
		"database": {change(func(u *url.URL) { u.Path = "/nowhere" }), "does not exist"},
		"server":   {change(func(u *url.URL) { u.Host = unused(t) }), "cannot be reached"},
		"host":     {change(func(u *url.URL) { u.Host = "nowhere.invalid" }), "cannot be reached"},
		"schema":   {change(func(u *url.URL) { u.RawQuery += "&search_path=nowhere" }), "create the one"},
	} {
		err := openURL(t, c.url, database.ServerOptions{})
		if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// unused returns an address of loopback on which nobody listens.
func unused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestPasswordFileIsReadAgain(t *testing.T) {
	u := server(t)
	u.User = url.User("postgres")
	file := filepath.Join(t.TempDir(), "password")
	opt := database.ServerOptions{PasswordFile: file}
	if err := openURL(t, u, opt); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), file) {
		t.Errorf("no file: %v", err)
	}
	write := func(password string) {
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(databasetest.Password)
	d, err := database.OpenURL(t.Context(), u.String(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const next = "the next password"
	if _, err := d.ExecContext(t.Context(), `ALTER USER postgres PASSWORD '`+next+`'`); err != nil {
		t.Fatal(err)
	}
	write(next)
	err = d.View(t.Context(), func(ctx context.Context, _ *database.Tx) error { return d.Ping(t.Context()) })
	if err != nil {
		t.Errorf("a new connection after the password changed: %v", err)
	}
}

// TestURLWithExecMode names a mode of pgx that does not ask the server for the types of values.
func TestURLWithExecMode(t *testing.T) {
	u := server(t)
	u.RawQuery += "&default_query_exec_mode=simple_protocol"
	d, err := database.OpenURL(t.Context(), u.String(), database.ServerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var got []byte
	if err := d.QueryRowContext(t.Context(), `SELECT CAST(? AS BYTEA)`, []byte{0, 0xff}).Scan(&got); err != nil || !bytes.Equal(got, []byte{0, 0xff}) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestSeveralServers names three, of which one is down and one does not answer: the third is
// found while a request still waits. One that cannot be written to is none of them.
func TestSeveralServers(t *testing.T) {
	u := server(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	down := unused(t)
	three := *u
	three.Host = strings.Join([]string{down, silent.Addr().String(), u.Host}, ",")
	d, err := database.OpenURL(t.Context(), three.String(), database.ServerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if !strings.Contains(d.Name(), three.Host) {
		t.Errorf("the name %s lacks %s", d.Name(), three.Host)
	}
	err = d.Promptly(t.Context(), func(ctx context.Context) error {
		return d.View(t.Context(), func(context.Context, *database.Tx) error { return d.Ping(ctx) }) // by another connection
	})
	if err != nil {
		t.Error(err)
	}
	standby := *u
	standby.Host = down + "," + u.Host
	standby.RawQuery += "&default_transaction_read_only=on"
	if err := openURL(t, &standby, database.ServerOptions{}); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "read only") {
		t.Errorf("no server that can be written to: %v", err)
	}
}

func TestWrongURLKeepsPasswords(t *testing.T) {
	for _, u := range []string{
		"postgres://u:hidden@h:port/d", "postgres://u:hid/den@h/d", "postgres://u:hidden@h/d?sslmode=odd",
		"host=h password=hidden port=odd", "postgres://u@h/d?password=hidden&port=odd", "hidden",
	} {
		_, err := database.OpenURL(t.Context(), u, database.ServerOptions{})
		if fault.KindOf(err) != fault.Invalid || strings.Contains(fmt.Sprint(err), "hid") {
			t.Errorf("%s: %v", u, err)
		}
	}
	if _, err := database.OpenURL(t.Context(), "postgres://h/d", database.ServerOptions{Connections: 1}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("one connection: %v", err)
	}
}

func TestDamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), database.FileName)
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := database.OpenFile(t.Context(), path)
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged file: %v", err)
	}
}

// fillFile makes a database file of several pages.
func fillFile(t *testing.T, path string) {
	t.Helper()
	d, err := database.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return tx.Insert(ctx, "value", []string{"enterprise", "id", "dimension", "name"}, [][]any{{1, 1, "tool", make([]byte, 1<<20)}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), database.FileName)
	fillFile(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"none":       func(b []byte) []byte { return b },
		"head":       func(b []byte) []byte { copy(b, make([]byte, 100)); return b },
		"page":       func(b []byte) []byte { copy(b[8192*5:], bytes.Repeat([]byte{0xa5}, 8192)); return b },
		"bit":        func(b []byte) []byte { b[len(b)-8192/2] ^= 4; return b }, // of a value, which SQLite does not check
		"order":      func(b []byte) []byte { copy(b[len(b)-8192:], b[len(b)-3*8192:]); return b },
		"short":      func(b []byte) []byte { return b[:len(b)/2] },
		"byte":       func(b []byte) []byte { return b[:1] },
		"head alone": func(b []byte) []byte { return b[:100] },
		"empty":      func(b []byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), database.FileName)
			if err := os.WriteFile(path, damage(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			var found []string
			d, err := database.OpenFile(t.Context(), path)
			if err == nil {
				found, err = d.Check(t.Context())
				d.Close()
			}
			if err != nil && (fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), path)) {
				t.Errorf("error %v", err)
			}
			if damaged := err != nil || len(found) > 0; damaged != (name != "none") {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}

// TestDamagedLog damages each page of the log that a crash leaves: that is reported,
// unless it is of the last commit, which may as well have been under way.
func TestDamagedLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), database.FileName)
	fillFile(t, path)
	d, err := database.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for n := range 5 {
		if _, err := d.ExecContext(t.Context(), `UPDATE version SET revision = ?`, n); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const head, frame = 32, 24 + 8192
	if frames := (len(log) - head) / frame; frames != 5 {
		t.Fatalf("the log has %d pages, want one of each commit", frames)
	}
	open := func(log []byte) (int, error) {
		path := filepath.Join(t.TempDir(), database.FileName)
		if err := errors.Join(os.WriteFile(path, whole, 0o600), os.WriteFile(path+"-wal", log, 0o600)); err != nil {
			t.Fatal(err)
		}
		d, err := database.OpenFile(t.Context(), path)
		if err != nil {
			if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v", err)
			}
			return 0, err
		}
		defer d.Close()
		n := 0
		if err := d.QueryRowContext(t.Context(), `SELECT revision FROM version`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n, nil
	}
	if n, err := open(log); n != 4 || err != nil {
		t.Errorf("whole: %d, %v", n, err)
	}
	if n, err := open(log[:len(log)-100]); n != 3 || err != nil {
		t.Errorf("cut off in the last commit: %d, %v", n, err)
	}
	for _, at := range []int{0, 10, 17, 30, head + 2, head + 9, head + 20, head + 5000, head + frame + 6, head + 2*frame + 100, head + 3*frame + 100} {
		damaged := bytes.Clone(log)
		damaged[at] ^= 1
		if n, err := open(damaged); err == nil {
			t.Errorf("byte %d changed: %d", at, n)
		}
	}
}

func TestSettings(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "secure_delete": "1", "page_size": "8192",
	} {
		var got string
		if err := d.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v; want %q", pragma, got, err, want)
		}
	}
}

func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), database.FileName)
	fillFile(t, path)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := database.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, %v; want the file and its log", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, %v; want 600", f, info.Mode().Perm(), err)
		}
	}
}

func TestPathWithSigns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%20e")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, database.FileName)
	fillFile(t, path)
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("%s: %v, %v; want the data there", path, info, err)
	}
}

func TestNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", database.FileName)
	if _, err := database.OpenFile(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("opening %v, want an error that names %s", err, path)
	}
}

func TestBackupOfOneMoment(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite)
	fill := func(from, to int64, size int) {
		err := d.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			var rows [][]any
			for n := from; n < to; n++ {
				rows = append(rows, []any{n, n, "tool", make([]byte, size)})
			}
			return tx.Insert(ctx, "value", []string{"enterprise", "id", "dimension", "name"}, rows)
		})
		if err != nil {
			t.Error(err)
		}
	}
	const before = 100
	fill(0, before, 100<<10) // several steps of the copy
	stop, stopped := make(chan bool), make(chan bool)
	go func() { // writes all the time
		defer close(stopped)
		for n := int64(before); ; n += 10 {
			select {
			case <-stop:
				return
			default:
				fill(n, n+10, 10)
			}
		}
	}()
	path := filepath.Join(t.TempDir(), "copy.db")
	err := d.Backup(t.Context(), path)
	close(stop)
	<-stopped
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the copy: %v, %v", info.Mode(), err)
	}
	c, err := database.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var n int
	if err := c.QueryRowContext(t.Context(), `SELECT count(*) FROM value`).Scan(&n); err != nil || n < before || n%10 != 0 {
		t.Errorf("the copy has %d rows, %v", n, err)
	}
	if found, err := c.Check(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("the copy is damaged: %v, %v", found, err)
	}
}

// The driver's C library and its generated code belong together.
func TestLibcIsTheDriversOwn(t *testing.T) {
	list := func(format, module string) string {
		out, err := exec.Command("go", "list", "-m", "-f", format, module).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	mod, err := os.ReadFile(list("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`modernc.org/libc (\S+)`).FindSubmatch(mod)
	if got := list("{{.Version}}", "modernc.org/libc"); want == nil || got != string(want[1]) {
		t.Errorf("modernc.org/libc is %s, but modernc.org/sqlite needs exactly %s", got, want)
	}
}
