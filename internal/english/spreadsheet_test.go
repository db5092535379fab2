package english

import "testing"

func TestSpreadsheetText(t *testing.T) {
	for _, s := range []string{"=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"} {
		if got := SpreadsheetText(s); got != "'"+s {
			t.Errorf("%q: got %q", s, got)
		}
	}
	for _, s := range []string{"", "x", "'=1", "a=1", "1-2", "\xff=", "–"} {
		if got := SpreadsheetText(s); got != s {
			t.Errorf("%q: got %q", s, got)
		}
	}
}
