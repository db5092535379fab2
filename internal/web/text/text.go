// Package text is the catalogue of what the pages say. Every word of a page
// stands here (or in package metric, which defines the numbers), so that
// another language is another Catalogue.
package text

import "fmt"

// Catalogue holds texts by key; a text may have fmt verbs.
type Catalogue map[string]string

// Get returns the text with its arguments filled in. A key that is not there
// comes back in brackets, which a test looks for.
func (c Catalogue) Get(key string, args ...any) string {
	s, ok := c[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}
