package duckdb

import (
	"database/sql/driver"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/report"
)

func optional[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

// as returns a nullable value.
func as[T any](v driver.Value) *T {
	if t, ok := v.(T); ok {
		return &t
	}
	return nil
}

func setCounters(c *report.Counters, v []driver.Value) {
	for i := range report.NumCounters {
		if n, ok := v[i].(int64); ok {
			c.Set(i, n)
		}
	}
}

// dates lists days as SQL.
func dates(days []day.Day) string {
	var out []string
	for _, d := range days {
		out = append(out, "DATE '"+d.String()+"'")
	}
	return strings.Join(out, ", ")
}

// numbers lists numbers as SQL.
func numbers(list []int32) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.Itoa(int(n))
	}
	return strings.Join(out, ", ")
}

func columnNames(alias string, names []string) string {
	if alias != "" {
		alias += "."
	}
	return alias + strings.Join(names, ", "+alias)
}

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }
