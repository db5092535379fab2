package query

import (
	"fmt"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
)

// Answer is a Result with what has to be known to read it: what the API
// answers and every format of the command line shows.
type Answer struct {
	Definition metric.Definition `json:"definition"`
	From       day.Day           `json:"from"`
	To         day.Day           `json:"to"`
	CompleteTo day.Day           `json:"complete_to"`
	// HeldBack are the ISO weeks, by their Mondays, in which a correction is held back from
	// whoever asks.
	HeldBack []day.Day `json:"held_back"`
	Columns  []Column  `json:"columns"`
	Rows     [][]any   `json:"rows"`
	Warnings []string  `json:"warnings"`
}

// Column returns the index of the named column, -1 if there is none.
func (a *Answer) Column(name string) int {
	for i, c := range a.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// KeyOf returns a string that the cells of a row, values of dimensions, have in common
// with no other cells.
func KeyOf(cells []any) string {
	var b strings.Builder
	for _, v := range cells {
		fmt.Fprintf(&b, "%t%q", v == nil, fmt.Sprint(v))
	}
	return b.String()
}
