package databasetest

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Cut is a way to a PostgreSQL server that breaks at a statement.
type Cut struct {
	// URL names the database by that way.
	URL    string
	server func() (net.Conn, error)
	listen net.Listener

	mu sync.Mutex
	// left counts down to the message of a statement at which all connections break; below
	// 0 none does. after says that the server gets it, but its answer is lost.
	left    int
	after   bool
	counted int
	reached bool
	open    map[net.Conn]bool
}

// NewCut returns a way to a database, which does not break at first.
func NewCut(t testing.TB, d *Database) *Cut {
	t.Helper()
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := &Cut{left: -1, open: map[net.Conn]bool{}}
	q := u.Query()
	if folder := q.Get("host"); folder != "" {
		c.server = func() (net.Conn, error) { return net.Dial("unix", folder+"/.s.PGSQL.5432") }
	} else {
		address := u.Host
		c.server = func() (net.Conn, error) { return net.Dial("tcp", address) }
	}
	l, err := net.Listen("unix", t.TempDir()+"/.s.PGSQL.5432")
	if err != nil {
		t.Fatal(err)
	}
	c.listen = l
	t.Cleanup(c.Close)
	go c.serve(l)
	q.Set("host", strings.TrimSuffix(l.Addr().String(), "/.s.PGSQL.5432"))
	q.Set("sslmode", "disable")
	u.Host, u.RawQuery = "", q.Encode()
	c.URL = u.String()
	return c
}

// Close ends the way and its connections.
func (c *Cut) Close() {
	c.listen.Close()
	c.breakAll()
}

// Break lets all connections break at the nth message of a statement from now, from 0 on:
// before the server gets it or, if after, when it has.
func (c *Cut) Break(n int, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.after, c.counted, c.reached = n, after, 0, false
}

// Mend lets no connection break any more, and returns how many messages of statements
// there were since Break, and whether the connections broke.
func (c *Cut) Mend() (counted int, reached bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = -1
	return c.counted, c.reached
}

func (c *Cut) serve(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		server, err := c.server()
		if err != nil {
			client.Close()
			continue
		}
		c.mu.Lock()
		c.open[client], c.open[server] = true, true
		c.mu.Unlock()
		go func() {
			_, _ = io.Copy(client, server)
			c.end(client, server)
		}()
		go func() {
			c.forward(server, client)
			c.end(client, server)
		}()
	}
}

func (c *Cut) end(conns ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		conn.Close()
		delete(c.open, conn)
	}
}

// forward sends a client's messages on until the connection ends or breaks.
func (c *Cut) forward(server io.Writer, client io.Reader) {
	head := make([]byte, 5)
	for first := true; ; first = false {
		h := head
		if first {
			h = head[1:] // the first message has no type
		}
		if _, err := io.ReadFull(client, h); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(h[len(h)-4:])-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		breaks, send := false, true
		if !first {
			breaks, send = c.breaks(h[0])
		}
		if send {
			if _, err := server.Write(append(append([]byte{}, h...), body...)); err != nil {
				return
			}
		}
		if breaks {
			c.breakAll()
			return
		}
	}
}

// breaks counts a message, and says whether everything breaks at it, and whether the server
// gets it all the same.
func (c *Cut) breaks(kind byte) (breaks, send bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// Statements by themselves, parsed ones, those with values, and data that is copied.
	if !strings.ContainsRune("QPBdc", rune(kind)) {
		return false, true
	}
	c.counted++
	if c.left != 0 {
		c.left = max(c.left-1, -1)
		return false, true
	}
	c.left, c.reached = -1, true
	return true, c.after
}

func (c *Cut) breakAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		conn.Close()
	}
	clear(c.open)
}
