package parquet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codegauge/internal/parquet"
	"codegauge/internal/report"

	"github.com/google/go-cmp/cmp"
)

// records are what reports hold that a column could spoil.
const records = `{"day":"2026-05-07","enterprise_id":"83","user_id":7,"user_login":"ada","loc_added_sum":3,"loc_deleted_sum":0,"ai_credits":5,"used_agent":true,"used_chat":false,"totals_by_ide":[{"ide":"vscode","loc_added_sum":3,"last_known_plugin_version":{"sampled_at":"2026-05-07T10:00:00Z","plugin":"copilot-chat","plugin_version":"0.31.0"}},{"ide":"xcode","new_field":[{"x":1.5}]}],"totals_by_feature":[],"unknown":{"of":["a",1,null],"v":"2026-05-07"}}
{"day":"2026-05-07","enterprise_id":"83","user_id":"8","user_login":"bob","ai_credits":0.5,"created_at":"2026-05-08T01:02:03.1234567Z"}
{"day":"2026-05-08","enterprise_id":"83","user_id":"dev-9@example.com","tool":"cursor","loc_added_sum":999999999999,"totals_by_model_feature":[{"model":"others","feature":"others","loc_added_sum":1,"loc_deleted_sum":0}]}
{"day":"2026-05-08","user_id":7,"user_login":"ada","organization_id":"1001","team_id":5,"slug":"infra"}
`

// TestReports reads reports as they are and by way of Parquet.
func TestReports(t *testing.T) {
	texts := map[string][]byte{"records": []byte(records)}
	var files []string // of real reports, which are not part of the project
	if dir := os.Getenv("CODEGAUGE_REPORTS"); dir != "" {
		files, _ = filepath.Glob(filepath.Join(dir, "*"))
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(path)] = text
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			c := parquet.New(t.TempDir())
			var file bytes.Buffer
			if err := c.FromNDJSON(bytes.NewReader(text), &file); err != nil {
				t.Fatal(err)
			}
			want, got := read(t, c, text), read(t, c, file.Bytes())
			if len(want) == 0 {
				t.Error("no records")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("by way of Parquet (-want +got):\n%s", diff)
			}
		})
	}
}

// read returns the records of a file as JSON values, kinds first.
func read(t *testing.T, c *parquet.Converter, text []byte) (all []any) {
	t.Helper()
	in := report.Input{Name: "file", Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text)), nil
	}}
	r := report.NewReader([]report.Input{in}, report.Options{Parquet: c.ToNDJSON})
	defer r.Close()
	var b report.Batch
	for {
		err := r.Next(t.Context(), &b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range b.Records {
			all = append(all, rec.Kind.String(), value(t, rec.AppendJSON(nil)), value(t, append(append([]byte("{"), rec.Wrapper...), '}')))
		}
	}
	if n := r.RejectionCount(); n > 0 {
		t.Errorf("refused: %v", r.Rejections())
	}
	return all
}

func value(t *testing.T, object []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, object)
	}
	return plain(v)
}

// plain removes members that are null, which are as good as absent, and makes
// 5.0 the 5 that it is.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, m := range v {
			if v[name] = plain(m); m == nil {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case json.Number:
		return json.Number(strings.TrimSuffix(v.String(), ".0"))
	}
	return v
}
