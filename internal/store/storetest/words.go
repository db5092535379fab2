package storetest

import (
	"fmt"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
)

// ParseQuery reads a query written in words:
//
//	loc_changed,active_users by week,tool 2026-05-01..2026-05-07 in north
//	    where feature=code_completion|chat_inline where user=ann
//	    from aggregate under v1-wide
//
// The measures come first; everything else stands in any order. The range may
// be one day. Without "in" the scope is acme. A + is a space.
func ParseQuery(s string) (query.Query, error) {
	words := strings.Fields(s)
	if len(words) < 2 {
		return query.Query{}, fmt.Errorf("query %q has no measures or no range", s)
	}
	q := query.Query{Scope: query.Scope{Enterprise: Acme}, Measures: strings.Split(words[0], ","), Source: query.Auto}
	for rest := words[1:]; len(rest) > 0; {
		n := 2
		if strings.ContainsAny(rest[0][:1], "0123456789") {
			n = 1
		}
		if len(rest) < n {
			return q, fmt.Errorf("query %q ends after %q", s, rest[0])
		}
		if err := clause(&q, rest[0], rest[n-1]); err != nil {
			return q, fmt.Errorf("query %q: %w", s, err)
		}
		rest = rest[n:]
	}
	return q, nil
}

func clause(q *query.Query, word, arg string) error {
	switch word {
	case "by":
		q.By = strings.Split(arg, ",")
	case "in":
		e, err := entityOf(arg)
		q.Scope = query.Scope{Enterprise: e.enterprise, Organization: e.organization, Team: e.team}
		return err
	case "where":
		name, values, _ := strings.Cut(arg, "=")
		q.Filters = append(q.Filters, query.Filter{Dimension: name, Values: strings.Split(strings.ReplaceAll(values, "+", " "), "|")})
	case "from":
		q.Source = query.Source(arg)
	case "under":
		q.Definition = metric.Definition(arg)
	default:
		var err error
		q.Range, err = parseRange(arg)
		return err
	}
	return nil
}

func parseRange(s string) (day.Range, error) {
	from, to, two := strings.Cut(s, "..")
	if !two {
		to = from
	}
	a, err := day.Parse(from)
	if err != nil {
		return day.Range{}, err
	}
	b, err := day.Parse(to)
	return day.Range{From: a, To: b}, err
}

// Words writes a query as ParseQuery reads it.
func Words(q query.Query) string {
	var b strings.Builder
	b.WriteString(strings.Join(q.Measures, ","))
	if len(q.By) > 0 {
		b.WriteString(" by " + strings.Join(q.By, ","))
	}
	fmt.Fprintf(&b, " %s..%s in %s", q.Range.From, q.Range.To, byNumber(q.Scope.Entity()).name)
	for _, f := range q.Filters {
		fmt.Fprintf(&b, " where %s=%s", f.Dimension, strings.ReplaceAll(strings.Join(f.Values, "|"), " ", "+"))
	}
	if q.Source != "" {
		fmt.Fprintf(&b, " from %s", q.Source)
	}
	if q.Definition != "" {
		fmt.Fprintf(&b, " under %s", q.Definition)
	}
	return b.String()
}
