package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"codegauge/internal/english"
)

// prose is text other than JSON at the beginning of a source, such as a README beside
// reports or the error page of a failed download.
type prose struct {
	// head is how it begins, at line and seq; nil if there is none or it was reported.
	head []byte
	line int
	seq  int64
	// lines counts the lines that are not blank. inLine is set while the text continues
	// a line that is counted already.
	lines  int
	inLine bool
	// kind describes it once it was reported.
	kind string
}

// maxProseHead is how many bytes of a text are inspected to tell what it is.
const maxProseHead = 4 << 10

// beginProse continues with text other than JSON: a CSV list of seats or prose.
func (s *source) beginProse() {
	s.fill(maxProseHead)
	if s.beginSeatCSV() {
		return
	}
	s.prose = prose{head: bytes.Clone(s.text()[:min(maxProseHead, len(s.text()))]), line: s.line, seq: s.baseSeq}
	if bytes.IndexByte(s.prose.head, 0) >= 0 { // a line of it that begins with a brace is none
		s.rejectUnrelated(s.baseSeq, newRejection(s.name, s.line, s.prose.head, "not text"))
		s.prose.head = nil
		s.discardRest()
		return
	}
	s.step = (*source).skipProse
}

// skipProse skips lines up to one that begins like JSON.
func (s *source) skipProse() *block {
	for len(s.text()) > 0 {
		if !s.prose.inLine {
			s.advance(skipBlank(s.text(), 0))
			switch text := s.text(); {
			case len(text) == 0:
				return nil
			case text[0] == '[' && !s.eof && len(bytes.TrimSpace(text[1:])) == 0 && len(text) < joinLimit:
				s.readMore()
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
		s.advance(n)
	}
	return nil
}

// endProse reports the prose, if any, as one rejection.
func (s *source) endProse() {
	p := &s.prose
	if p.head == nil {
		return
	}
	reason := "not a JSON object"
	if p.lines > 1 {
		reason = fmt.Sprintf("%s not JSON", english.Count(p.lines, "line is", "lines are"))
	}
	r := newRejection(s.name, p.line, p.head, reason)
	p.kind = textKind(p.head)
	if what := markup(p.head); what != "" {
		r.Reason = what
		s.reject(p.seq, r)
	} else {
		s.rejectUnrelated(p.seq, r)
	}
	p.head = nil
}

// describeNonReport describes a source that has nothing of a report in it.
func (s *source) describeNonReport() string {
	switch {
	case s.prose.kind != "":
		return s.prose.kind
	case len(s.unrelated.items) > 0:
		return s.unrelated.sorted()[0].Reason
	case !s.hasText:
		return "empty"
	}
	return "no records in the file"
}

var errorCode = regexp.MustCompile(`<Code>([A-Za-z]{1,60})</Code>`)

// markup describes HTML or XML that was downloaded instead of a report, "" for any other
// text.
func markup(start []byte) string {
	if start[0] != '<' {
		return ""
	}
	if code := errorCode.FindSubmatch(start); code != nil {
		return fmt.Sprintf("the error page of a failed download (%s), not a report: links expire, so request new ones from GitHub and download again", code[1])
	}
	return "HTML or XML, not a report: probably the response of an expired link or a sign-in page; download the report again"
}

// csvFiles describes GitHub's CSV files that people mistake for reports, by how their
// first line begins in lower case.
var csvFiles = map[string]string{
	"date,product,sku,":                           "GitHub's CSV report of billed usage has no lines of code: import the usage metrics reports instead",
	"date,username,product,sku,":                  "GitHub's CSV report of billed usage has no lines of code: import the usage metrics reports instead",
	"usage_at,username,product,sku,":              "GitHub's CSV report of billed usage has no lines of code: import the usage metrics reports instead",
	"timestamp,user,model,requests used,exceeds ": "GitHub's CSV report of premium requests has no lines of code: import the usage metrics reports instead",
}

// textKind describes a text that is not a report.
func textKind(start []byte) string {
	head, _, _ := bytes.Cut(start, newline)
	line := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(string(head), string(byteOrderMark)), `"`, ""))
	for begins, what := range csvFiles {
		if strings.HasPrefix(line, begins) {
			return what
		}
	}
	switch {
	case peopleHead.MatchString(line):
		return PeopleList
	case csvHead.MatchString(strings.TrimSpace(line)):
		return "CSV cannot be imported: use NDJSON or JSON"
	case !utf8.Valid(start[:max(0, len(start)-utf8.UTFMax)]):
		return "not UTF-8 text"
	}
	return "text"
}

// PeopleList is what FileStat.NotReport says of a list of people.
const PeopleList = "a CSV list of people: import it under Settings, Identities, or with codegauge people import"

// peopleHead matches the columns of a list of people.
var peopleHead = regexp.MustCompile(`(^|,)\s*(github_login|github_user_id)\s*(,|$)`)

// csvHead matches a line of at least two column names separated by commas.
var csvHead = regexp.MustCompile(`^[a-z][\w .()/-]{0,60}(,[a-z][\w .()/-]{0,60})+$`)

// beginsList reports whether text, which begins with a bracket, may be a JSON list, even
// an invalid one. Markdown may begin with a bracket too.
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
