// Command import measures imports of generated user records through the built
// program: beside wc -l and DuckDB's own reading of the same files in turn,
// importing one day again, a day of a large enterprise, and the memory of ten
// times the input. Every figure is a median of RUNS; ratios are of one run.
//
//	go run ./bench/import -bin bin/codegauge -users 10000 -days 28 -runs 3
package main

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

var (
	bin   = flag.String("bin", "bin/codegauge", "the program")
	users = flag.Int("users", 10_000, "people")
	days  = flag.Int("days", 28, "days")
	large = flag.Int("large", 100_000, "people of the large enterprise's day, 0 leaves it out")
	more  = flag.Int("more", 10, "times the input whose memory is measured, 0 leaves it out")
	runs  = flag.Int("runs", 3, "runs of each")
)

func main() {
	flag.Parse()
	if flag.Arg(0) == "readjson" {
		check(readJSON(flag.Arg(1), flag.Arg(2)))
		return
	}
	work, err := os.MkdirTemp("", "codegauge-bench-")
	check(err)
	defer os.RemoveAll(work)
	compare(work)
	again(work)
	largeDay(work)
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

func generate(dir string, users, days int) {
	run(*bin, "generate", "--users", strconv.Itoa(users), "--days", strconv.Itoa(days), "--seed", "1", "--out", dir)
}

func imported(data, from string) used {
	return run(*bin, "import", "--enterprise", "bench", "--data", data, from)
}

// compare imports, counts lines and lets DuckDB read, one after the other.
func compare(work string) {
	in := filepath.Join(work, "in")
	generate(in, *users, *days)
	pattern := filepath.Join(in, "*users-1-day*")
	files, err := filepath.Glob(pattern)
	check(err)
	var size int64
	for _, f := range files {
		info, err := os.Stat(f)
		check(err)
		size += info.Size()
	}
	self, err := os.Executable()
	check(err)
	var wc, own, im, cpu, ofWC, ofOwn []float64
	var peak int64
	for i := range *runs {
		a := run("sh", "-c", "cat "+pattern+" | wc -l >/dev/null")
		b := imported(filepath.Join(work, fmt.Sprint("data", i)), in)
		c := run(self, "readjson", pattern, filepath.Join(work, fmt.Sprint("json", i)))
		wc, own, im, cpu = append(wc, a.wall.Seconds()), append(own, c.wall.Seconds()), append(im, b.wall.Seconds()), append(cpu, b.cpu.Seconds())
		ofWC, ofOwn = append(ofWC, b.wall.Seconds()/a.wall.Seconds()), append(ofOwn, c.wall.Seconds()/b.wall.Seconds())
		peak = max(peak, b.peak)
	}
	fmt.Printf("%d people × %d days, %.0f MB and their teams: import %.2f s (%.0f MB/s, %.2f s of processor), peak %d MB\n",
		*users, *days, mega(size), median(im), mega(size)/median(im), median(cpu), peak>>20)
	fmt.Printf("  wc -l %.2f s: import takes %.1f times that\n", median(wc), median(ofWC))
	fmt.Printf("  DuckDB's read_json and unnest %.2f s: import is %.2f times as fast\n", median(own), median(ofOwn))
}

func mega(n int64) float64 { return float64(n) / 1e6 }

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// readJSON is what DuckDB does by itself: the totals in one table, the five
// breakdowns in another.
func readJSON(pattern, path string) error {
	db, err := sql.Open("duckdb", path+"?preserve_insertion_order=false")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE raw AS SELECT * FROM read_json('` + pattern + `', format = 'newline_delimited', maximum_object_size = 104857600, union_by_name = true)`); err != nil {
		return err
	}
	for i, list := range []string{"totals_by_ide", "totals_by_feature", "totals_by_language_feature", "totals_by_language_model", "totals_by_model_feature"} {
		_, err := db.Exec(fmt.Sprintf(`CREATE TABLE fact_%d AS SELECT day, user_id, unnest(%s, recursive := true) FROM raw`, i, list))
		if err != nil {
			return err
		}
	}
	return nil
}

// again imports the last day once more.
func again(work string) {
	last, err := filepath.Glob(filepath.Join(work, "in", "enterprise-users-1-day-*"))
	check(err)
	slices.Sort(last)
	var took []float64
	for range *runs {
		took = append(took, imported(filepath.Join(work, "data0"), last[len(last)-1]).wall.Seconds())
	}
	fmt.Printf("one day of %d people again: %.2f s\n", *users, median(took))
}

func largeDay(work string) {
	if *large == 0 {
		return
	}
	in := filepath.Join(work, "large")
	generate(in, *large, 1)
	var took []float64
	for i := range *runs {
		took = append(took, imported(filepath.Join(work, fmt.Sprint("large", i)), in).wall.Seconds())
	}
	fmt.Printf("one day of %d people: %.2f s\n", *large, median(took))
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
