// Package sorting sorts lists with one copy of the algorithm. Of package slices' functions the
// program has a copy of 10 to 20 KB for every type of element: they are for long lists of which
// a copy would be too much.
package sorting

import "slices"

// Stable sorts a list by what compare says of two elements, as slices.SortStableFunc does.
func Stable[T any](list []T, compare func(a, b T) int) {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return compare(list[i], list[j]) })
	unsorted := slices.Clone(list)
	for to, from := range order {
		list[to] = unsorted[from]
	}
}
