// Package reporttest writes lines of reports for tests.
package reporttest

import (
	"fmt"
	"io"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/report"
)

// Input returns an input of the lines.
func Input(name string, lines ...string) report.Input {
	body := strings.Join(lines, "\n") + "\n"
	return report.Input{Name: name, Size: int64(len(body)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(body)), nil
	}}
}

// User is a user record: fields are members of its object, as JSON.
func User(id int, d string, added, deleted int, members ...string) string {
	s := fmt.Sprintf(`{"user_id":%d,"user_login":"u%d","day":%q,"user_initiated_interaction_count":1,"code_generation_activity_count":1,"code_acceptance_activity_count":1,"loc_suggested_to_add_sum":0,"loc_suggested_to_delete_sum":0,"loc_added_sum":%d,"loc_deleted_sum":%d`, id, id, d, added, deleted)
	for _, m := range members {
		s += "," + m
	}
	return s + "}"
}

// Aggregate is an aggregate record.
func Aggregate(d string, added, deleted int, members ...string) string {
	s := fmt.Sprintf(`{"day":%q,"daily_active_users":5,"loc_added_sum":%d,"loc_deleted_sum":%d`, d, added, deleted)
	for _, m := range members {
		s += "," + m
	}
	return s + "}"
}

// Rows is a breakdown: each row is its keys as JSON members, lines added and deleted.
func Rows(field string, rows ...string) string {
	return fmt.Sprintf("%q:[%s]", field, strings.Join(rows, ","))
}

// Row is a row of keys, as JSON members, and the lines added and deleted.
func Row(keys string, added, deleted int) string {
	return fmt.Sprintf(`{%s,"loc_added_sum":%d,"loc_deleted_sum":%d}`, keys, added, deleted)
}

// Days returns n days beginning with a day, as records have them.
func Days(from string, n int) []string {
	first, err := day.Parse(from)
	if err != nil {
		panic(err)
	}
	var out []string
	for i := range n {
		out = append(out, (first + day.Day(i)).String())
	}
	return out
}
