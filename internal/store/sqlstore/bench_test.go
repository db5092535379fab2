package sqlstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/sample"
	"codegauge/internal/store"
)

// placed hands out a reader's records as those of one enterprise.
type placed struct {
	*report.Reader
	version time.Time
}

func (p *placed) Next(ctx context.Context, buf *store.Buffer) (int, error) {
	if err := p.Reader.Next(ctx, &buf.Batch); err != nil {
		return 0, err
	}
	buf.Items = buf.Items[:0]
	for i := range buf.Batch.Records {
		r := &buf.Batch.Records[i]
		it := store.Item{Record: r, Enterprise: 1, Source: 1, Tool: "copilot", Version: p.version}
		if r.Kind == report.UserTeam {
			it.Organization, it.Team = 2, 3
		}
		buf.Items = append(buf.Items, it)
	}
	return len(buf.Items), nil
}

func (p *placed) Rejections() []report.Rejection            { return nil }
func (p *placed) BeforeCommit(context.Context, int64) error { return nil }

// generated are report files of an enterprise that does not exist.
func generated(b *testing.B, users, days int) (map[string][]byte, int64) {
	files, size := map[string][]byte{}, int64(0)
	for _, f := range sample.New(sample.Config{Users: users, Days: days, Seed: 1, End: day.Date(2026, 11, 28)}).Files() {
		if strings.Contains(f.Name, "users") || strings.Contains(f.Name, "teams") {
			var buf bytes.Buffer
			if err := f.Write(&buf); err != nil {
				b.Fatal(err)
			}
			files[f.Name] = buf.Bytes()
			size += int64(buf.Len())
		}
	}
	return files, size
}

func load(b *testing.B, s *Store, files map[string][]byte, version time.Time) {
	var inputs []report.Input
	for name, body := range files {
		inputs = append(inputs, report.Input{Name: name, Size: int64(len(body)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }})
	}
	rd := report.NewReader(inputs, report.Options{})
	defer rd.Close()
	if _, err := s.Import(b.Context(), store.Import{At: time.Now()}, &placed{rd, version}); err != nil {
		b.Fatal(err)
	}
}

func openBench(b *testing.B, engine string) *Store {
	return New(databasetest.Open(b, engine), Options{SpoolDir: b.TempDir()})
}

// BenchmarkImport imports 28 days of 2,000 people, and a day of 20,000 again.
func BenchmarkImport(b *testing.B) {
	b.Run("28 days", func(b *testing.B) {
		files, size := generated(b, 2000, 28)
		b.SetBytes(size)
		for b.Loop() {
			load(b, openBench(b, databasetest.SQLite), files, time.Unix(1e9, 0))
		}
	})
	b.Run("a day again", func(b *testing.B) {
		files, size := generated(b, 20_000, 1)
		s := openBench(b, databasetest.SQLite)
		load(b, s, files, time.Unix(1e9, 0))
		b.SetBytes(size)
		n := int64(1e9)
		for b.Loop() {
			n++
			load(b, s, files, time.Unix(n, 0))
		}
	})
}

// BenchmarkPerson asks for 28 days and for a year of one of 2,000 people, of whom nothing is
// in memory but that there are people.
func BenchmarkPerson(b *testing.B) {
	files, _ := generated(b, 2000, 364)
	for _, engine := range databasetest.Engines {
		b.Run(engine, func(b *testing.B) {
			s := openBench(b, engine)
			load(b, s, files, time.Unix(1e9, 0))
			names, err := s.Identities(b.Context(), 1)
			if err != nil {
				b.Fatal(err)
			}
			for _, days := range []int{28, 364} {
				b.Run(fmt.Sprintf("%d days", days), func(b *testing.B) {
					to := day.Date(2026, 11, 28)
					n := 0
					for b.Loop() {
						n++
						s.cache = cache{limit: 1 << 28}
						_, err := s.Query(b.Context(), query.Query{Scope: query.Scope{Enterprise: 1}, Measures: []string{"loc_changed"}, By: []string{"day"},
							Range: day.Range{From: to - day.Day(days-1), To: to}, Filters: []query.Filter{{Dimension: "user", Values: []string{names[n*37%len(names)].UserID}}}})
						if err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}
