package github

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// errStalled is the error of a response that makes no or hardly any progress.
var errStalled = errors.New("the transfer stalled")

// minRate is the least average rate of a response, in bytes per second.
const minRate = 1 << 10

// stallReader reads a body. It cancels the request if nothing arrives for the duration
// after, or if the rate is below minRate after that time.
type stallReader struct {
	body    io.Reader
	after   time.Duration
	timer   *time.Timer
	began   time.Time
	bytes   int64
	stalled atomic.Bool
}

func newStallReader(body io.Reader, after time.Duration, stop context.CancelCauseFunc) *stallReader {
	s := &stallReader{body: body, after: after, began: time.Now()}
	s.timer = time.AfterFunc(after, func() {
		s.stalled.Store(true)
		stop(errStalled)
	})
	return s
}

// Read implements io.Reader.
func (s *stallReader) Read(b []byte) (int, error) {
	n, err := s.body.Read(b)
	s.bytes += int64(n)
	if ran := time.Since(s.began); err == nil && ran > s.after && float64(s.bytes) < ran.Seconds()*minRate {
		s.stalled.Store(true)
	}
	switch {
	case s.stalled.Load(): // a server may end a canceled body as if it were complete
		return n, errStalled
	case err != nil:
		return n, err
	}
	s.timer.Reset(s.after)
	return n, nil
}

// cause returns why reading failed: errStalled for a request that was canceled here.
func (s *stallReader) cause(err error) error {
	if s.stalled.Load() || errors.Is(err, context.Canceled) {
		return errStalled
	}
	return innermost(err)
}

func (s *stallReader) close() { s.timer.Stop() }
