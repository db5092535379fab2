package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"codegauge/internal/english"
)

// prose is text that does not begin like JSON, at the beginning of a source: what
// was put into the folder beside reports, or came in the place of one.
type prose struct {
	// start is how it begins, nil if there is none or it was noted; line where.
	start []byte
	line  int
	seq   int64
	// lines counts those that are not blank; inLine says that the text begins inside
	// one that is counted.
	lines  int
	inLine bool
	// kind is what it is, once it was noted.
	kind string
}

// proseStart is how much of a text is looked at to tell what it is.
const proseStart = 4 << 10

// beginProse begins with text that is no JSON.
func (s *source) beginProse() {
	s.fill(proseStart)
	if s.beginSeatCSV() {
		return
	}
	s.prose = prose{start: bytes.Clone(s.text()[:min(proseStart, len(s.text()))]), line: s.line, seq: s.base}
	if bytes.IndexByte(s.prose.start, 0) >= 0 { // a line of it that begins with a brace is none
		s.pass(s.base, newRejection(s.name, s.line, s.prose.start, "not text"))
		s.prose.start = nil
		s.stop()
		return
	}
	s.step = (*source).skipProse
}

// skipProse moves over lines up to one that begins like JSON.
func (s *source) skipProse() *block {
	for len(s.text()) > 0 {
		if !s.prose.inLine {
			s.drop(skipBlank(s.text(), 0))
			switch text := s.text(); {
			case len(text) == 0:
				return nil
			case text[0] == '[' && !s.eof && len(bytes.TrimSpace(text[1:])) == 0 && len(text) < joinLimit:
				s.more()
				return nil
			case text[0] == '{':
				s.endProse()
				s.beginLines()
				return nil
			case text[0] == '[' && bytes.HasPrefix(text[skipBlank(text, 1):], []byte("{")):
				s.endProse()
				s.openList()
				return nil
			}
			s.prose.lines++
		}
		n := s.lineLength()
		s.prose.inLine = n == len(s.text())
		s.drop(n)
	}
	return nil
}

// endProse notes what the prose was.
func (s *source) endProse() {
	p := &s.prose
	if p.start == nil {
		return
	}
	reason := "not a JSON object"
	if p.lines > 1 {
		reason = fmt.Sprintf("%s not JSON", english.Count(p.lines, "line is", "lines are"))
	}
	r := newRejection(s.name, p.line, p.start, reason)
	p.kind = textKind(p.start)
	if what := markup(p.start); what != "" {
		r.Reason = what
		s.refuse(p.seq, r)
	} else {
		s.pass(p.seq, r)
	}
	p.start = nil
}

// whatElse says what a source is that has nothing of a report.
func (s *source) whatElse() string {
	switch {
	case s.prose.kind != "":
		return s.prose.kind
	case len(s.idle.first) > 0:
		return s.idle.sorted()[0].Reason
	case !s.begun:
		return "empty"
	}
	return "no records in the file"
}

var errorCode = regexp.MustCompile(`<Code>([A-Za-z]{1,60})</Code>`)

// markup says what HTML or XML is that came in the place of a report, "" if the
// text is neither.
func markup(start []byte) string {
	if start[0] != '<' {
		return ""
	}
	if code := errorCode.FindSubmatch(start); code != nil {
		return fmt.Sprintf("the error page of a failed download (%s), not a report: links expire, so request new ones from GitHub and download again", code[1])
	}
	return "HTML or XML, not a report: probably the response of an expired link or a sign-in page; download the report again"
}

// csvFiles are the CSV files of GitHub's that people take for reports, by how they
// begin.
var csvFiles = map[string]string{
	"date,username,product,sku,":                  "GitHub's CSV report of billed usage has no lines of code: import the usage metrics reports instead",
	"usage_at,username,product,sku,":              "GitHub's CSV report of billed usage has no lines of code: import the usage metrics reports instead",
	"timestamp,user,model,requests used,exceeds ": "GitHub's CSV report of premium requests has no lines of code: import the usage metrics reports instead",
}

// textKind says what a text is that is no report.
func textKind(start []byte) string {
	head, _, _ := bytes.Cut(start, newline)
	line := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(string(head), string(byteOrderMark)), `"`, ""))
	for begins, what := range csvFiles {
		if strings.HasPrefix(line, begins) {
			return what
		}
	}
	switch {
	case csvHead.MatchString(strings.TrimSpace(line)):
		return "CSV cannot be imported: use NDJSON or JSON"
	case !utf8.Valid(start[:max(0, len(start)-utf8.UTFMax)]):
		return "not UTF-8 text"
	}
	return "text"
}

// csvHead matches names with commas between them.
var csvHead = regexp.MustCompile(`^[a-z][\w .()/-]{0,60}(,[a-z][\w .()/-]{0,60})+$`)

// beginsList reports whether text, which begins with a bracket, may be a list of
// records, even a faulty one: Markdown begins with brackets too.
func beginsList(text []byte) bool {
	next := skipBlank(text, 1)
	if next == len(text) {
		return true
	}
	switch c := text[next]; c {
	case '{', '[', ']', '"', ',', '-':
		return true
	default:
		return '0' <= c && c <= '9' || bytes.HasPrefix(text[next:], []byte("null")) || bytes.HasPrefix(text[next:], []byte("true")) || bytes.HasPrefix(text[next:], []byte("false"))
	}
}
