package metric

import (
	"regexp"
	"testing"
)

// TestVersion names definitions by what they compute: another formula is another version,
// another label is not.
func TestVersion(t *testing.T) {
	before := Strict.Version()
	if !regexp.MustCompile(`^v1-strict\.[0-9a-f]{8}$`).MatchString(before) || before != Strict.Version() || before[len(Strict):] == Wide.Version()[len(Wide):] {
		t.Errorf("versions %s and %s", before, Wide.Version())
	}
	measure, feature := Measures[0], Features[0]
	defer func() { Measures[0], Features[0] = measure, feature }()
	Measures[0].Label, Measures[0].Reading = "Another label", "Another reading"
	if now := Strict.Version(); now != before {
		t.Errorf("another label made %s of %s", now, before)
	}
	Measures[0].Formula = "another"
	formula := Strict.Version()
	Measures[0] = measure
	Features[0].Initiator = "another"
	if now := Strict.Version(); formula == before || now == before || now == formula {
		t.Errorf("version %s, with another formula %s, with another initiator %s", before, formula, now)
	}
}
