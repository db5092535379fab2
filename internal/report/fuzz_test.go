package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkTold checks that every rejection and warning says where and why, shortly.
func checkTold(t *testing.T, o outcome) {
	t.Helper()
	for _, r := range o.rejections {
		if r.File == "" || r.Line < 1 || r.Reason == "" || len(r.Reason) > 400 || len(r.Text) > maxText {
			t.Errorf("rejection %+v", r)
		}
	}
	for _, w := range o.warnings {
		if w.File == "" || w.Line < 1 || w.Reason == "" {
			t.Errorf("warning %+v", w)
		}
	}
	if len(o.records) == 0 && len(o.rejections) == 0 {
		for _, s := range o.stats {
			if s.Rejected == 0 && s.NotReport == "" && s.Records["seats"] == 0 {
				t.Errorf("nothing of %s was read, and nobody says why: %+v", s.Name, s)
			}
		}
	}
}

// FuzzGzip reads gzip files: what is read is told or taken, and a text that is
// packed reads like itself.
func FuzzGzip(f *testing.F) {
	for _, s := range []string{gzipped(rec(1) + "\n" + rec(2)), gzipped(rec(1)+"\n", rec(2)), gzipped(""), gzipped(gzipped(rec(1))), gzipped(rec(1))[:20], "\x1f\x8b", "\x1f\x8b\x08\x1f", rec(1), pretty(1)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		checkTold(t, readAll(t, Options{}, textInput("f", string(file))))
		checkTold(t, readAll(t, Options{}, textInput("f", "\x1f\x8b\x08"+string(file))))
		if bytes.HasPrefix(file, []byte{0x1f, 0x8b}) || isZip(file) || bytes.HasPrefix(file, []byte("PAR1")) {
			return
		}
		checkPacked(t, file, gzipped(string(file)))
	})
}

// FuzzZip does the same with archives.
func FuzzZip(f *testing.F) {
	for _, s := range []string{zipped("a", rec(1), "b.gz", gzipped(rec(2))), zipped(), zipped("dir/", "", ".h", "x"), zipped("../../x", rec(1)), zipped("a.zip", zipped("a", rec(1))),
		zipped("a", rec(1))[:40], overlapping(rec(1), 3), "PK\x03\x04", "PK\x05\x06" + strings.Repeat("\x00", 18), rec(1)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		checkTold(t, readAll(t, Options{}, textInput("f", string(file))))
		if bytes.HasPrefix(file, []byte{0x1f, 0x8b}) || isZip(file) || bytes.HasPrefix(file, []byte("PAR1")) {
			return
		}
		checkPacked(t, file, zipped("f", string(file)))
	})
}

// checkPacked compares what a text reads as, and what it reads as when packed.
func checkPacked(t *testing.T, plain []byte, packed string) {
	t.Helper()
	want, got := readText(t, string(plain)), readAll(t, Options{}, textInput("f", packed))
	if len(want.rejections) != len(got.rejections) || len(want.records) != len(got.records) {
		t.Fatalf("%q: %d records and %d rejections, packed %d and %d", plain, len(want.records), len(want.rejections), len(got.records), len(got.rejections))
	}
	for i := range want.records {
		if diff := cmp.Diff(anywhere(want.records[i]), anywhere(got.records[i])); diff != "" {
			t.Fatalf("%q packed: %s", plain, diff)
		}
	}
}

// FuzzSeat reads seats: what is taken has a person, and is written so that it
// reads the same.
func FuzzSeat(f *testing.F) {
	for _, s := range []string{
		`{"created_at":"2026-01-02T03:04:05Z","assignee":{"login":"ada","id":7},"organization":{"login":"acme","id":1},"assigning_team":{"slug":"eng"},"last_activity_at":null,"plan_type":"business"}`,
		`{"total_seats":2,"seats":[{"assignee":{"id":1,"login":"a"}},{"assignee":{"id":"2"}}]}`, `{"seats":[null,{"assignee":null},7]}`,
		`{"assignee":{"id":1,"id":2,"login":"\u0041"},"assignee":{"login":"b"}}`, `{"assignee":{"id":1},"organization":[],"assigning_team":"x","last_activity_editor":7}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := readText(t, string(text))
		checkTold(t, got)
		for i := range got.records {
			r := &got.records[i]
			if r.Kind != Seat {
				continue
			}
			if r.UserID == "" && r.Login == "" || len(r.UserID) > maxID {
				t.Errorf("%q: the seat is %q's", text, r.UserID)
			}
			if line := r.AppendJSON(nil); !json.Valid(line) {
				t.Errorf("%q is written as %s", text, line)
			}
		}
	})
}

// FuzzEffective splits whatever record is read: the parts are the total, to the
// line, for every counter.
func FuzzEffective(f *testing.F) {
	for _, s := range []string{
		`{` + user + `,"loc_added_sum":5,"totals_by_feature":[{"feature":"agent_edit","loc_added_sum":9},{"feature":"x","loc_added_sum":1}]}`,
		`{` + user + `,"totals_by_ide":[{"ide":"vim","loc_added_sum":3}]}`, `{` + user + `,"loc_added_sum":5,"totals_by_language_feature":[{"language":"go","feature":"agent_edit","loc_added_sum":2}]}`,
		`{` + user + `,"loc_added_sum":1000000000000,"totals_by_feature":[{"feature":"a","loc_added_sum":1000000000000},{"feature":"b","loc_added_sum":1000000000000}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := readText(t, string(text))
		var s Split
		for i := range got.records {
			if k := got.records[i].Kind; k != UserDay && k != AggregateDay {
				continue
			}
			got.records[i].Split(&s)
			checkSplit(t, &s)
		}
	})
}

func checkSplit(t *testing.T, s *Split) {
	t.Helper()
	for c := range NumCounters {
		total, _ := s.Total.Get(c)
		sum := s.Unattributed.N[c] + s.Discrepancy.N[c]
		for i := range s.Features {
			sum += s.Features[i].N[c]
		}
		if sum != total {
			t.Errorf("counter %d: the parts add up to %d, the total is %d", c, sum, total)
		}
	}
}
