package query

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// maxBy is how many dimensions rows can have: three grains, an entity, the tool, and the
// mode with what is read off it and the language.
const maxBy = 9

// rowKey is a row's coordinates on the dimensions of its selection, in their order;
// what follows them is 0. A coordinate is a number that the dimension gives a meaning:
// a day, an entity of the directory, an account, a value of the dictionary, or a place
// in metric.Surfaces or metric.Initiators.
type rowKey [maxBy]int64

// none is the coordinate of rows that lie outside all values of a dimension, others of
// rows whose values are not told.
const (
	none   = math.MinInt64
	others = none + 1
)

// lacking reports whether one of the first n coordinates is none.
func (k *rowKey) lacking(n int) bool { return slices.Contains(k[:n], none) }

// project returns the key's coordinates on some of its dimensions.
func (k *rowKey) project(by, onto []string) rowKey { return k.at(places(by, onto)) }

// places are where dimensions are among others.
func places(by, of []string) (out []int) {
	for _, dim := range of {
		out = append(out, slices.Index(by, dim))
	}
	return out
}

// at returns the key's coordinates at some places.
func (k *rowKey) at(places []int) (out rowKey) {
	for i, place := range places {
		out[i] = k[place]
	}
	return out
}

// expand returns the key with none on the dimensions that it has no coordinate on.
func (k *rowKey) expand(from, by []string) (out rowKey) {
	for i, dim := range by {
		out[i] = none
		if j := slices.Index(from, dim); j >= 0 {
			out[i] = k[j]
		}
	}
	return out
}

// number is an integer, or unknown: then n is 0.
type number struct {
	n     int64
	known bool
}

// plus adds what is known; unknown only if both are.
func plus(a, b number) number { return number{a.n + b.n, a.known || b.known} }

// minus subtracts what is known of b; unknown if a is.
func minus(a, b number) number {
	if !a.known {
		return number{}
	}
	return number{a.n - b.n, true}
}

// each applies f to the numbers of x and y, one by one; y may be shorter.
func each(x, y []number, f func(a, b number) number) []number {
	out := make([]number, len(x))
	for i := range x {
		var b number
		if i < len(y) {
			b = y[i]
		}
		out[i] = f(x[i], b)
	}
	return out
}

// sums are rows of a measure: a number for each of its counters. What a breakdown lacks
// is worked out for each by itself, as one may be known and the other not.
type sums map[rowKey][]number

// add adds numbers to a row. Nobody else has the row's own.
func (s sums) add(k rowKey, n []number) {
	have := s[k]
	if len(have) != len(n) {
		s[k] = each(n, have, plus)
		return
	}
	for i := range n {
		have[i] = plus(n[i], have[i])
	}
}

// figure is a value of an answer.
type figure struct {
	kind    figureKind
	integer int64
	real    float64
}

type figureKind uint8

const (
	unknown figureKind = iota
	integer
	real
)

func integerFigure(n number) figure {
	if !n.known {
		return figure{}
	}
	return figure{kind: integer, integer: n.n}
}

// scaled returns what a number is in units of which each has scale of it.
func scaled(n number, scale int64) figure {
	if !n.known || scale == 1 {
		return integerFigure(n)
	}
	return figure{kind: real, real: float64(n.n) / float64(scale)}
}

// quotient divides; unknown and zero divide nothing.
func quotient(num number, numScale int64, den number, denScale int64) figure {
	if !num.known || !den.known || den.n == 0 {
		return figure{}
	}
	return figure{kind: real, real: float64(num.n) / float64(den.n) * (float64(denScale) / float64(numScale))}
}

// times returns the figure multiplied.
func (f figure) times(n int64) figure {
	f.real *= float64(n)
	return f
}

// zero reports whether the figure says nothing, or nothing but zero.
func (f *figure) zero() bool { return f.integer == 0 && f.real == 0 }

// cell returns the figure as a cell of a Result.
func (f *figure) cell() any {
	switch f.kind {
	case integer:
		return f.integer
	case real:
		return f.real
	}
	return nil
}

// userName is how rows name an account, and its id.
type userName struct{ name, id string }

// names gives coordinates their names.
type names struct {
	dictionary *cube.Dictionary
	users      map[int32]userName
	// numeric are the dimensions whose coordinates are in the order of answers.
	numeric map[string]bool
	mask    *Mask
}

func newNames(d *cube.Dictionary, mask *Mask) names {
	return names{d, map[int32]userName{}, map[string]bool{"day": true, "week": true, "month": true, "organization": true, "team": true}, mask}
}

// cell returns what an answer has for a coordinate: nil for none, a string, or an
// entity's number.
func (n *names) cell(dim string, at int64) any {
	switch {
	case at == none:
		return nil
	case at == others:
		return n.mask.Others()
	case dim == "organization" || dim == "team":
		return at
	case n.numeric[dim]:
		return day.Day(at).String()
	}
	return n.name(dim, at)
}

// name returns the name of a coordinate on a dimension that has names.
func (n *names) name(dim string, at int64) string {
	switch dim {
	case "user":
		return n.users[int32(at)].name
	case "surface":
		return metric.Surfaces[at]
	case "initiator":
		return metric.Initiators[at]
	}
	return n.dictionary.Name(int32(at))
}

// compare orders coordinates: days and entities by number, others by name, people of
// one name by id, none last.
func (n *names) compare(dim string, x, y int64) int {
	switch {
	case x == y:
		return 0
	case x == none || y == none:
		return cmp.Compare(y, x)
	case x == others || y == others: // last but for what has no value
		return cmp.Compare(y, x)
	case n.numeric[dim]:
		return cmp.Compare(x, y)
	}
	c := strings.Compare(n.name(dim, x), n.name(dim, y))
	if c == 0 && dim == "user" {
		c = strings.Compare(n.users[int32(x)].id, n.users[int32(y)].id)
	}
	return cmp.Or(c, cmp.Compare(x, y))
}
