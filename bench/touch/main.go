// Command touch measures the first page of a server that was just started, in processor
// time: each target, a program with the options of its data, is started, left until it has
// nothing to do, asked for the page, for as many others of a window a day longer each, and
// stopped; then comes the next target. Figures are medians of all its starts, and of later
// pages the 95th percentile as well.
//
//	go run ./bench/touch 'now=bin/codegauge --data DIR' 'before=../before/bin/codegauge --data DIR'
//	go run ./bench/touch -postmaster PID 'now=bin/codegauge --data DIR' 'PostgreSQL=bin/codegauge --database URL --data DIR'
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var (
	runs       = flag.Int("runs", 7, "starts of each target")
	later      = flag.Int("later", 3, "pages after the first")
	path       = flag.String("path", "/enterprises/acme/insights/code-generation?days=", "the page, without the number of days")
	days       = flag.Int("days", 330, "days of the first page")
	settle     = flag.Duration("settle", time.Second, "how long a server is left alone after its start")
	postmaster = flag.Int("postmaster", 0, "a PostgreSQL server, whose sessions' time counts")
)

func main() {
	flag.Parse()
	var targets []*target
	for _, arg := range flag.Args() {
		name, command, ok := strings.Cut(arg, "=")
		if !ok {
			check(fmt.Errorf("%q is no name=command", arg))
		}
		t := &target{name: name, command: strings.Fields(command)}
		out, err := exec.Command(t.command[0], append([]string{"token", "create", "--enterprise", "acme", "--scopes", "metrics:read,users:read"}, t.command[1:]...)...).Output()
		check(err)
		t.token = strings.TrimSpace(string(out))
		targets = append(targets, t)
	}
	for range *runs {
		for _, t := range targets {
			check(t.run())
		}
	}
	fmt.Printf("%-14s%8s%8s%10s%8s%8s%8s%10s%8s%8s%10s%9s\n", "milliseconds", "start", "first", "of 1st", "wall", "later", "95th", "of 1st", "wall", "95th", "of 1st", "peak MB")
	for _, t := range targets {
		one := targets[0]
		fmt.Printf("%-14s%8.0f%8.0f%10.2f%8.0f%8.0f%8.0f%10.2f%8.0f%8.0f%10.2f%9.0f\n", t.name, median(t.start),
			median(t.first), median(t.first)/median(one.first), median(t.firstWall),
			median(t.later), percentile(t.later, 95), median(t.later)/median(one.later),
			median(t.laterWall), percentile(t.laterWall, 95), percentile(t.laterWall, 95)/percentile(one.laterWall, 95), median(t.peak))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "touch:", err)
		os.Exit(1)
	}
}

func median(v []float64) float64 { return percentile(v, 50) }

func percentile(v []float64, p int) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[min(len(v)*p/100, len(v)-1)]
}

// target is a program with its options, and what each of its starts and pages took.
type target struct {
	name, token                                     string
	command                                         []string
	start, first, firstWall, later, laterWall, peak []float64
}

func (t *target) run() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	listener.Close()
	server := exec.Command(t.command[0], append([]string{"serve", "--listen", address}, t.command[1:]...)...)
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
		t.peak = append(t.peak, float64(server.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024)
	}()
	before := used(sessions()...) // those of others
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if err = t.ask(address, "/readyz"); err == nil {
			break
		}
		if time.Now().After(deadline) {
			return err
		}
	}
	time.Sleep(*settle)
	t.start = append(t.start, used(append(sessions(), server.Process.Pid)...)-before)
	for n := range 1 + *later {
		before, began := used(append(sessions(), server.Process.Pid)...), time.Now()
		if err := t.ask(address, *path+strconv.Itoa(*days+n)); err != nil {
			return err
		}
		wall, cpu := float64(time.Since(began).Microseconds())/1000, used(append(sessions(), server.Process.Pid)...)-before
		if n == 0 {
			t.first, t.firstWall = append(t.first, cpu), append(t.firstWall, wall)
		} else {
			t.later, t.laterWall = append(t.later, cpu), append(t.laterWall, wall)
		}
	}
	return nil
}

func (t *target) ask(address, path string) error {
	req, err := http.NewRequest(http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+t.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %.300s", t.name, path, res.Status, body)
	}
	return err
}

// sessions returns the processes of the PostgreSQL server.
func sessions() (pids []int) {
	if *postmaster == 0 {
		return nil
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	check(err)
	for _, at := range stats {
		stat, _ := os.ReadFile(at)
		_, rest, ok := strings.Cut(string(stat), ") ") // behind the program's name: its state, its parent
		if fields := strings.Fields(rest); ok && fields[1] == strconv.Itoa(*postmaster) {
			pid, err := strconv.Atoi(strings.Split(at, "/")[2])
			check(err)
			pids = append(pids, pid)
		}
	}
	return pids
}

// used returns the milliseconds of processor time that some processes have used, nothing of
// one that has ended.
func used(pids ...int) (ms float64) {
	for _, pid := range pids {
		const processTime = 2 // CPUCLOCK_SCHED, of all threads
		var ts unix.Timespec
		if err := unix.ClockGettime(int32(^pid<<3|processTime), &ts); err == nil {
			ms += float64(ts.Nano()) / 1e6
		}
	}
	return ms
}
