package report

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// check scans text as one value and returns what is wrong with it.
func check(text string) string {
	var sc scanner
	sc.reset([]byte(text), 0)
	sc.skip()
	if sc.space(); sc.ok() && sc.pos < len(sc.data) {
		return "more text"
	}
	return sc.err
}

func TestScannerRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                            "text ends",
		`{`:                           "text ends",
		`{"a"`:                        "text ends",
		`{"a":`:                       "text ends",
		`{"a":1`:                      "text ends",
		`{"a":1,`:                     "text ends",
		`{"a":1,}`:                    "unexpected character",
		`{"a" 1}`:                     "no colon",
		`{a:1}`:                       "unexpected character",
		`{'a':1}`:                     "unexpected character",
		`[1,]`:                        "unexpected character",
		`[1 2]`:                       "unexpected character",
		`[1`:                          "text ends",
		`01`:                          "more text",
		`1.`:                          "text ends",
		`1.x`:                         "invalid number",
		`-`:                           "text ends",
		`-a`:                          "invalid number",
		`1e`:                          "text ends",
		`1e+`:                         "text ends",
		`+1`:                          "unexpected character",
		`.5`:                          "unexpected character",
		`NaN`:                         "unexpected character",
		`nul`:                         "text ends",
		`nulL`:                        "unexpected word",
		`truex`:                       "more text",
		`"`:                           "text ends",
		`"abc`:                        "text ends",
		"\"a\nb\"":                    "control character",
		"\"1234567890\x01\"":          "control character",
		`"\x"`:                        "invalid escape",
		`"\`:                          "text ends",
		`"\u12"`:                      "invalid escape",
		`"\u12G4"`:                    "invalid escape",
		`"\ud800"`:                    "lone surrogate",
		`"\udc00"`:                    "lone surrogate",
		`"\ud800\ud800"`:              "lone surrogate",
		`"\ud800x"`:                   "lone surrogate",
		`"\ud800\n"`:                  "lone surrogate",
		"\"\xff\"":                    "invalid UTF-8",
		"\"\xc0\x80\"":                "invalid UTF-8",
		"\"\xed\xa0\x80\"":            "invalid UTF-8",
		"\"abcdefgh\xe2\x82\"":        "invalid UTF-8",
		"\"\xe2\x82":                  "text ends",
		strings.Repeat("[", 65):       "nested deeper",
		`{"a":1}}`:                    "more text",
		"\uFEFF{}":                    "unexpected character",
		"\u00a01":                     "unexpected character",
		`{"a":1,,"b":2}`:              "unexpected character",
		`[,1]`:                        "unexpected character",
		`{"a":1 "b":2}`:               "unexpected character",
		`{"a":tru}`:                   "unexpected word",
		"\v1":                         "unexpected character",
		"1\x00":                       "more text",
		`"` + "\x7f" + `\u0000` + `"`: "",
	} {
		if got := check(text); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestScannerAccepts(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `0`, `-0`, `-0.0e-0`, `1E+5`, `1.25e10`, `"\u0041\ud83d\ude00\/\b\f"`, `"é😀"`,
		" \t\r\n{ \"a\" : [ 1 , null , true , false , { } ] } \n", strings.Repeat("[", 64) + strings.Repeat("]", 64),
		`{"a":1,"a":2}`, `""`, `"12345678"`, `"1234567\""`,
	} {
		if got := check(text); got != "" {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestUnescape(t *testing.T) {
	const text = `a\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00z`
	var want string
	if err := json.Unmarshal([]byte(`"`+text+`"`), &want); err != nil {
		t.Fatal(err)
	}
	if got := string(unescape(nil, []byte(text))); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzScanner(f *testing.F) {
	for _, s := range []string{
		`{"day":"2026-05-01","user_id":1,"loc_added_sum":-5.0e3}`, `["\ud83d\ude00\n",null,true]`, "\"\xed\xa0\x80\"",
		`{"a":[[[{"b":"`, "{\"a\":\"x\ny\"}", `1e5`, `"\ud800"`, `[1,2,]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkScanner(t, text) })
}

// checkScanner compares the scanner with encoding/json, which takes invalid
// UTF-8, lone surrogates and deeper nesting.
func checkScanner(t *testing.T, text []byte) {
	got, valid := check(string(text)), json.Valid(text)
	switch {
	case got == "" && !valid:
		t.Fatalf("%q: taken, but not JSON", text)
	case got == "" && !utf8.Valid(text):
		t.Fatalf("%q: taken, but not UTF-8", text)
	case got != "" && valid && got != "invalid UTF-8" && got != "lone surrogate in a string" && got != "nested deeper than 64":
		t.Fatalf("%q: refused for %q, but JSON", text, got)
	}
	if got != "" || len(text) == 0 || text[0] != '"' || text[len(text)-1] != '"' {
		return
	}
	var want string
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if got := string(unescape(nil, text[1:len(text)-1])); got != want {
		t.Fatalf("%q: unescaped to %q, want %q", text, got, want)
	}
	if again := appendQuoted(nil, want); check(string(again)) != "" {
		t.Fatalf("%q: written as %q, which is not JSON", want, again)
	}
}
