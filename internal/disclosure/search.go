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
		if !s.figures[f].Fixed && !s.figures[f].Suppressed {
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
// are none. It is not decided if that takes
// more tries than the limit.
//
// A combination of rows has their pivots, so of a set of people only the rows whose
// pivots are theirs can be in it. Those are about nobody else if they depend on one
// another outside the set's columns. If they do not, some column outside must be taken
// in, or be cancelled by another row, whose pivot is taken in then.
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
			alone := m.dependences(rows, people)
			if i := slices.IndexFunc(alone, m.usesOpen); i >= 0 {
				found, more = append(found, alone[i]), false
			} else if len(people) < minimum-1 {
				stack = m.extend(stack, rows, people)
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

// dependences returns the combinations of rows, a basis of them, that are about nobody but
// some people.
func (m *matrix) dependences(rows []int, people []uint32) (out []vector) {
	var reduced []row
	for _, i := range rows {
		r := row{combination: m.rows[i].combination}
		for _, t := range m.rows[i].values {
			if !within(m.columns[t.variable].people, people) {
				r.values = append(r.values, t)
			}
		}
		for _, o := range reduced {
			if by := r.values.of(o.values[0].variable); by != 0 {
				r = r.plus(o, negative(times(by, inverse(o.values[0].by))))
			}
		}
		if len(r.values) == 0 {
			out = append(out, r.combination)
			continue
		}
		reduced = append(reduced, r)
	}
	return out
}

// extend adds the sets of people that come next: with a column that the rows have
// outside, or with the pivot of a row that has it too.
func (m *matrix) extend(stack [][]uint32, rows []int, people []uint32) [][]uint32 {
	for _, i := range rows {
		for _, t := range m.rows[i].values {
			col := m.columns[t.variable]
			if within(col.people, people) {
				continue
			}
			stack = append(stack, union(people, col.people))
			for _, j := range m.at[t.variable] {
				if !within(m.pivot(j), people) {
					stack = append(stack, union(people, m.pivot(j)))
				}
			}
		}
	}
	return stack
}

func keyOf(people []uint32) string {
	b := make([]byte, 0, 4*len(people))
	for _, p := range people {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	return string(b)
}
