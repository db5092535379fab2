package github

import (
	"context"
	"errors"
	"io"
	"time"
)

// errStalled ends an answer that makes no progress.
var errStalled = errors.New("it came too slowly")

// leastRate is how many bytes a second an answer has at least, once it has run for long.
const leastRate = 1 << 10

// stalling reads a body, and ends the request where it makes no progress, or hardly any.
type stalling struct {
	body  io.Reader
	after time.Duration
	stop  context.CancelCauseFunc
	timer *time.Timer
	began time.Time
	bytes int64
	slow  bool
}

func newStalling(body io.Reader, after time.Duration, stop context.CancelCauseFunc) *stalling {
	return &stalling{body: body, after: after, stop: stop, began: time.Now(),
		timer: time.AfterFunc(after, func() { stop(errStalled) })}
}

// Read implements io.Reader.
func (s *stalling) Read(b []byte) (int, error) {
	n, err := s.body.Read(b)
	s.bytes += int64(n)
	if err != nil {
		return n, err
	}
	if ran := time.Since(s.began); ran > s.after && float64(s.bytes) < ran.Seconds()*leastRate {
		s.slow = true
		return n, errStalled
	}
	if !s.timer.Reset(s.after) {
		s.slow = true
	}
	return n, nil
}

// cause returns why reading failed: a request that was ended here fails as canceled.
func (s *stalling) cause(err error) error {
	if s.slow || errors.Is(err, context.Canceled) {
		return errStalled
	}
	return reason(err)
}

func (s *stalling) close() { s.timer.Stop() }
