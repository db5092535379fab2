package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/english"
)

// told is something to be told of the input at a Seq.
type told[T any] struct {
	seq  int64
	what T
}

// inOrder returns what is told in the order of the input.
func inOrder[T any](list []told[T]) []T {
	sorted := slices.SortedStableFunc(slices.Values(list), func(a, b told[T]) int { return cmp.Compare(a.seq, b.seq) })
	out := make([]T, len(sorted))
	for i, t := range sorted {
		out[i] = t.what
	}
	return out
}

// kept holds the first of many in the order of the input, and their number.
type kept[T any] struct {
	first []told[T]
	total int64
	last  int64 // the Seq of the last that is kept, once there are maxKept
}

func (k *kept[T]) full() bool { return len(k.first) >= maxKept }

// add adds what comes after all that was added before.
func (k *kept[T]) add(seq int64, what T) {
	if k.total++; !k.full() {
		k.first = append(k.first, told[T]{seq, what})
	}
}

// addAll adds what another has kept, and counts what it has not. Blocks are decoded in
// any order: what is kept does not depend on it.
func (k *kept[T]) addAll(other *kept[T]) {
	k.total += other.total
	had := len(k.first)
	for _, t := range other.first {
		if had < maxKept || t.seq < k.last {
			k.first = append(k.first, t)
		}
	}
	if len(k.first) >= maxKept && len(k.first) > had {
		slices.SortStableFunc(k.first, func(a, b told[T]) int { return cmp.Compare(a.seq, b.seq) })
		clear(k.first[maxKept:])
		k.first = k.first[:maxKept]
		k.last = k.first[maxKept-1].seq
	}
}

func (k *kept[T]) reset() {
	clear(k.first)
	k.first, k.total, k.last = k.first[:0], 0, 0
}

func (k *kept[T]) sorted() []T { return inOrder(k.first) }

// maxKinds is how many kinds of warning are told.
const maxKinds = 1000

// warnings are warnings by their kind, of each the first and their number.
type warnings struct {
	kinds map[string]int
	first []told[Warning]
	more  int64 // of other kinds
}

// add adds a warning.
func (w *warnings) add(seq int64, warning Warning) {
	kind := warning.kind()
	i, ok := w.kinds[kind]
	switch {
	case ok:
		first := &w.first[i]
		count := max(first.what.Count, 1) + max(warning.Count, 1)
		if seq < first.seq {
			*first = told[Warning]{seq, warning}
		}
		first.what.Count = count
	case len(w.first) == maxKinds:
		w.more++
	default:
		if w.kinds == nil {
			w.kinds = map[string]int{}
		}
		w.kinds[kind] = len(w.first)
		w.first = append(w.first, told[Warning]{seq, warning})
	}
}

// addAll adds what a decoder has kept.
func (w *warnings) addAll(k *kept[Warning]) {
	for _, t := range k.first {
		w.add(t.seq, t.what)
	}
	w.more += k.total - int64(len(k.first))
}

func (w *warnings) sorted() []Warning {
	out := inOrder(w.first)
	if w.more > 0 {
		out = append(out, Warning{Reason: fmt.Sprintf("%s more", english.Count(w.more, "warning", "warnings"))})
	}
	return out
}

// GroupWarnings returns of warnings that are alike the first, with their number.
func GroupWarnings(list []Warning) []Warning {
	var groups warnings
	for i, w := range list {
		groups.add(int64(i), w)
	}
	return groups.sorted()
}

// kind is the reason without what differs among warnings that are alike: numbers
// and quoted text.
func (w Warning) kind() string {
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
