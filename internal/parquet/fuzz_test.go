package parquet

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParquet reads Parquet files: an error, or lines of JSON, and nothing stays
// on disk.
func FuzzParquet(f *testing.F) {
	for _, ndjson := range []string{
		`{"day":"2026-05-01","user_id":7,"loc_added_sum":1,"totals_by_ide":[{"ide":"vim","loc_added_sum":1}]}`, `{"a":null}`, `{"a":[{"b":{"c":[1,2]}}],"d":1.5,"e":true}`,
	} {
		var b bytes.Buffer
		if err := New(f.TempDir()).FromNDJSON(strings.NewReader(ndjson+"\n"), &b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	made, err := filepath.Glob("testdata/*.parquet")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range made {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("PAR1PAR1"))
	f.Add([]byte("PAR1" + strings.Repeat("\x00", 100) + "\xff\xff\xff\x7fPAR1"))
	f.Fuzz(func(t *testing.T, file []byte) {
		dir := t.TempDir()
		r, err := New(dir).ToNDJSON("f", bytes.NewReader(file))
		if err == nil {
			d := json.NewDecoder(io.LimitReader(r, 64<<20))
			var v map[string]any
			for err == nil {
				err = d.Decode(&v)
			}
			if err != io.EOF {
				t.Errorf("not lines of JSON: %v", err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left in the folder: %v, %v", left, err)
		}
	})
}
