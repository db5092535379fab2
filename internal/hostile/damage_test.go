package hostile

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/report"
)

// TestDamage overwrites bytes of the database's file and cuts it off: either the
// damage is reported with the file's path, or it hit what nobody reads and every
// figure and record is right. Nothing panics, nothing is wrong in silence.
func TestDamage(t *testing.T) {
	hits := 16
	if soaking() {
		hits = 300
	}
	dir := t.TempDir()
	v := &target{data: filepath.Join(dir, "data"), files: [2]string{generated(t, dir, 60, 1), ""}}
	v.importing(t, v.data, 0)
	want := answers(t, v.data)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	whole := []byte(contents(t, filepath.Join(v.data, database.FileName)))
	reported := 0
	damages := []func([]byte) []byte{
		func([]byte) []byte { return nil },
		func(b []byte) []byte { return b[:1] },
		func(b []byte) []byte { return b[:len(b)/2] },
		func(b []byte) []byte { return b[:len(b)-1] },
		func(b []byte) []byte { return b[:len(b)-sector] },
		func(b []byte) []byte { return b[:len(b)-page] },
		func(b []byte) []byte { return append(make([]byte, 4096), b[4096:]...) },
		func(b []byte) []byte { return append(b[:len(b)/2:len(b)/2], make([]byte, len(b)/2)...) },
		func(b []byte) []byte { // a page that was written to another's place
			copy(b[len(b)/page/2*page:][:page], b[3*page:])
			return b
		},
	}
	for range hits {
		at, bit := random.IntN(len(whole)), byte(1)<<random.IntN(8)
		damages = append(damages, func(b []byte) []byte { b[at] ^= bit; return b })
	}
	for range hits / 2 {
		at, length := random.IntN(len(whole)), 1+random.IntN(64)
		damages = append(damages, func(b []byte) []byte { return overwritten(random, b, at, length) })
	}
	for range hits / 4 {
		at := random.IntN(len(whole)) &^ (sector - 1)
		damages = append(damages, func(b []byte) []byte { clear(b[at:min(at+sector, len(b))]); return b })
	}
	for i, damage := range damages {
		if v.damaged(t, database.FileName, damage(append([]byte{}, whole...)), want) {
			reported++
		}
		if t.Failed() {
			t.Fatalf("damage %d, seed %d", i, seed)
		}
	}
	t.Logf("counted: %d damages, %d reported, the others hit nothing (seed %d)", len(damages), reported, seed)
	if reported < len(damages)/2 {
		t.Error("hardly any damage was reported")
	}
}

// What a disk loses at once, and what the database writes at once.
const (
	sector = 512
	page   = 8192
)

// overwritten returns b with some bytes replaced by random ones.
func overwritten(random *rand.Rand, b []byte, at, length int) []byte {
	for i := at; i < min(at+length, len(b)); i++ {
		b[i] = byte(random.Uint32())
	}
	return b
}

// questions are what is asked of damaged data: together they read everything that
// figures come from.
var questions = [][]string{
	{"query", "--enterprise", "acme", "--measures", "loc_added,loc_deleted,active_users,interactions", "--by", "day,feature", "--from", "2026-05-01", "--to", "2026-05-03", "--format", "csv"},
	{"query", "--enterprise", "acme", "--measures", "loc_added,loc_deleted", "--by", "team,language", "--from", "2026-05-01", "--to", "2026-05-03", "--format", "csv"},
	{"query", "--enterprise", "acme", "--source", "users", "--measures", "loc_added", "--by", "user", "--from", "2026-05-01", "--to", "2026-05-03", "--format", "csv"},
	{"export", "--enterprise", "acme", "--report", "users-1-day", "--from", "2026-05-01", "--to", "2026-05-03"},
}

// answers returns what sound data answers to each question.
func answers(t *testing.T, data string) []string {
	t.Helper()
	var out []string
	for _, args := range questions {
		out = append(out, codegauge(t, append(args, "--data", data)...).want(t, 0).out)
	}
	return out
}

// damaged puts a damaged file beside the others and asks for everything; true if
// the damage was reported: by verify, which reads everything, and, where it hit what
// they read, by each of the others.
func (v *target) damaged(t *testing.T, file string, text []byte, want []string) bool {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	defer os.RemoveAll(data)
	v.copy(t, data)
	write(t, data, file, text)
	path := filepath.Join(data, database.FileName)
	r := codegauge(t, "verify", "--data", data)
	reported := r.code != 0
	if reported && !strings.Contains(r.out, "not clean") {
		r.want(t, 1, path, "damaged")
	}
	for i, args := range questions {
		r := codegauge(t, append(args, "--data", data)...)
		switch {
		case r.code != 0:
			r.want(t, 1, path, "damaged")
			if !reported {
				t.Errorf("verify finds nothing, but %q says %s", args, r.errs)
			}
		case r.out != want[i]:
			t.Errorf("%s is damaged (verify says so: %t), and %q answers\n%.500s", file, reported, args, r.out)
		}
	}
	return reported
}

