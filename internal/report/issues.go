package report

import (
	"cmp"
	"slices"
	"strings"

	"codegauge/internal/english"
)

// sequenced is a value found in the input at a Seq.
type sequenced[T any] struct {
	seq   int64
	value T
}

// sortBySeq returns the values in the order of the input.
func sortBySeq[T any](list []sequenced[T]) []T {
	sorted := slices.SortedStableFunc(slices.Values(list), func(a, b sequenced[T]) int { return cmp.Compare(a.seq, b.seq) })
	out := make([]T, len(sorted))
	for i, t := range sorted {
		out[i] = t.value
	}
	return out
}

// cappedList holds the first maxListed values in the order of the input, and counts all.
type cappedList[T any] struct {
	items   []sequenced[T]
	total   int64
	lastSeq int64 // of the last item, once there are maxListed
}

func (k *cappedList[T]) full() bool { return len(k.items) >= maxListed }

// add adds a value that follows all those added before.
func (k *cappedList[T]) add(seq int64, what T) {
	if k.total++; !k.full() {
		k.items = append(k.items, sequenced[T]{seq, what})
	}
}

// addAll adds the items of another list, and its total. Blocks are decoded in any order;
// the result does not depend on it.
func (k *cappedList[T]) addAll(other *cappedList[T]) {
	k.total += other.total
	had := len(k.items)
	for _, t := range other.items {
		if had < maxListed || t.seq < k.lastSeq {
			k.items = append(k.items, t)
		}
	}
	if len(k.items) >= maxListed && len(k.items) > had {
		slices.SortStableFunc(k.items, func(a, b sequenced[T]) int { return cmp.Compare(a.seq, b.seq) })
		clear(k.items[maxListed:])
		k.items = k.items[:maxListed]
		k.lastSeq = k.items[maxListed-1].seq
	}
}

// insert adds a value at any position.
func (k *cappedList[T]) insert(seq int64, value T) {
	k.addAll(&cappedList[T]{items: []sequenced[T]{{seq, value}}, total: 1})
}

func (k *cappedList[T]) reset() {
	clear(k.items)
	k.items, k.total, k.lastSeq = k.items[:0], 0, 0
}

func (k *cappedList[T]) sorted() []T { return sortBySeq(k.items) }

// maxWarningGroups is the most different warnings that are listed.
const maxWarningGroups = 1000

// warningGroups groups warnings by pattern, and keeps of each group the first and the
// number.
type warningGroups struct {
	byPattern map[string]int
	first     []sequenced[Warning]
	omitted   int64 // of patterns beyond maxWarningGroups
}

// add adds a warning.
func (w *warningGroups) add(seq int64, warning Warning) {
	kind := warning.pattern()
	i, ok := w.byPattern[kind]
	switch {
	case ok:
		first := &w.first[i]
		count := max(first.value.Count, 1) + max(warning.Count, 1)
		if seq < first.seq {
			*first = sequenced[Warning]{seq, warning}
		}
		first.value.Count = count
	case len(w.first) == maxWarningGroups:
		w.omitted++
	default:
		if w.byPattern == nil {
			w.byPattern = map[string]int{}
		}
		w.byPattern[kind] = len(w.first)
		w.first = append(w.first, sequenced[Warning]{seq, warning})
	}
}

// addAll adds the warnings of a block.
func (w *warningGroups) addAll(k *cappedList[Warning]) {
	for _, t := range k.items {
		w.add(t.seq, t.value)
	}
	w.omitted += k.total - int64(len(k.items))
}

func (w *warningGroups) sorted() []Warning {
	out := sortBySeq(w.first)
	if w.omitted > 0 {
		out = append(out, Warning{Reason: english.Count(w.omitted, "more warning", "more warnings")})
	}
	return out
}

// GroupWarnings returns one warning for those that differ only in numbers and quoted
// text: the first, with their Count.
func GroupWarnings(list []Warning) []Warning {
	var groups warningGroups
	for i, w := range list {
		groups.add(int64(i), w)
	}
	return groups.sorted()
}

// pattern returns the reason without digits and quoted text.
func (w Warning) pattern() string {
	var b strings.Builder
	quoted := false
	last := byte(0)
	for i := range len(w.Reason) {
		c := w.Reason[i]
		switch {
		case c == '"' && last != '\\':
			quoted = !quoted
		case quoted || '0' <= c && c <= '9':
		default:
			b.WriteByte(c)
		}
		last = c
	}
	return b.String()
}
