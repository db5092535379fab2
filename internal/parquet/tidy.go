package parquet

import "bytes"

// tidy appends a line of DuckDB's JSON, which is well formed and without blanks
// between values, to dst: without members that are null or not a number, and
// with integers that a column of floats made 5.0 as 5.
func tidy(dst, line []byte) []byte {
	t := tidier{in: line}
	return t.value(dst)
}

type tidier struct {
	in []byte
	at int
}

func (t *tidier) value(dst []byte) []byte {
	if t.at >= len(t.in) {
		return dst
	}
	switch t.in[t.at] {
	case '{':
		return t.object(dst)
	case '[':
		return t.list(dst)
	case '"':
		return append(dst, t.text()...)
	}
	return append(dst, t.word()...)
}

func (t *tidier) object(dst []byte) []byte {
	dst = append(dst, '{')
	t.at++
	first := true
	for t.more('}') {
		before := len(dst)
		if !first {
			dst = append(dst, ',')
		}
		dst = append(append(dst, t.text()...), ':')
		t.at++ // the colon
		start := len(dst)
		if dst = t.value(dst); string(dst[start:]) == "null" {
			dst = dst[:before]
			continue
		}
		first = false
	}
	return append(dst, '}')
}

func (t *tidier) list(dst []byte) []byte {
	dst = append(dst, '[')
	t.at++
	for first := true; t.more(']'); first = false {
		if !first {
			dst = append(dst, ',')
		}
		dst = t.value(dst)
	}
	return append(dst, ']')
}

// more steps over a comma, or over the end, which it reports.
func (t *tidier) more(end byte) bool {
	if t.at < len(t.in) && t.in[t.at] == ',' {
		t.at++
		return true
	}
	if t.at >= len(t.in) || t.in[t.at] == end {
		t.at++
		return false
	}
	return true
}

// text returns the string that begins here, with its quotes.
func (t *tidier) text() []byte {
	start := t.at
	t.at++
	for t.at < len(t.in) && t.in[t.at] != '"' {
		if t.in[t.at] == '\\' {
			t.at++
		}
		t.at++
	}
	t.at = min(t.at+1, len(t.in))
	return t.in[start:t.at]
}

// word returns the number, true, false or null that begins here.
func (t *tidier) word() []byte {
	start := t.at
	for t.at < len(t.in) && t.in[t.at] != ',' && t.in[t.at] != ']' && t.in[t.at] != '}' {
		t.at++
	}
	w := t.in[start:t.at]
	switch {
	case string(w) == "true" || string(w) == "false":
		return w
	case len(w) == 0 || !digit(w[len(w)-1]): // null, NaN, -Infinity
		return []byte("null")
	}
	return bytes.TrimSuffix(w, []byte(".0"))
}

func digit(b byte) bool { return '0' <= b && b <= '9' }
