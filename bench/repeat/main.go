// Command repeat makes a long history of a short one, for measuring questions:
// it copies the stored days of a data directory backwards, as often as it takes
// to have the given number of days. Nothing is imported; the copies are rows
// like those that an import of the same figures would have left.
//
//	go run ./bench/repeat DATA DAYS
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"codegauge/internal/database"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: repeat DATA DAYS")
		os.Exit(2)
	}
	days, err := strconv.Atoi(os.Args[2])
	if err == nil {
		err = repeat(context.Background(), filepath.Join(os.Args[1], database.FileName), days)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "repeat:", err)
		os.Exit(1)
	}
}

// columns are those of the tables with rows by day.
var columns = map[string]string{
	"report_day":  "enterprise, day, kind, stream, revision, layers, refused, records, reduced, know_added, know_deleted, loc_added, loc_deleted",
	"block":       "enterprise, day, bucket, kind, stream, revision, totals, facts, rest",
	"unit":        "enterprise, level, entity, day, tool, origin, revision, organization, preferred, body",
	"people_sets": "enterprise, set_group, day, tool, revision, body",
}

func repeat(ctx context.Context, path string, days int) error {
	db, err := database.OpenFile(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	var first, last int
	if err := db.QueryRowContext(ctx, `SELECT min(day), max(day) FROM report_day`).Scan(&first, &last); err != nil {
		return err
	}
	span := last - first + 1
	for shift := span; shift < days; shift += span {
		from := max(first, last-days+1+shift)
		err := db.Update(ctx, func(ctx context.Context, tx *database.Tx) error {
			for table, list := range columns {
				moved := strings.Replace(list, " day,", fmt.Sprintf(" day - %d,", shift), 1)
				if _, err := tx.ExecContext(ctx, `INSERT INTO `+table+` (`+list+`) SELECT `+moved+` FROM `+table+` WHERE day BETWEEN ? AND ?`, from, last); err != nil {
					return fmt.Errorf("copy %s: %w", table, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	// Weeks have other days now: a server adds them up again.
	_, err = db.ExecContext(ctx, `DELETE FROM week_sum`)
	return err
}