// copy copies the database's file and its log.
func (v *target) copy(t *testing.T, data string) {
	t.Helper()
	for _, name := range []string{database.FileName, database.FileName + "-wal"} {
		if _, err := os.Stat(filepath.Join(v.data, name)); err == nil {
			write(t, data, name, []byte(contents(t, filepath.Join(v.data, name))))
		}
	}
}

// TestDamagedLog overwrites bytes of the log that a killed server leaves: that is
// reported, or everything that was acknowledged is there.
func TestDamagedLog(t *testing.T) {
	hits := 8
	if soaking() {
		hits = 100
	}
	dir := t.TempDir()
	v := &target{data: filepath.Join(dir, "data"), files: [2]string{generated(t, dir, 60, 1), ""}}
	s := serve(t, v.data)
	v.importing(t, v.data, 0)
	s.kill()
	log := database.FileName + "-wal"
	whole := []byte(contents(t, filepath.Join(v.data, log)))
	sound := filepath.Join(dir, "copy")
	v.copy(t, sound)
	verified(t, sound)
	want := answers(t, sound)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	reported := 0
	for range hits {
		reported += count(v.damaged(t, log, overwritten(random, append([]byte{}, whole...), random.IntN(len(whole)), 1+random.IntN(64)), want))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("counted: %d damages of a log of %d bytes, %d reported (seed %d)", hits, len(whole), reported, seed)
	if reported == 0 {
		t.Error("no damage was reported")
	}
}

// TestLostEnterprise takes an enterprise out of the directory and leaves its records:
// verify says that there are records of nobody.
func TestLostEnterprise(t *testing.T) {
	dir := t.TempDir()
	in := write(t, dir, "good", []byte(good(1)+"\n"))
	data := filepath.Join(dir, "data")
	codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 0)
	execute(t, filepath.Join(data, database.FileName), `DELETE FROM entity`)
	codegauge(t, "verify", "--data", data).want(t, 1, "not clean", "which does not exist in the directory")
}

// TestFindings changes rows behind the program's back: verify names what is wrong, the
// enterprise and the day.
func TestFindings(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	path := filepath.Join(data, database.FileName)
	in := write(t, dir, "good", []byte(good(1)+"\n"))
	for statement, finding := range map[string]string{
		`UPDATE report_day SET loc_added = 7`:                       "finding: report days count their records acme 2026-05-01: ",
		`UPDATE unit SET preferred = NOT preferred`:                 "finding: units equal their records acme 2026-05-01: ",
		`DELETE FROM people_sets`:                                   "finding: sets of people equal their records acme 2026-05-01: ",
		`UPDATE block SET totals = x'00112233445566778899aabbccdd'`: "finding: stored records can be read acme 2026-05-01: ",
		`UPDATE block SET facts = x'00112233445566778899aabbccdd'`:  "finding: stored records can be read acme 2026-05-01: ",
		`UPDATE block SET rest = NULL`:                              "finding: stored records can be read acme 2026-05-01: ",
	} {
		codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 0)
		verified(t, data)
		execute(t, path, statement)
		codegauge(t, "verify", "--data", data).want(t, 1, "not clean", finding)
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFlippedBitInServer changes a bit of a block in a PostgreSQL, whose own checksums may be
// off: verify names the day, and a question about it says so instead of answering.
func TestFlippedBitInServer(t *testing.T) {
	s := shareEmpty(t, databasetest.ClusterOptions{})
	s.run(t, "import", "--enterprise", "acme", generated(t, s.dir, 60, 1)).want(t, 0)
	flips := 5
	if soaking() {
		flips = 50
	}
	export := func() result {
		return s.run(t, "export", "--enterprise", "acme", "--report", "users-1-day", "--from", "2026-05-01", "--to", "2026-05-03")
	}
	want := export().want(t, 0).out
	for range flips {
		var d day.Day
		var length, kind int
		var at string // the row's place, until it is written anew
		part := []string{"totals", "facts", "rest"}[rand.IntN(3)]
		err := s.db.QueryRowContext(t.Context(), `SELECT day, kind, length(`+part+`), ctid::text FROM block WHERE totals IS NOT NULL ORDER BY random() LIMIT 1`).Scan(&d, &kind, &length, &at)
		if err != nil {
			t.Fatal(err)
		}
		position, bit := rand.IntN(length), 1<<rand.IntN(8)
		flip := func(where string) (to string) {
			t.Helper()
			err := s.db.Update(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				return tx.QueryRowContext(ctx, `UPDATE block SET `+part+` = set_byte(`+part+`, ?, get_byte(`+part+`, ?) # ?) WHERE ctid = CAST(? AS tid) RETURNING ctid::text`, position, position, bit, where).Scan(&to)
			})
			if err != nil {
				t.Fatal(err)
			}
			return to
		}
		moved := flip(at)
		s.run(t, "verify").want(t, 1, "not clean", "finding: stored records can be read acme "+d.String())
		if kind == int(report.UserDay) {
			if r := export(); r.code == 0 && r.out != want {
				t.Errorf("byte %d of %d of %s, bit %d, of %s: a wrong answer", position, length, part, bit, d)
			}
		}
		flip(moved)
	}
	s.run(t, "verify").want(t, 0, "clean")
	if got := export().want(t, 0).out; got != want {
		t.Error("flipped back, the answer is another")
	}
}
