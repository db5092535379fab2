package shell

import "codegauge/internal/web/text"

// Pager says which rows of a list a page shows, and leads to the pages beside it.
type Pager struct {
	// Shown says which of how many rows are shown, "" of none; Earlier and Later are
	// addresses, "" at the list's ends.
	Shown, Earlier, Later string
}

// RowsOfPage returns the rows of the page that the state names, the last one if there is no
// such page; pageURL returns the address of a page, of which the first is 1.
func RowsOfPage[T any](q *Request, rows []T, perPage int, pageURL func(page int) string) ([]T, Pager) {
	pages := max(1, (len(rows)+perPage-1)/perPage)
	n := min(max(1, q.State.TablePage), pages)
	from, to := (n-1)*perPage, min(n*perPage, len(rows))
	var out Pager
	if n > 1 {
		out.Earlier = pageURL(n - 1)
	}
	if n < pages {
		out.Later = pageURL(n + 1)
	}
	if len(rows) > 0 {
		out.Shown = q.T("pager.shown", text.Grouped(int64(from+1)), text.Grouped(int64(to)), text.Grouped(int64(len(rows))))
	}
	return rows[from:to], out
}
