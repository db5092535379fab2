package query

// Value returns a row's number, nil where it is unknown or not a column.
func (a *Answer) Value(row []any, column string) *float64 {
	i := a.Column(column)
	if i < 0 {
		return nil
	}
	switch n := row[i].(type) {
	case int64:
		f := float64(n)
		return &f
	case float64:
		return &n
	}
	return nil
}

// Name returns a row's value of a dimension, and whether it has one.
func (a *Answer) Name(row []any, column string) (string, bool) {
	i := a.Column(column)
	if i < 0 {
		return "", false
	}
	name, ok := row[i].(string)
	return name, ok
}

// Plus adds what is known: unknown plus unknown stays unknown.
func Plus(x, y *float64) *float64 {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	sum := *x + *y
	return &sum
}

// Minus is what a whole has beside a part, nil if either is not known.
func Minus(whole, part *float64) *float64 {
	if whole == nil || part == nil {
		return nil
	}
	rest := *whole - *part
	return &rest
}

// Share is which part of a whole something is, nil if either is not known or there is no whole.
func Share(part, whole *float64) *float64 {
	if part == nil || whole == nil || *whole == 0 {
		return nil
	}
	share := *part / *whole
	return &share
}
