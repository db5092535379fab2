package server

import (
	"cmp"
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// ConnectionLimit bounds the connections on which nothing is asked: those that have not
// sent a request yet, and those kept open after one. Beyond it the oldest are closed, so
// that whoever opens many and says nothing keeps nobody else out.
type ConnectionLimit struct {
	// Each is how many of one address are kept; 0 is 128. Proxies have no such limit. Twice
	// as many are kept while none of them has been silent for silentFor.
	Each    int
	Proxies []netip.Prefix
	// All is how many are kept of all addresses together; 0 is 4,096.
	All int
}

// silentFor is how long a connection may be silent before others take its place.
const silentFor = time.Second

// LimitFor returns the limit for a process that may have so many files open.
func LimitFor(files int, proxies []netip.Prefix) ConnectionLimit {
	return ConnectionLimit{Each: min(128, files/8), All: min(4096, files/2), Proxies: proxies}
}

// connections are those on which nothing is asked, the oldest first.
type connections struct {
	limit ConnectionLimit

	mu     sync.Mutex
	all    *list.List // of silent
	places map[net.Conn]*list.Element
	each   map[netip.Addr]int
}

// silent is a connection, from where it is, and since when nothing is asked on it.
type silent struct {
	net.Conn
	address netip.Addr
	since   time.Time
}

func newConnections(l ConnectionLimit) *connections {
	l.Each, l.All = cmp.Or(l.Each, 128), cmp.Or(l.All, 4096)
	return &connections{limit: l, all: list.New(), places: map[net.Conn]*list.Element{}, each: map[netip.Addr]int{}}
}

// changed follows a connection's state; it is an http.Server's ConnState.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(conn)
	if state != http.StateNew && state != http.StateIdle {
		return
	}
	address, _ := parseIP(conn.RemoteAddr().String())
	c.places[conn] = c.all.PushBack(silent{conn, address, time.Now()})
	c.each[address]++
	if c.each[address] > c.limit.Each && !inAny(c.limit.Proxies, address) {
		least := silentFor
		if c.each[address] > 2*c.limit.Each {
			least = 0
		}
		c.closeOldest(func(o netip.Addr) bool { return o == address }, least)
	}
	if c.all.Len() > c.limit.All {
		c.closeOldest(func(netip.Addr) bool { return true }, 0)
	}
}

// closeOldest closes the oldest connection from one of the addresses, if it has been
// silent for long enough.
func (c *connections) closeOldest(of func(netip.Addr) bool, least time.Duration) {
	for e := c.all.Front(); e != nil; e = e.Next() {
		oldest := e.Value.(silent)
		if of(oldest.address) {
			if time.Since(oldest.since) >= least {
				c.drop(oldest.Conn)
				go func() { _ = oldest.Close() }() // over TLS it may wait for a peer that does not read
			}
			return
		}
	}
}

// drop forgets a connection.
func (c *connections) drop(conn net.Conn) {
	e := c.places[conn]
	if e == nil {
		return
	}
	address := c.all.Remove(e).(silent).address
	delete(c.places, conn)
	if c.each[address]--; c.each[address] == 0 {
		delete(c.each, address)
	}
}
