package cli

import (
	"bytes"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// through writes NDJSON as Parquet and reads it again.
func through(t *testing.T, ndjson string) string {
	t.Helper()
	p := parquet{memoryMB: 128}
	var file bytes.Buffer
	if err := p.FromNDJSON(strings.NewReader(ndjson), &file); err != nil {
		t.Fatal(err)
	}
	return rows(t, &file)
}

func rows(t *testing.T, r io.Reader) string {
	t.Helper()
	rc, err := parquet{memoryMB: 128}.ToNDJSON("f", r)
	if err != nil {
		t.Fatal(err)
	}
	defer rc.Close()
	b, err := io.ReadAll(rc)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestParquetKeepsRecords(t *testing.T) {
	for _, ndjson := range []string{
		"",
		`{"a":1}` + "\n",
		`{"day":"2026-05-01","user_id":1,"b":null,"totals_by_ide":[],"x":{"y":[1,2.50]}}` + "\n" +
			`{"day":"2026-05-01","user_id":"1","totals_by_ide":[{"ide":"vscode","loc_added_sum":3}],"we\"ird'":true}` + "\n",
	} {
		if got := through(t, ndjson); got != ndjson {
			t.Errorf("got %s, want %s", got, ndjson)
		}
	}
	big := strings.Repeat(`{"day":"2026-05-01","user_id":1}`+"\n", 50_000)
	if got := through(t, big); got != big {
		t.Errorf("got %d bytes, want %d", len(got), len(big))
	}
}

func TestParquetHasColumns(t *testing.T) {
	var file bytes.Buffer
	ndjson := `{"day":"2026-05-01","user_id":7,"totals_by_ide":[{"ide":"vscode","loc_added_sum":3}]}` + "\n"
	if err := (parquet{memoryMB: 128}).FromNDJSON(strings.NewReader(ndjson), &file); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "f.parquet")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var user, added int64
	var day string
	err = db.QueryRow(`SELECT user_id, totals_by_ide[1].loc_added_sum, day::DATE::VARCHAR FROM read_parquet(`+literal(path)+`)`).Scan(&user, &added, &day)
	if err != nil || user != 7 || added != 3 || day != "2026-05-01" {
		t.Errorf("got %d, %d, %s, %v", user, added, day, err)
	}
}

func TestForeignParquet(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	path := filepath.Join(t.TempDir(), "f.parquet")
	if _, err := db.Exec(`COPY (SELECT DATE '2026-05-01' AS day, 7 AS user_id, [{'ide': 'vim'}] AS totals_by_ide) TO ` + literal(path) + ` (FORMAT parquet)`); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := `{"day":"2026-05-01","user_id":7,"totals_by_ide":[{"ide":"vim"}]}` + "\n"
	if got := rows(t, f); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	rc, err := parquet{memoryMB: 128}.ToNDJSON("f", strings.NewReader("PAR1 and no more"))
	if err == nil {
		_, err = io.ReadAll(rc)
	}
	if err == nil {
		t.Error("a broken file was read")
	}
}
