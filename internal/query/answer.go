package query

import (
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
	Columns    []Column          `json:"columns"`
	Rows       [][]any           `json:"rows"`
	Warnings   []string          `json:"warnings"`
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
