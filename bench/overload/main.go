// Command overload measures what one program that asks too much does to others: the pages
// of another reader while it is quiet, and while many connections of one token ask without
// a pause; and how long the server takes to answer while many connections say nothing and
// it may open few files.
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
	flag.Parse()
	if err := b.run(); err != nil {
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
	counts, loaded, err := b.flood(busy, other)
	if err != nil {
		return err
	}
	fmt.Printf("… while %d connections of one token ask: median %.0f ms (%.1f times)\n", b.connections, milliseconds(loaded), loaded.Seconds()/quiet.Seconds())
	fmt.Printf("answers to that token by status: %v; the server's peak of memory: %s\n", counts, peak(server.Process.Pid))
	return nil
}

func (b *bench) token(name string) (string, error) {
	out, err := exec.Command(b.program, "token", "create", "--data", b.data, "--enterprise", "acme", "--scopes", "metrics:read,users:read", "--name", name).Output()
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
func (b *bench) flood(busy, other string) (map[int]int, time.Duration, error) {
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
				status, _, _ := b.ask(pageOf(n), busy)
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
	median, err := b.pages(other, b.runs)
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
