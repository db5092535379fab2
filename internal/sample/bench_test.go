package sample

import (
	"io"
	"testing"

	"codegauge/internal/day"
)

// counter counts what is written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

// BenchmarkWriteUsers prints MB/s of one core.
func BenchmarkWriteUsers(b *testing.B) {
	g := New(Config{Users: 10_000, Days: 28, Seed: 1, End: day.Date(2026, 11, 24)})
	var n counter
	if err := g.WriteUsers(&n, g.cfg.End); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		if err := g.WriteUsers(io.Discard, g.cfg.End); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDemo writes the whole demo.
func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		var n counter
		for _, f := range New(DemoConfig(day.Date(2026, 11, 24))).Files() {
			if err := f.Write(&n); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(n))
	}
}
