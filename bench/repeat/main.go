// Command repeat makes a long history of a short one, for measuring questions:
// it copies the stored days of a data directory backwards, as often as it takes
// to have the given number of days. Nothing is imported; the copies are rows
// like those that an import of the same figures would have left.
//
//	go run ./bench/repeat DATA DAYS
package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: repeat DATA DAYS")
		os.Exit(2)
	}
	days, err := strconv.Atoi(os.Args[2])
	if err == nil {
		err = repeat(filepath.Join(os.Args[1], "analytics.duckdb"), days)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "repeat:", err)
		os.Exit(1)
	}
}

func repeat(path string, days int) error {
	db, err := sql.Open("duckdb", path+"?preserve_insertion_order=false&memory_limit=4GB")
	if err != nil {
		return err
	}
	defer db.Close()
	var have int
	if err := db.QueryRow(`SELECT max(day) - min(day) + 1 FROM report_day`).Scan(&have); err != nil {
		return fmt.Errorf("count days: %w", err)
	}
	for _, table := range []string{"report_day", "member", "user_day", "unit", "team_unit", "people", "cell_people"} {
		if _, err := db.Exec(`CREATE TEMP TABLE days AS SELECT DISTINCT day FROM ` + table); err != nil {
			return err
		}
		for back := have; back < days; back += have {
			_, err := db.Exec(`INSERT INTO ` + table + ` SELECT t.* REPLACE (t.day - ` + strconv.Itoa(back) + ` AS day) FROM ` + table + ` t SEMI JOIN days d ON d.day = t.day`)
			if err != nil {
				return fmt.Errorf("repeat %s: %w", table, err)
			}
		}
		if _, err := db.Exec(`DROP TABLE days`); err != nil {
			return err
		}
	}
	_, err = db.Exec(`CHECKPOINT`)
	return err
}
