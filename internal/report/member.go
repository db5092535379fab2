package report

import (
	"bytes"
	"hash/maphash"
)

// memberWalk is the state of decoding one object's members.
type memberWalk struct {
	// row is the row being decoded, nil if it is a record.
	row *Row
	// decoded are the fields to decode; all others go to extra, except those in omit.
	// A field in stop ends the walk, as the object is of another kind.
	decoded, stop, omit fields
	// extra receives the members that are not decoded.
	extra *runs[byte]
	// followedBy is the field that followed each field last time, to predict the next:
	// reports repeat the order of their members.
	followedBy *[numFields]field

	prev field
	// seen are the fields met so far, inExtra those whose last occurrence is in extra.
	seen, inExtra fields
	// repeated is set if a name may have occurred twice.
	repeated bool
	hashes   [64]uint64 // of the first unknown names
	names    int        // the number of unknown members
}

// start makes m ready for another object.
func (m *memberWalk) start(decoded, stop fields) {
	m.decoded, m.stop = decoded, stop
	m.prev, m.seen, m.inExtra, m.repeated, m.names = fUnknown, 0, 0, false, 0
}

// decodeMembers decodes the object that comes next.
func (d *decoder) decodeMembers(m *memberWalk) {
	for first := d.sc.open('{'); d.sc.more('}', first); first = false {
		if !d.decodeMember(m) {
			return
		}
		if m.decoded.has(firstCounter) {
			d.decodeCounters(m)
		}
	}
	if m.repeated && d.sc.ok() {
		d.dedupe(m)
	}
}

// decodeCounters is the fast path for counters: it reads those that follow in the
// predicted order as plain digits, as nearly all do, and stops before the first that
// does not.
func (d *decoder) decodeCounters(m *memberWalk) {
	c := &d.rec.Totals
	if m.row != nil {
		c = &m.row.Counters
	}
	sc := &d.sc
	for {
		f := m.followedBy[m.prev]
		if f > lastCounter || m.seen.has(f) {
			return
		}
		text, name := sc.data[sc.pos:], quotedNames[f]
		if len(text) <= len(name) || text[0] != ',' || string(text[1:1+len(name)]) != name {
			return
		}
		n, end := plainCount(text, 1+len(name))
		if end == 0 {
			return
		}
		c.Set(int(f), n)
		m.seen |= 1 << f
		m.prev = f
		sc.pos += end
	}
}

// plainCount reads a number of at most 12 digits at byte i, which cannot exceed maxCount,
// and returns where it ends; 0 if the text is anything but digits before a comma or a
// closing brace.
func plainCount(text []byte, i int) (n int64, end int) {
	start := i
	for i < len(text) && text[i]-'0' <= 9 {
		n = n*10 + int64(text[i]-'0')
		i++
	}
	digits := i - start
	if i == len(text) || digits == 0 || digits > 12 || digits > 1 && text[start] == '0' {
		return 0, 0
	}
	if c := text[i]; c != ',' && c != '}' {
		return 0, 0
	}
	return n, i
}

// decodeMember decodes one member and reports whether to continue.
func (d *decoder) decodeMember(m *memberWalk) bool {
	f, name := d.readName(m)
	if !d.sc.ok() {
		return false
	}
	if m.stop.has(f) {
		d.otherKind = true
		return false
	}
	c := d.sc.peek()
	start, toExtra := d.sc.pos, true
	switch {
	case !m.decoded.has(f):
		d.sc.skip()
	case c == 'n':
		d.sc.literal("null")
		d.clearField(m, f)
	case m.row != nil:
		toExtra = d.decodeRowValue(m.row, f)
	default:
		toExtra = d.decodeValue(f)
	}
	if !d.sc.ok() || d.rejection != "" {
		return false
	}
	m.prev = f
	m.markSeen(f, name, toExtra)
	if toExtra && !m.omit.has(f) {
		d.appendExtra(m.extra, f, name, d.sc.data[start:d.sc.pos])
	}
	return d.rejection == ""
}

