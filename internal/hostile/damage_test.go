package hostile

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDamage overwrites bytes of the data directory's files and cuts them off:
// either the damage is reported with the file's path, or it hit what nobody
// reads and every figure and record is right. Nothing panics, nothing is wrong
// in silence.
func TestDamage(t *testing.T) {
	hits := 8
	if soaking() {
		hits = 150
	}
	dir := t.TempDir()
	v := &victim{data: filepath.Join(dir, "data"), files: [2]string{generated(t, dir, 60, 1), ""}}
	v.importing(t, v.data, 0)
	want := stateOf(t, v.data)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	for _, file := range []string{analytics, entities} {
		t.Run(file, func(t *testing.T) {
			whole := []byte(contents(t, filepath.Join(v.data, file)))
			reported := 0
			damages := []func([]byte) []byte{
				func([]byte) []byte { return nil },
				func(b []byte) []byte { return b[:1] },
				func(b []byte) []byte { return b[:len(b)/2] },
				func(b []byte) []byte { return b[:len(b)-1] },
				func(b []byte) []byte { return append(make([]byte, 4096), b[4096:]...) },
				func(b []byte) []byte { return append(b[:len(b)/2:len(b)/2], make([]byte, len(b)/2)...) },
			}
			for range hits {
				at, length := random.IntN(len(whole)), 1+random.IntN(64)
				damages = append(damages, func(b []byte) []byte { return overwritten(random, b, at, length) })
			}
			for range hits / 4 {
				at := random.IntN(len(whole)) &^ (sector - 1)
				damages = append(damages, func(b []byte) []byte { clear(b[at:min(at+sector, len(b))]); return b })
			}
			for i, damage := range damages {
				if v.damaged(t, file, damage(append([]byte{}, whole...)), want) {
					reported++
				}
				if t.Failed() {
					t.Fatalf("damage %d, seed %d", i, seed)
				}
			}
			t.Logf("counted: %d damages, %d reported, the others hit nothing (seed %d)", len(damages), reported, seed)
			if reported == 0 {
				t.Error("no damage was reported")
			}
			write(t, v.data, file, whole)
		})
	}
}

// sector is what a disk loses at once.
const sector = 512

// overwritten returns b with some bytes replaced by random ones. Bytes that are all
// changed alike will not do: DuckDB's checksum combines the hashes of a block's
// words by exclusive or, so two equal words that become two other equal words
// leave it as it was.
func overwritten(random *rand.Rand, b []byte, at, length int) []byte {
	for i := at; i < min(at+length, len(b)); i++ {
		b[i] = byte(random.Uint32())
	}
	return b
}

// damaged puts a damaged file beside the others and asks for everything; true if
// the damage was reported.
func (v *victim) damaged(t *testing.T, file string, text []byte, want string) bool {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	defer os.RemoveAll(data)
	v.copy(t, data)
	write(t, data, file, text)
	path := filepath.Join(data, strings.TrimSuffix(file, ".wal"))
	for _, args := range [][]string{
		{"verify"},
		{"query", "--enterprise", "acme", "--measures", "loc_added", "--by", "day,feature", "--from", "2026-05-01", "--to", "2026-05-03"},
		{"export", "--enterprise", "acme", "--report", "users-1-day", "--from", "2026-05-01", "--to", "2026-05-03"},
	} {
		if r := codegauge(t, append(args, "--data", data)...); r.code != 0 {
			r.want(t, 1, path, "damaged")
			return true
		}
	}
	if got := stateOf(t, data); got != want {
		t.Errorf("%s is damaged, and nobody says so: stored is\n%.500s", file, got)
	}
	return false
}

// copy copies the data directory's files and their logs.
func (v *victim) copy(t *testing.T, data string) {
	t.Helper()
	for _, name := range []string{analytics, analytics + ".wal", entities, entities + "-wal"} {
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
	v := &victim{data: filepath.Join(dir, "data"), files: [2]string{generated(t, dir, 60, 1), ""}}
	s := serve(t, v.data)
	v.importing(t, v.data, 0)
	s.kill()
	log := analytics + ".wal"
	if _, err := os.Stat(filepath.Join(v.data, log)); err != nil {
		t.Skipf("the engine leaves no log: %v", err)
	}
	whole := []byte(contents(t, filepath.Join(v.data, log)))
	sound := filepath.Join(dir, "copy")
	v.copy(t, sound)
	verified(t, sound)
	want := stateOf(t, sound)
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
}

// TestLostDirectory puts another directory beside a store: verify says that the
// store has records of nobody.
func TestLostDirectory(t *testing.T) {
	dir := t.TempDir()
	in := write(t, dir, "good", []byte(good(1)+"\n"))
	data, other := filepath.Join(dir, "data"), filepath.Join(dir, "other")
	codegauge(t, "import", "--data", data, "--enterprise", "acme", in).want(t, 0)
	codegauge(t, "import", "--data", other, "--preview", "--enterprise", "acme", in).want(t, 0)
	write(t, data, entities, []byte(contents(t, filepath.Join(other, entities))))
	codegauge(t, "verify", "--data", data).want(t, 1, "not clean", "which the directory does not know")
}
