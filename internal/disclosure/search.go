package disclosure

import (
	"encoding/binary"
	"slices"
)

// matrix is combinations, a basis of them, by what they are about: a row for each
// combination, in reduced form, so that each has a column of its own (its pivot) that no
// other has.
type matrix struct {
	columns   []*column
	given     []row // not yet reduced
	rows      []row
	variables map[int32]bool
	// figures are those that could be suppressed and whose factors have one of the
	// variables; factors are theirs.
	figures []int
	factors map[int]vector
	// owned lists the rows whose pivot has a person, tries how many sets of people were
	// looked at.
	owned map[uint32][]int
	at    map[int32][]int // rows by column
	tries int
}

type row struct {
	// values are by the number of the column, combination by variable.
	values, combination vector
	pivot               int32
}

func newMatrix(columns []*column, s *System) *matrix {
	m := &matrix{columns: columns, variables: map[int32]bool{}, owned: map[uint32][]int{}, at: map[int32][]int{}}
	byVariable := map[int32]vector{}
	for i, col := range columns {
		for _, t := range col.factor {
			byVariable[t.variable] = append(byVariable[t.variable], term{int32(i), t.by})
			m.variables[t.variable] = true
		}
	}
	var order []int32
	for v := range m.variables {
		order = append(order, v)
	}
	slices.Sort(order)
	for _, v := range order {
		m.given = append(m.given, row{values: byVariable[v], combination: vector{{v, 1}}})
	}
	m.factors = map[int]vector{}
	for _, f := range s.basis.figuresOf(m.variables) {
		if !s.figures[f].Fixed && !s.figures[f].suppressed {
			m.figures = append(m.figures, f)
			m.factors[f] = s.basis.factor(f)
		}
	}
	return m
}

// maxTerms bounds how many factors a matrix may have on the way to its reduced form.
const maxTerms = 200_000

// reduceAll brings the matrix into its reduced form. It reports false if that is too large.
func (m *matrix) reduceAll() bool {
	for _, r := range m.given {
		m.reduce(r)
		terms := 0
		for i := range m.rows {
			terms += len(m.rows[i].values)
		}
		if terms > maxTerms {
			return false
		}
	}
	for i := range m.rows {
		r := &m.rows[i]
		for _, p := range m.pivot(i) {
			m.owned[p] = append(m.owned[p], i)
		}
		for _, t := range r.values {
			m.at[t.variable] = append(m.at[t.variable], i)
		}
	}
	return true
}

// reduce adds a row, and takes its pivot out of the others.
func (m *matrix) reduce(r row) {
	for i := range m.rows {
		if by := r.values.of(m.rows[i].pivot); by != 0 {
			r = r.plus(m.rows[i], negative(by))
		}
	}
	if len(r.values) == 0 {
		return
	}
	first := r.values[0]
	r = row{}.plus(r, inverse(first.by))
	r.pivot = first.variable
	for i := range m.rows {
		if by := m.rows[i].values.of(first.variable); by != 0 {
			m.rows[i] = m.rows[i].plus(r, negative(by))
		}
	}
	m.rows = append(m.rows, r)
}

// plus returns r + by·o, with r's pivot.
func (r row) plus(o row, by uint64) row {
	return row{r.values.plus(o.values, by), r.combination.plus(o.combination, by), r.pivot}
}

// pivot returns the people of a row's pivot.
func (m *matrix) pivot(row int) []uint32 { return m.columns[m.rows[row].pivot].people }

// search returns combinations, by variable, that are about fewer people than the minimum
// and have a figure that could be suppressed, no more than one for each row; none if there
// are none. It is not decided if that takes more tries than the limit.
//
// A combination of rows has their pivots, so of a set of people only the rows whose
// pivots are theirs can be in it. Those are about nobody else if they depend on one
// another outside the set's columns. If they do not, the combination has one of the
// reduced rows outside, and with it that row's own column, unless another row cancels it:
// the column's people, or those of the other row's pivot, must be taken in.
func (m *matrix) search(minimum, limit int) (found []vector, decided bool) {
	seen := map[string]bool{}
	for i := range m.rows {
		stack, more := [][]uint32{m.pivot(i)}, true
		for more && len(stack) > 0 {
			people := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			key := keyOf(people)
			if len(people) >= minimum || seen[key] {
				continue
			}
			seen[key] = true
			if m.tries++; m.tries > limit {
				return found, len(found) > 0
			}
			rows := m.of(people)
			alone, rest := m.outside(rows, people)
			if i := slices.IndexFunc(alone, m.usesOpen); i >= 0 {
				found, more = append(found, alone[i]), false
			} else {
				for _, r := range rest {
					stack = append(stack, m.next(r.pivot, rows, people, minimum)...)
				}
			}
		}
	}
	return found, true
}

// of returns the rows whose pivot's people are all among some.
func (m *matrix) of(people []uint32) (out []int) {
	for _, p := range people {
		for _, i := range m.owned[p] {
			if !slices.Contains(out, i) && within(m.pivot(i), people) {
				out = append(out, i)
			}
		}
	}
	return out
}

// usesOpen reports whether a combination has a figure that could be suppressed.
func (m *matrix) usesOpen(combination vector) bool {
	return slices.ContainsFunc(m.figures, func(f int) bool { return m.factors[f].dot(combination) != 0 })
}

// outside looks at what rows are about besides some people: it returns the combinations of
// them, a basis, that are about nobody else; and of the rest, reduced, rows with a column
// each (the pivot) that no other has, the one that the fewest rows of the matrix have.
func (m *matrix) outside(rows []int, people []uint32) (alone []vector, rest []row) {
	for _, i := range rows {
		r := row{combination: m.rows[i].combination}
		for _, t := range m.rows[i].values {
			if !within(m.columns[t.variable].people, people) {
				r.values = append(r.values, t)
			}
		}
		for _, o := range rest {
			if by := r.values.of(o.pivot); by != 0 {
				r = r.plus(o, negative(by))
			}
		}
		if len(r.values) == 0 {
			alone = append(alone, r.combination)
			continue
		}
		best := -1
		for _, t := range r.values {
			if n := len(m.at[t.variable]); best < 0 || n < best {
				best, r.pivot = n, t.variable
			}
		}
		pivot := r.pivot
		r = row{}.plus(r, inverse(r.values.of(pivot)))
		r.pivot = pivot
		for k := range rest {
			if by := rest[k].values.of(pivot); by != 0 {
				rest[k] = rest[k].plus(r, negative(by))
			}
		}
		rest = append(rest, r)
	}
	return alone, rest
}

// next returns the sets of people that a combination is about if it is about some and has
// a row whose pivot is a column: with the column's people, or, where it is cancelled, with
// those of the pivot of another row that has the column.
func (m *matrix) next(column int32, rows []int, people []uint32, minimum int) (out [][]uint32) {
	if with := union(people, m.columns[column].people); len(with) < minimum {
		out = append(out, with)
	}
	for _, j := range m.at[column] {
		if slices.Contains(rows, j) {
			continue
		}
		if with := union(people, m.pivot(j)); len(with) < minimum {
			out = append(out, with)
		}
	}
	return out
}

func keyOf(people []uint32) string {
	b := make([]byte, 0, 4*len(people))
	for _, p := range people {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	return string(b)
}
