// Command import measures imports of generated user records through the built
// program, beside wc -l of the same files: a month, a day of a large enterprise, each
// of them again, and the memory of ten times the input. Other targets take turns with
// it: another program (-old), or a database (-database, empty and migrated; it is
// emptied by codegauge delete between runs). Every figure is a median of RUNS; ratios
// are of one run.
//
//	go run ./bench/import -bin bin/codegauge -old ../before/bin/codegauge
//	go run ./bench/import -database postgres://…
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

var (
	bin      = flag.String("bin", "bin/codegauge", "the program")
	old      = flag.String("old", "", "another program to compare with")
	database = flag.String("database", "", "a PostgreSQL database to compare with")
	users    = flag.Int("users", 10_000, "people")
	days     = flag.Int("days", 28, "days")
	large    = flag.Int("large", 100_000, "people of the large enterprise's day, 0 leaves it out")
	more     = flag.Int("more", 10, "times the input whose memory is measured, 0 leaves it out")
	runs     = flag.Int("runs", 3, "runs of each")
)

func main() {
	flag.Parse()
	work, err := os.MkdirTemp("", "codegauge-bench-")
	check(err)
	defer os.RemoveAll(work)
	month := filepath.Join(work, "month")
	run(*bin, "generate", "--users", strconv.Itoa(*users), "--days", strconv.Itoa(*days), "--seed", "1", "--out", month)
	compare(fmt.Sprintf("%d people × %d days", *users, *days), work, month)
	if *large > 0 {
		day := filepath.Join(work, "day")
		run(*bin, "generate", "--users", strconv.Itoa(*large), "--days", "1", "--seed", "1", "--out", day)
		compare(fmt.Sprintf("%d people × 1 day", *large), work, day)
	}
	memory(work)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "import:", err)
		os.Exit(1)
	}
}

// used is what one command took.
type used struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

func run(name string, args ...string) used {
	c := exec.Command(name, args...)
	c.Stderr = os.Stderr
	began := time.Now()
	err := c.Run()
	if err != nil {
		err = fmt.Errorf("%s %v: %w", name, args, err)
	}
	check(err)
	return used{time.Since(began), c.ProcessState.UserTime() + c.ProcessState.SystemTime(), c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10}
}

// target is a program and what it imports into.
type target struct {
	name, bin string
	args      []string
	data      string
}

// compare imports the same files into each target in turn, twice: into nothing, and again.
func compare(what, work, in string) {
	targets := []target{{name: "embedded", bin: *bin, data: filepath.Join(work, "embedded")}}
	if *old != "" {
		targets = append(targets, target{name: "old", bin: *old, data: filepath.Join(work, "old")})
	}
	if *database != "" {
		targets = append(targets, target{name: "PostgreSQL", bin: *bin, args: []string{"--database", *database}, data: filepath.Join(work, "postgres")})
	}
	first, again := make([][]used, len(targets)), make([][]used, len(targets))
	var wc []float64
	for range *runs {
		wc = append(wc, run("sh", "-c", "cat "+in+"/* | wc -l >/dev/null").wall.Seconds())
		for i, t := range targets {
			check(os.RemoveAll(t.data))
			if t.args != nil {
				_ = exec.Command(t.bin, append([]string{"delete", "--enterprise", "bench", "--yes", "--data", t.data}, t.args...)...).Run() // nothing is there at first
			}
			importing := append([]string{"import", "--enterprise", "bench", "--data", t.data, in}, t.args...)
			first[i] = append(first[i], run(t.bin, importing...))
			again[i] = append(again[i], run(t.bin, importing...))
		}
	}
	size := sizeOf(in)
	fmt.Printf("%s, %.0f MB (wc -l %.2f s)\n", what, mega(size), median(wc))
	fmt.Printf("  %-12s %8s %8s %8s %8s %8s %8s %8s %8s\n", "", "seconds", "MB/s", "cpu", "of first", "again", "cpu", "of first", "peak MB")
	for i, t := range targets {
		line := fmt.Sprintf("  %-12s %8.2f %8.0f %8.2f %8.2f %8.2f %8.2f %8.2f %8d", t.name,
			median(of(first[i], wall)), mega(size)/median(of(first[i], wall)), median(of(first[i], cpu)), median(ratios(first[i], first[0])),
			median(of(again[i], wall)), median(of(again[i], cpu)), median(ratios(again[i], again[0])), int64(slices.Max(of(first[i], peak))))
		if t.args == nil {
			line += fmt.Sprintf("   %.1f MB on disk", mega(sizeOf(t.data)))
		}
		fmt.Println(line)
	}
}

func wall(u used) float64 { return u.wall.Seconds() }
func cpu(u used) float64  { return u.cpu.Seconds() }
func peak(u used) float64 { return float64(u.peak >> 20) }

func of(list []used, what func(used) float64) []float64 {
	var out []float64
	for _, u := range list {
		out = append(out, what(u))
	}
	return out
}

// ratios are of the processor seconds of each run.
func ratios(a, b []used) []float64 {
	var out []float64
	for i := range a {
		out = append(out, cpu(a[i])/cpu(b[i]))
	}
	return out
}

// sizeOf adds up the files under a directory.
func sizeOf(dir string) (n int64) {
	check(filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	}))
	return n
}

func mega(n int64) float64 { return float64(n) / 1e6 }

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// memory streams more input than the disk should hold.
func memory(work string) {
	for _, times := range []int{1, *more} {
		if times == 0 {
			continue
		}
		from := exec.Command(*bin, "generate", "--users", strconv.Itoa(*users), "--days", strconv.Itoa(*days*times), "--seed", "1", "--out", "-")
		to := exec.Command(*bin, "import", "--enterprise", "bench", "--data", filepath.Join(work, fmt.Sprint("stream", times)), "-")
		pipe, err := from.StdoutPipe()
		check(err)
		to.Stdin = pipe
		began := time.Now()
		check(to.Start())
		check(from.Run())
		check(to.Wait())
		fmt.Printf("%d people × %d days from a pipe: %.1f s, peak %d MB\n", *users, *days*times, time.Since(began).Seconds(), to.ProcessState.SysUsage().(*syscall.Rusage).Maxrss>>10)
	}
}
