package service

import (
	"os"
	"path/filepath"
	"testing"
	"codegauge/internal/report"
)

func TestProf2(t *testing.T) {
	if os.Getenv("PROF") == "" { t.Skip() }
	fs, _ := filepath.Glob("/tmp/cgtest/gen/*")
	for _, n := range []int{8,9,10} {
		w := newWorld(t)
		var l []string
		l = append(l, fs[60-n:60]...)
		l = append(l, fs[60:60+n]...)
		in, _ := report.Files(l, nil)
		_, err := w.Import(t.Context(), ImportRequest{Enterprise: "acme", Inputs: in})
		a := w.query(Words{Measures: lineMeasures, By: []string{"initiator"}})
		t.Log(n, err, show(a))
		v, err := w.store.Verify(t.Context())
		t.Log(len(v), err)
		for i := range v[:min(len(v),5)] { t.Log(v[i]) }
	}
}
