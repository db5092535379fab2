package day

import "testing"

// FuzzParse checks that a day that is read is written as it was, and lies in
// its week and its month.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-05-01", "2024-02-29", "2000-01-01", "2999-12-31", "2026-02-30", "2026-5-1", "٢٠٢٦-05", "0000-00-00", "2026-05-01T00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			if d != 0 {
				t.Errorf("%q is refused, and read as %s", text, d)
			}
			return
		}
		if d.String() != text || Of(d.Time()) != d {
			t.Errorf("%q is written as %s", text, d)
		}
		if w := d.Week(); w > d || d-w > 6 || w.Week() != w {
			t.Errorf("%s: week from %s", d, w)
		}
		if m := d.Month(); m > d || d-m > 30 || m.Month() != m || m.String()[:7] != text[:7] {
			t.Errorf("%s: month from %s", d, m)
		}
	})
}
