package report

import (
	"bytes"
	"hash/maphash"
)

// members is the state of walking through one object's members.
type members struct {
	// row is the row being read, nil for records.
	row *Row
	// modelled are the fields decoded; stop those that end the walk because
	// they tell another kind of object; omit those that are left out.
	modelled, stop, omit fields
	// extra takes all members that are not decoded.
	extra *runs[byte]
	// next is, per field, the one that followed it last time: reports repeat
	// the order of their members.
	next *[numFields]field

	prev field
	// seen are the fields met, kept those whose last occurrence is in extra.
	seen, kept fields
	// repeated says that a name may have occurred twice.
	repeated bool
	hashes   [64]uint64
	names    int
}

// start makes m ready for another object.
func (m *members) start(modelled, stop fields) {
	m.modelled, m.stop = modelled, stop
	m.prev, m.seen, m.kept, m.repeated, m.names = fUnknown, 0, 0, false, 0
}

// object walks through the object that comes next.
func (d *decoder) object(m *members) {
	for first := d.sc.open('{'); d.sc.more('}', first); first = false {
		if !d.member(m) {
			return
		}
		if m.modelled.has(firstCounter) {
			d.counters(m)
		}
	}
	if m.repeated && d.sc.ok() {
		d.dedupe(m)
	}
}

// counters reads the counters that follow where they are expected and plainly
// written, as nearly all are, and stops before the first that is not.
func (d *decoder) counters(m *members) {
	c := &d.rec.Totals
	if m.row != nil {
		c = &m.row.Counters
	}
	sc := &d.sc
	for {
		f := m.next[m.prev]
		if f > lastCounter || m.seen.has(f) {
			return
		}
		rest, q := sc.data[sc.pos:], quoted[f]
		if len(rest) <= len(q) || rest[0] != ',' || string(rest[1:1+len(q)]) != q {
			return
		}
		n, end := plainCount(rest, 1+len(q))
		if end == 0 {
			return
		}
		c.Set(int(f), n)
		m.seen |= 1 << f
		m.prev = f
		sc.pos += end
	}
}

// plainCount reads the digits at byte i, too few for more than maxCount, that a
// comma or a brace follows, and returns where they end; 0 if something else is there.
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

// member reads one member and reports whether to go on.
func (d *decoder) member(m *members) bool {
	f, name := d.name(m)
	if !d.sc.ok() {
		return false
	}
	if m.stop.has(f) {
		d.stopped = true
		return false
	}
	c := d.sc.peek()
	start, keep := d.sc.pos, true
	switch {
	case !m.modelled.has(f):
		d.sc.skip()
	case c == 'n':
		d.sc.literal("null")
		d.clear(m, f)
	case m.row != nil:
		keep = d.rowValue(m.row, f)
	default:
		keep = d.value(f)
	}
	if !d.sc.ok() || d.rejection != "" {
		return false
	}
	m.prev = f
	m.note(f, name, keep)
	if keep && !m.omit.has(f) {
		d.keep(m.extra, f, name, d.sc.data[start:d.sc.pos])
	}
	return d.rejection == ""
}

// name reads the member's name and returns its field; of an unknown one also
// the name as it stands between the quotes.
func (d *decoder) name(m *members) (field, []byte) {
	sc := &d.sc
	if sc.peek() == '"' {
		guess := m.next[m.prev]
		if q := quoted[guess]; len(sc.data)-sc.pos >= len(q) && string(sc.data[sc.pos:sc.pos+len(q)]) == q {
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
	f := lookup(plain)
	m.next[m.prev] = f
	if f == fUnknown {
		d.unknown(m, plain)
	}
	return f, name
}

// unknown remembers the name of an unknown member.
func (d *decoder) unknown(m *members, name []byte) {
	if m.names++; m.names > maxUnknown {
		d.refuse("more than %d unknown members", maxUnknown)
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

// note records that the field was met and where it went.
func (m *members) note(f field, name []byte, keep bool) {
	if f == fUnknown {
		return
	}
	m.repeated = m.repeated || m.seen.has(f)
	m.seen |= 1 << f
	if keep {
		m.kept |= 1 << f
	} else {
		m.kept &^= 1 << f
	}
}

// keep adds a member to extra.
func (d *decoder) keep(extra *runs[byte], f field, name, raw []byte) {
	if d.kept += len(raw); d.kept > maxKeptBytes {
		d.refuse("more than %d KiB of unrecognised members", maxKeptBytes>>10)
		return
	}
	if extra.len() > 0 {
		extra.append(',')
	}
	if f != fUnknown {
		appendString(extra, quoted[f])
	} else {
		extra.append('"')
		extra.append(name...)
		extra.append('"', ':')
	}
	if d.pretty && bytes.IndexByte(raw, '\n') >= 0 {
		d.scratch = compact(d.scratch[:0], raw)
		raw = d.scratch
	}
	extra.append(raw...)
}

func appendString(r *runs[byte], s string) {
	r.grow(len(s))
	r.chunks[r.at] = append(r.chunks[r.at], s...)
}

// compact appends valid JSON without the white space between its tokens, so
// that text from many lines fits on one.
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

// dedupe leaves of every name in m's extra the last occurrence, and none of a
// field whose last occurrence was decoded.
func (d *decoder) dedupe(m *members) {
	run := m.extra.run()
	last := map[string]int{}
	eachMember(run, func(e extraMember) { last[string(e.name)] = e.at })
	var out []byte
	eachMember(run, func(e extraMember) {
		f := lookup(e.name)
		if last[string(e.name)] != e.at || m.modelled.has(f) && !m.kept.has(f) {
			return
		}
		out = appendMember(out, e.text)
	})
	m.extra.cut(0)
	m.extra.append(out...)
}

// extraMember is one member of an Extra: where it begins, its plain name, its
// value and the whole text.
type extraMember struct {
	at                int
	name, value, text []byte
}

// eachMember calls f for every member of an Extra. It reports whether extra was
// comma-separated members throughout.
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
