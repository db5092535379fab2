// Command link measures pages over a PostgreSQL server that is some way off: it puts a
// delay between the program and a cluster of its own, counts the round trips of each
// request, and asks the same of the embedded database.
//
//	go run ./bench/link -bin bin/codegauge -data DIR
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"codegauge/internal/database/databasetest"

	"github.com/jackc/pgx/v5"
)

func main() {
	var b bench
	flag.StringVar(&b.program, "bin", "bin/codegauge", "the program")
	flag.StringVar(&b.data, "data", "", "a data directory with an enterprise acme, which is copied to PostgreSQL")
	flag.DurationVar(&b.trip, "trip", 2400*time.Microsecond, "how long a round trip over the link takes")
	flag.IntVar(&b.runs, "runs", 20, "pages of each kind")
	flag.Parse()
	if err := b.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "link:", err)
		os.Exit(1)
	}
}

type bench struct {
	program, data string
	trip          time.Duration
	runs          int
}

func (b *bench) run(ctx context.Context) error {
	cluster, err := databasetest.Start(ctx, databasetest.ClusterOptions{TCP: true})
	if err != nil {
		return err
	}
	defer cluster.Stop()
	if out, err := exec.CommandContext(ctx, b.program, "copy", "--from", b.data, "--to", cluster.URL).CombinedOutput(); err != nil {
		return fmt.Errorf("copy: %w: %s", err, out)
	}
	to, err := url.Parse(cluster.URL)
	if err != nil {
		return err
	}
	fmt.Printf("%-30s %-34s %8s %8s %8s %12s\n", "milliseconds", "", "first", "median", "95th", "round trips")
	if err := b.measure(ctx, "embedded", nil, "--data", b.data); err != nil {
		return err
	}
	for _, delay := range []time.Duration{0, b.trip / 2} {
		l, err := newLink(to.Host, delay)
		if err != nil {
			return err
		}
		at := *to
		at.Host = l.Addr().String()
		spool, err := os.MkdirTemp("", "codegauge-link-")
		if err != nil {
			return err
		}
		trip, err := tripOver(ctx, at.String())
		if err != nil {
			return err
		}
		name := fmt.Sprintf("PostgreSQL, %.1f ms a trip", float64(trip.Microseconds())/1000)
		err = b.measure(ctx, name, l, "--database", at.String(), "--data", spool)
		if err := errors.Join(err, l.Close(), os.RemoveAll(spool)); err != nil {
			return err
		}
	}
	return nil
}

// tripOver measures how long a round trip to a database takes, the least of many.
func tripOver(ctx context.Context, address string) (time.Duration, error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	least := time.Hour
	for range 100 {
		began := time.Now()
		if _, err := conn.Exec(ctx, ""); err != nil {
			return 0, err
		}
		least = min(least, time.Since(began))
	}
	return least, nil
}

// measure serves a database and asks for pages of different windows, none of which was made
// before but for the last kind.
func (b *bench) measure(ctx context.Context, name string, l *link, where ...string) error {
	token, err := exec.CommandContext(ctx, b.program, append([]string{"token", "create", "--enterprise", "acme", "--scopes", "metrics:read,users:read"}, where...)...).Output()
	if err != nil {
		return fmt.Errorf("make a token: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	listener.Close()
	server := exec.CommandContext(ctx, b.program, append([]string{"serve", "--listen", address}, where...)...)
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	}()
	ask := func(path string) (time.Duration, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			return 0, err
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		began := time.Now()
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s: %.500s", path, res.Status, body)
		}
		return time.Since(began), err
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err := ask("/readyz"); err == nil {
			break
		} else if time.Now().After(deadline) {
			return err
		}
	}
	time.Sleep(time.Second) // what a server does when it starts is no request's
	const insights = "/enterprises/acme/insights/"
	const query = "/api/v1/query?enterprise=acme&measures=loc_added,loc_deleted&by=day&days="
	for _, k := range []struct {
		name, path string
		from, step int
	}{
		{"page, about 28 days", insights + "code-generation?days=", 28, 1},
		{"page, about 330 days", insights + "code-generation?days=", 330, 1},
		{"page of 330 days again", insights + "code-generation?days=", 330, 0},
		{"teams, about 28 days", insights + "teams?days=", 28, 1},
		{"data quality, about 28 days", insights + "data-quality?days=", 28, 1},
		{"seats", insights + "seats?days=", 28, 1},
		{"query by day, about 330 days", query, 330, 1},
	} {
		first, err := ask(fmt.Sprint(k.path, k.from))
		if err != nil {
			return err
		}
		before := l.trips()
		var took []time.Duration
		for n := 1; n <= b.runs; n++ {
			d, err := ask(fmt.Sprint(k.path, k.from+n*k.step))
			if err != nil {
				return err
			}
			took = append(took, d)
		}
		trips := float64(l.trips()-before) / float64(b.runs)
		slices.Sort(took)
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		fmt.Printf("%-30s %-34s %8.1f %8.1f %8.1f %12.1f\n", name, k.name, ms(first), ms(took[len(took)/2]), ms(took[len(took)*95/100]), trips)
	}
	return nil
}

// link is a proxy that hands on what it gets some time later, and counts round trips: how
// often a client sends after it was answered.
type link struct {
	net.Listener
	to    string
	delay time.Duration
	turns atomic.Int64
}

func newLink(to string, delay time.Duration) (*link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &link{Listener: listener, to: to, delay: delay}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // closed
			}
			go l.serve(client)
		}
	}()
	return l, nil
}

func (l *link) trips() int64 {
	if l == nil {
		return 0
	}
	return l.turns.Load()
}

// serve hands on what two ends of a connection send each other, until one of them ends it.
func (l *link) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", l.to)
	if err != nil {
		fmt.Fprintln(os.Stderr, "link:", err)
		return
	}
	defer server.Close()
	var answered atomic.Bool
	answered.Store(true)
	ended := make(chan struct{}, 2)
	go func() {
		l.pass(server, client, func() {
			if answered.Swap(false) {
				l.turns.Add(1)
			}
		})
		ended <- struct{}{}
	}()
	go func() {
		l.pass(client, server, func() { answered.Store(true) })
		ended <- struct{}{}
	}()
	<-ended
}

type packet struct {
	due  time.Time
	body []byte
}

func (l *link) pass(to io.Writer, from io.Reader, seen func()) {
	queue := make(chan packet, 1024)
	go func() {
		defer close(queue)
		for {
			body := make([]byte, 64<<10)
			n, err := from.Read(body)
			if n > 0 {
				seen()
				queue <- packet{time.Now().Add(l.delay), body[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range queue {
		if wait := time.Until(p.due); wait > 0 { // time.Sleep is exact to a millisecond only
			pause := syscall.NsecToTimespec(wait.Nanoseconds())
			_ = syscall.Nanosleep(&pause, nil)
		}
		if _, err := to.Write(p.body); err != nil {
			return
		}
	}
}