// readName reads the member's name and returns its field, fUnknown for other names. The
// name, as it stands between the quotes, is nil if the field was predicted.
func (d *decoder) readName(m *memberWalk) (field, []byte) {
	sc := &d.sc
	if sc.peek() == '"' {
		guess := m.followedBy[m.prev]
		if q := quotedNames[guess]; len(sc.data)-sc.pos >= len(q) && string(sc.data[sc.pos:sc.pos+len(q)]) == q {
			sc.pos += len(q)
			return guess, nil
		}
	}
	name, escaped := sc.key()
	if !sc.ok() {
		return fUnknown, nil
	}
	plain := name
	if escaped {
		d.scratch = unescape(d.scratch[:0], name)
		plain = d.scratch
	}
	f := fieldNamed(plain)
	m.followedBy[m.prev] = f
	if f == fUnknown {
		d.noteUnknown(m, plain)
	}
	return f, name
}

// noteUnknown counts an unknown member and checks whether its name may be repeated.
func (d *decoder) noteUnknown(m *memberWalk, name []byte) {
	if m.names++; m.names > maxUnknown {
		d.rejectRecord("more than %d unknown members", maxUnknown)
	}
	if m.names > len(m.hashes) {
		m.repeated = true
		return
	}
	h := maphash.Bytes(nameSeed, name)
	for _, other := range m.hashes[:m.names-1] {
		m.repeated = m.repeated || other == h
	}
	m.hashes[m.names-1] = h
}

// markSeen notes that the field was met, and whether it went to extra.
func (m *memberWalk) markSeen(f field, name []byte, toExtra bool) {
	if f == fUnknown {
		return
	}
	m.repeated = m.repeated || m.seen.has(f)
	m.seen |= 1 << f
	if toExtra {
		m.inExtra |= 1 << f
	} else {
		m.inExtra &^= 1 << f
	}
}

// appendExtra appends a member to extra.
func (d *decoder) appendExtra(extra *runs[byte], f field, name, raw []byte) {
	if d.extraBytes += len(raw); d.extraBytes > maxKeptBytes {
		d.rejectRecord("more than %d KiB of unrecognised members", maxKeptBytes>>10)
		return
	}
	if extra.len() > 0 {
		extra.append(',')
	}
	if f != fUnknown {
		appendString(extra, quotedNames[f])
	} else {
		extra.append('"')
		extra.append(name...)
		extra.append('"', ':')
	}
	if d.multiline && bytes.IndexByte(raw, '\n') >= 0 {
		d.scratch = compact(d.scratch[:0], raw)
		raw = d.scratch
	}
	extra.append(raw...)
}

func appendString(r *runs[byte], s string) {
	r.grow(len(s))
	r.chunks[r.at] = append(r.chunks[r.at], s...)
}

// compact appends valid JSON without white space between tokens, which puts it on one
// line.
func compact(dst, raw []byte) []byte {
	inString := false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '"':
			inString = !inString
		case c == '\\':
			dst = append(dst, c)
			i++
			c = raw[i]
		case !inString && c <= ' ':
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// dedupe removes from m's extra all but the last member of each name, and all members of
// a field whose last occurrence was decoded.
func (d *decoder) dedupe(m *memberWalk) {
	run := m.extra.openRun()
	last := map[string]int{}
	eachMember(run, func(e extraMember) { last[string(e.name)] = e.at })
	var out []byte
	eachMember(run, func(e extraMember) {
		f := fieldNamed(e.name)
		if last[string(e.name)] != e.at || m.decoded.has(f) && !m.inExtra.has(f) {
			return
		}
		out = appendMember(out, e.text)
	})
	m.extra.truncate(0)
	m.extra.append(out...)
}

// extraMember is one member of an Extra: its offset, unescaped name, raw value, and text.
type extraMember struct {
	at                int
	name, value, text []byte
}

// eachMember calls f for every member of an Extra, and reports whether extra is nothing
// but comma-separated members.
func eachMember(extra []byte, f func(extraMember)) bool {
	sc := scanner{data: extra}
	for {
		sc.space()
		at := sc.pos
		name, escaped := sc.key()
		value := sc.skip()
		if !sc.ok() {
			return false
		}
		if escaped {
			name = unescape(nil, name)
		}
		f(extraMember{at, name, value, extra[at:sc.pos]})
		if sc.peek() != ',' {
			return sc.pos == len(extra)
		}
		sc.pos++
	}
}

// appendMember appends a member to comma-separated ones.
func appendMember(dst, member []byte) []byte {
	if len(dst) > 0 {
		dst = append(dst, ',')
	}
	return append(dst, member...)
}
