package storetest

import (
	"context"
	"embed"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// scripts are the query tests as data. A script is a run of sections, parted by
// blank lines; lines that begin with # are for people. The sections are
//
//	load SOURCE [version DAY] [data KIND] [complete] [refused DAY|- [in FILE]]…
//	{"user_id":1,"day":"2026-05-01",…}        one record a line
//	file NAME [of SOURCE] [version DAY] [data KIND]  the lines that follow are of this file
//	{"user_id":1,"day":"2026-05-01",…}
//
//	query WORDS                               see ParseQuery
//	day         loc_changed                   what Table writes, worked out by hand
//	2026-05-01  10
//
//	query WORDS
//	refused unsupported                       or: refused invalid
//
//go:embed testdata/*.txt
var scripts embed.FS

// section is one section of a script.
type section struct {
	line  int // where it begins
	words []string
	body  []string
}

// scriptNames lists the scripts.
func scriptNames(t testing.TB) []string {
	t.Helper()
	files, err := scripts.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		out = append(out, f.Name())
	}
	return out
}

func readScript(t testing.TB, name string) []section {
	t.Helper()
	text, err := scripts.ReadFile(path.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return sections(string(text))
}

func sections(text string) []section {
	var out []section
	open := false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
		case line == "":
			open = false
		case !open:
			out = append(out, section{line: i + 1, words: strings.Fields(line)})
			open = true
		default:
			last := &out[len(out)-1]
			last.body = append(last.body, line)
		}
	}
	return out
}

// runScript runs one script against an empty store.
func runScript(t *testing.T, s store.Store, name string) {
	for _, sec := range readScript(t, name) {
		where := fmt.Sprintf("%s:%d", name, sec.line)
		switch sec.words[0] {
		case "load":
			imp, items, err := loadOf(t, sec)
			if err != nil {
				t.Fatalf("%s: %v", where, err)
			}
			if _, err := s.Import(context.Background(), imp, items); err != nil {
				t.Fatalf("%s: import: %v", where, err)
			}
		case "query":
			t.Run(fmt.Sprintf("line %d", sec.line), func(t *testing.T) { runQuery(t, s, where, sec) })
		default:
			t.Fatalf("%s: no section begins with %q", where, sec.words[0])
		}
	}
}

// The file and version of what a load does not say them of.
const (
	someFile    = "script"
	someVersion = "2026-08-01"
)

// loadOf reads a load section.
func loadOf(t testing.TB, sec section) (store.Import, *list, error) {
	imp := store.Import{At: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), Origin: "script"}
	if len(sec.words) < 2 {
		return imp, nil, fmt.Errorf("load names no source")
	}
	h := header{file: someFile, version: midnight(someVersion)}
	l := &list{}
	if err := h.read(append([]string{"of"}, sec.words[1:]...), &imp, l); err != nil {
		return imp, nil, fmt.Errorf("load: %w", err)
	}
	var lines []line
	for _, text := range sec.body {
		if name, ok := strings.CutPrefix(text, "file "); ok {
			words := strings.Fields(name)
			h.file = words[0]
			if err := h.read(words[1:], &imp, l); err != nil {
				return imp, nil, fmt.Errorf("file %s: %w", words[0], err)
			}
			continue
		}
		lines = append(lines, linesOf(h.source, h.data, h.version, h.file, Records(t, text))...)
	}
	l.items = itemsOf(lines)
	return imp, l, nil
}

// header is what a load, or a file in it, says of the lines that follow.
type header struct {
	file    string
	source  int64
	version time.Time
	data    metric.DataKind
}

func (h *header) read(words []string, imp *store.Import, l *list) error {
	for len(words) > 0 {
		n := 1
		switch {
		case words[0] == "complete":
			imp.Complete = true
		case len(words) == 1:
			return fmt.Errorf("nothing follows %q", words[0])
		case words[0] == "of":
			e, err := entityOf(words[1])
			if err != nil {
				return err
			}
			h.source, n = e.number(), 2
		case words[0] == "data":
			var err error
			if h.data, err = metric.DataKindByName(words[1]); err != nil {
				return err
			}
			n = 2
		case words[0] == "version":
			h.version, n = midnight(words[1]), 2
		case words[0] == "refused":
			r := report.Rejection{File: h.file, Line: 1, Reason: "refused in the script"}
			if words[1] != "-" {
				r.Day = date(words[1])
			}
			n = 2
			if len(words) > 3 && words[2] == "in" {
				r.File, n = words[3], 4
			}
			l.rejections = append(l.rejections, r)
		default:
			return fmt.Errorf("%q means nothing here", words[0])
		}
		words = words[n:]
	}
	return nil
}

func runQuery(t *testing.T, s store.Store, where string, sec section) {
	words := strings.Join(sec.words[1:], " ")
	q, err := ParseQuery(words)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	res, err := s.Query(context.Background(), q)
	if len(sec.body) > 0 && strings.HasPrefix(sec.body[0], "refused ") {
		wantRejection(t, where, words, strings.Fields(sec.body[0])[1], res, err)
		return
	}
	if err != nil {
		t.Fatalf("%s: query %s: %v", where, words, err)
	}
	checkAnswer(t, where, q, res, strings.Join(sec.body, "\n"))
}

func wantRejection(t *testing.T, where, words, kind string, res *query.Result, err error) {
	t.Helper()
	if err == nil {
		t.Fatalf("%s: query %s was answered, want it refused as %s:\n%s", where, words, kind, Table(res))
	}
	want := map[string]fault.Kind{"invalid": fault.Invalid, "unsupported": fault.Unsupported}[kind]
	if got := fault.KindOf(err); got != want {
		t.Errorf("%s: query %s: error %q is of kind %d, want %d (%s)", where, words, err, got, want, kind)
	}
}

func checkAnswer(t *testing.T, where string, q query.Query, res *query.Result, want string) {
	t.Helper()
	if err := checkShape(q, res); err != nil {
		t.Errorf("%s: query %s: %v", where, Words(q), err)
	}
	if err := sameTable(Table(res), want); err != nil {
		t.Errorf("%s: query %s: %v\ngot:\n%s\nwant:\n%s", where, Words(q), err, Table(res), want)
	}
}
