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
	rows      []row
	variables map[int32]bool
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

func newMatrix(columns []*column) *matrix {
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
		m.reduce(row{values: byVariable[v], combination: vector{{v, 1}}})
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
	return m
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

// search returns a combination, by variable, that is about fewer people than the
// minimum; nil if there is none. It is not decided if that takes more tries than the limit.
//
// A combination of rows has their pivots, so of a set of people only the rows whose
// pivots are theirs can be in it. Those are about nobody else if they depend on one
// another outside the set's columns. If they do not, some column outside must be taken
// in, or be cancelled by another row, whose pivot is taken in then.
func (m *matrix) search(minimum, limit int) (found vector, decided bool) {
	seen := map[string]bool{}
	for i := range m.rows {
		stack := [][]uint32{m.pivot(i)}
		for len(stack) > 0 {
			people := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			key := keyOf(people)
			if len(people) >= minimum || seen[key] {
				continue
			}
			seen[key] = true
			if m.tries++; m.tries > limit {
				return nil, false
			}
			rows := m.of(people)
			if found := m.dependence(rows, people); found != nil {
				return found, true
			}
			if len(people) < minimum-1 {
				stack = m.extend(stack, rows, people)
			}
		}
	}
	return nil, true
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

// dependence returns a combination of rows that is about nobody but some people.
func (m *matrix) dependence(rows []int, people []uint32) vector {
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
			return r.combination
		}
		reduced = append(reduced, r)
	}
	return nil
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
