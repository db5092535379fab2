package disclosure

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Numbers are integers modulo a prime: exact, unlike floating point, and bounded, unlike
// fractions. What is zero is so in fractions too, but for a chance of about one in a
// quintillion.
const prime = 1<<61 - 1

func times(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	sum := low&prime + (low>>61 | high<<3)
	if sum >= prime {
		sum -= prime
	}
	return sum
}

func add(a, b uint64) uint64 {
	if a += b; a >= prime {
		a -= prime
	}
	return a
}

func negative(a uint64) uint64 {
	if a == 0 {
		return 0
	}
	return prime - a
}

// inverse returns 1/a, which is not 0.
func inverse(a uint64) uint64 {
	out, square := uint64(1), a
	for e := uint64(prime - 2); e > 0; e >>= 1 {
		if e&1 == 1 {
			out = times(out, square)
		}
		square = times(square, square)
	}
	return out
}

// term is a variable with a factor, which is not 0.
type term struct {
	variable int32
	by       uint64
}

// vector is a sum of terms, by variable ascending.
type vector []term

// plus returns v + by·w.
func (v vector) plus(w vector, by uint64) vector {
	if len(w) == 0 || by == 0 {
		return v
	}
	out := make(vector, 0, len(v)+len(w))
	for len(v) > 0 && len(w) > 0 {
		switch a, b := v[0], w[0]; {
		case a.variable < b.variable:
			out, v = append(out, a), v[1:]
		case a.variable > b.variable:
			out, w = append(out, term{b.variable, times(b.by, by)}), w[1:]
		default:
			if sum := add(a.by, times(b.by, by)); sum != 0 {
				out = append(out, term{a.variable, sum})
			}
			v, w = v[1:], w[1:]
		}
	}
	out = append(out, v...)
	for _, b := range w {
		out = append(out, term{b.variable, times(b.by, by)})
	}
	return out
}

// of returns a variable's factor.
func (v vector) of(variable int32) uint64 {
	i, ok := slices.BinarySearchFunc(v, variable, func(t term, x int32) int { return int(t.variable) - int(x) })
	if !ok {
		return 0
	}
	return v[i].by
}

// dot returns the sum of the products of the factors.
func (v vector) dot(w vector) (sum uint64) {
	for _, t := range v {
		sum = add(sum, times(t.by, w.of(t.variable)))
	}
	return sum
}

// normal returns v divided by its first factor.
func (v vector) normal() vector {
	if len(v) == 0 || v[0].by == 1 {
		return v
	}
	return vector(nil).plus(v, inverse(v[0].by))
}

// collected returns terms in any order as a vector, in their place.
func (v vector) collected() vector {
	slices.SortFunc(v, func(a, b term) int { return cmp.Compare(a.variable, b.variable) })
	out := v[:0]
	for len(v) > 0 {
		sum := v[0]
		for v = v[1:]; len(v) > 0 && v[0].variable == sum.variable; v = v[1:] {
			sum.by = add(sum.by, v[0].by)
		}
		if sum.by != 0 {
			out = append(out, sum)
		}
	}
	return out
}

// appendKey appends the vector as bytes that no other vector has.
func (v vector) appendKey(b []byte) []byte {
	for _, t := range v {
		b = binary.LittleEndian.AppendUint32(b, uint32(t.variable))
		b = binary.LittleEndian.AppendUint64(b, t.by)
	}
	return b
}

// now returns what a vector is since some of its variables were replaced.
func (v vector) now(b *basis) vector {
	var out vector
	for _, t := range v {
		out = out.plus(b.factors[t.variable], t.by)
	}
	return out
}

// basis is a space of combinations of figures: a factor for each. At first all are free;
// each requirement takes one freedom away, and gives one figure's factor by the others'.
type basis struct {
	// factors are the figures' by the variables that are free, which have the numbers of
	// figures.
	factors []vector
	// in lists the figures whose factor has a variable.
	in []map[int]bool
	// version rises with every requirement; changed are those at which factors changed.
	version int
	changed []int
}

func newBasis(figures int) basis {
	b := basis{factors: make([]vector, figures), in: make([]map[int]bool, figures), version: 1, changed: make([]int, figures)}
	for i := range figures {
		b.factors[i], b.in[i] = vector{{int32(i), 1}}, map[int]bool{i: true}
	}
	return b
}

func (b *basis) factor(figure int) vector { return b.factors[figure] }

// require leaves the combinations for which v, in free variables, is zero.
func (b *basis) require(v vector) {
	if len(v) == 0 {
		return
	}
	b.version++
	at := slices.MinFunc(v, func(x, y term) int { return len(b.in[x.variable]) - len(b.in[y.variable]) }).variable
	instead := v.plus(vector{{at, v.of(at)}}, prime-1) // v without it
	instead = vector(nil).plus(instead, negative(inverse(v.of(at))))
	figures := b.in[at]
	b.in[at] = nil
	for f := range figures {
		b.changed[f] = b.version
		by := b.factors[f].of(at)
		b.factors[f] = b.factors[f].plus(vector{{at, by}}, prime-1).plus(instead, by)
		for _, t := range instead {
			if b.factors[f].of(t.variable) != 0 {
				b.in[t.variable][f] = true
			} else {
				delete(b.in[t.variable], f)
			}
		}
	}
}

// figuresOf returns the figures whose factors have some of the variables, ascending.
func (b *basis) figuresOf(variables map[int32]bool) (out []int) {
	for v := range variables {
		for f := range b.in[v] {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
