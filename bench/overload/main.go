// Command overload measures what one program that asks too much does to others: the pages
// of another reader while it is quiet, and while many connections of one token ask for pages,
// for figures by person or for exports without a pause, and how soon they are as quick as
// before; and how long the server takes to answer while many connections say nothing and
// it may open few files. The data directory is changed: tokens are made, and per-person views
// allowed.
//
//	go run ./bench/overload -bin bin/codegauge -data DIR
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	var b bench
	flag.StringVar(&b.program, "bin", "bin/codegauge", "the program")
	flag.StringVar(&b.data, "data", "", "a data directory with a year of an enterprise acme")
	flag.IntVar(&b.connections, "connections", 150, "connections of the token that asks too much")
	flag.IntVar(&b.silent, "silent", 600, "connections that say nothing")
	flag.IntVar(&b.files, "files", 512, "files that the server may open")
	flag.IntVar(&b.runs, "runs", 15, "pages of the other reader")
	last := flag.String("last", "2026-11-28", "the last day of the data")
	flag.Parse()
	var err error
	if lastDay, err = time.Parse(time.DateOnly, *last); err == nil {
		err = b.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "overload:", err)
		os.Exit(1)
	}
}

type bench struct {
	program, data                    string
	connections, silent, files, runs int
	address                          string
}

func (b *bench) run() error {
	if out, err := exec.Command(b.program, "privacy", "set", "--data", b.data, "--enterprise", "acme", "--person-views", "--reason", "bench").CombinedOutput(); err != nil {
		return fmt.Errorf("allow per-person views: %w: %s", err, out)
	}
	busy, err := b.token("busy")
	if err != nil {
		return err
	}
	other, err := b.token("other")
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b.address = listener.Addr().String()
	listener.Close()
	server := exec.Command("sh", "-c", `ulimit -n "$0" && exec "$@"`, strconv.Itoa(b.files), b.program, "serve", "--data", b.data, "--listen", b.address)
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	}()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if status, _, err := b.ask("/readyz", ""); status == http.StatusOK {
			break
		} else if time.Now().After(deadline) {
			return cmp.Or(err, errors.New("the server is not ready after a minute"))
		}
	}
	if err := b.silence(); err != nil {
		return err
	}
	quiet, err := b.pages(other, 0)
	if err != nil {
		return err
	}
	fmt.Printf("page of another reader, quiet: median %.0f ms\n", milliseconds(quiet))
	for i, f := range floods {
		counts, loaded, err := b.flood(busy, other, f.path, (i+1)*b.runs)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		back, err := b.recovery(other, (i+5)*b.runs, 2*quiet)
		if err != nil {
			return fmt.Errorf("after %s: %w", f.name, err)
		}
		fmt.Printf("… while %d connections of one token ask for %s: median %.0f ms (%.1f times); as before after %.1f s; answers to that token by status: %v; peak of memory so far: %s\n",
			b.connections, f.name, milliseconds(loaded), loaded.Seconds()/quiet.Seconds(), back.Seconds(), counts, peak(server.Process.Pid))
	}
	return nil
}

// floods are what the token that asks too much asks for; n makes each question another.
var floods = []struct {
	name string
	path func(n int) string
}{
	{"pages", pageOf},
	{"figures by person", func(n int) string {
		return fmt.Sprintf("/api/v1/query?enterprise=acme&measures=loc_added&by=user&days=%d", 28+n%90)
	}},
	{"figures by person and day", func(n int) string {
		return fmt.Sprintf("/api/v1/query?enterprise=acme&measures=loc_added&by=user,day&days=%d", 5+n%100)
	}},
	{"exports", func(n int) string {
		return fmt.Sprintf("/api/v1/export?enterprise=acme&report=users-1-day&from=%s&to=%s", day(-n%100), day(0))
	}},
}

// day is one of the year that the data has, n days before its last.
func day(n int) string { return lastDay.AddDate(0, 0, n).Format(time.DateOnly) }

var lastDay time.Time

// recovery returns how long it takes after a flood until a page takes no longer than within.
func (b *bench) recovery(token string, n int, within time.Duration) (time.Duration, error) {
	began := time.Now()
	for {
		status, took, err := b.ask(pageOf(n)+"&compare=1", token)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("a page of the other reader: status %d", status)
		}
		if err != nil || took <= within {
			return time.Since(began) - took, err
		}
		n++
	}
}

func (b *bench) token(name string) (string, error) {
	out, err := exec.Command(b.program, "token", "create", "--data", b.data, "--enterprise", "acme", "--scopes", "metrics:read,users:read,export", "--name", name).Output()
	if err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// ask asks for a path over a connection of its own.
func (b *bench) ask(path, token string) (status int, took time.Duration, err error) {
	req, err := http.NewRequest(http.MethodGet, "http://"+b.address+path, nil)
	if err != nil {
		return 0, 0, err
	}
	req.Close = true
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	began := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, time.Since(began), err
}

// silence opens connections that say nothing, and asks whether the server is there.
func (b *bench) silence() error {
	for range b.silent {
		c, err := net.Dial("tcp", b.address)
		if err != nil {
			return fmt.Errorf("open a connection: %w", err)
		}
		defer c.Close()
	}
	status, took, err := b.ask("/healthz", "")
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("/healthz beside %d silent connections: status %d, %w", b.silent, status, err)
	}
	fmt.Printf("/healthz beside %d silent connections, of %d open files: %.0f ms\n", b.silent, b.files, milliseconds(took))
	return nil
}

// pageOf is a page of a window that differs from one n to the next.
func pageOf(n int) string {
	return fmt.Sprintf("/enterprises/acme/insights/code-generation?days=%d", 100+n%260)
}

// pages returns the median of a reader's pages, of windows from the nth on. No page was made
// before: the token that asks too much asks without a comparison.
func (b *bench) pages(token string, n int) (time.Duration, error) {
	var all []time.Duration
	for i := range b.runs {
		status, took, err := b.ask(pageOf(n+i)+"&compare=1", token)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("a page of the other reader: status %d", status)
		}
		if err != nil {
			return 0, err
		}
		all = append(all, took)
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// flood asks with one token over many connections, and returns the other reader's median
// meanwhile, and how often the token got which status; 0 is none.
func (b *bench) flood(busy, other string, path func(int) string, first int) (map[int]int, time.Duration, error) {
	var mu sync.Mutex
	counts := map[int]int{}
	done := make(chan struct{})
	var all sync.WaitGroup
	for c := range b.connections {
		all.Go(func() {
			for n := c * 37; ; n += 11 {
				select {
				case <-done:
					return
				default:
				}
				status, _, _ := b.ask(path(n), busy)
				mu.Lock()
				counts[status]++
				mu.Unlock()
				if status != http.StatusOK {
					time.Sleep(50 * time.Millisecond)
				}
			}
		})
	}
	time.Sleep(3 * time.Second)
	median, err := b.pages(other, first)
	close(done)
	all.Wait()
	return counts, median, err
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// peak returns the most memory that a process has had, as the kernel says it.
func peak(pid int) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}
