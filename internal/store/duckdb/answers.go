package duckdb

import (
	"fmt"
	"sync"
)

// answers keeps the rows of recent selections. Pages ask overlapping questions:
// which days there are, how many people; a selection is the same if its text
// and values are. A committed change forgets everything.
type answers struct {
	mu         sync.Mutex
	generation int // or paused
	last       int
	rows       map[string][][]any
	cells      int
}

// maxAnswerCells bounds the memory: about 16 bytes a cell, and its strings.
const maxAnswerCells = 500_000

func answerKey(text string, args []any) string { return fmt.Sprintf("%s\x00%#v", text, args) }

// get returns a selection's rows, which must not be changed, if they are of the generation.
func (a *answers) get(key string, generation int) ([][]any, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if generation != a.generation || generation == paused {
		return nil, false
	}
	rows, ok := a.rows[key]
	return rows, ok
}

// now returns the current generation.
func (a *answers) now() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.generation
}

// put keeps rows that were selected in the generation, unless it has passed.
func (a *answers) put(key string, rows [][]any, generation int) {
	n := 1
	for _, r := range rows {
		n += len(r)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if generation != a.generation || generation == paused {
		return
	}
	if a.rows == nil || a.cells+n > maxAnswerCells {
		a.rows, a.cells = map[string][][]any{}, 0
	}
	a.rows[key] = rows
	a.cells += n
}

// paused is the generation while a change commits: nothing is kept or found, so
// that no answer mixes the states before and after.
const paused = -1

// pause forgets everything and keeps nothing until resume.
func (a *answers) pause() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	a.generation = paused
	a.rows, a.cells = nil, 0
}

// resume begins a new generation.
func (a *answers) resume() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.generation = a.last
}
