// Command judge measures how long it takes to decide what of complete weeks is shown to
// those who may not view people, and how much of them that is: of organizations and teams,
// of the cells of each, and of those that windows of all the weeks show. It removes what was decided before from the data directory, so
// give it a copy.
//
//	go run ./bench/judge -data DATA [-weeks 4]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/directory/sqldirectory"
	"codegauge/internal/fault"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/store/sqlstore"
)

func main() {
	data, weeks := flag.String("data", "", "data directory"), flag.Int("weeks", 4, "how many weeks, the last that are complete")
	flag.Parse()
	if err := judge(context.Background(), *data, *weeks); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

func judge(ctx context.Context, data string, weeks int) error {
	db, err := database.OpenFile(ctx, filepath.Join(data, database.FileName))
	if err != nil {
		return err
	}
	defer db.Close()
	var last int
	if err := db.QueryRowContext(ctx, `SELECT max(day) FROM report_day`).Scan(&last); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `DELETE FROM shown_week`); err != nil {
		return err
	}
	spool, err := os.MkdirTemp("", "judge")
	if err != nil {
		return err
	}
	defer os.RemoveAll(spool)
	store := sqlstore.New(db, sqlstore.Options{SpoolDir: spool})
	enterprises, err := store.Enterprises(ctx)
	if err != nil {
		return err
	}
	p := privacy.New(sqldirectory.New(db), store, nil)
	for _, enterprise := range enterprises {
		shownIn := map[int64]int{} // weeks, by entity
		for n := range weeks {
			monday := (day.Day(last) + 1).Week() - day.Day(7*(n+1))
			before, began := processor(), time.Now()
			ask := func() (*query.Mask, error) {
				return p.Mask(ctx, privacy.Data{Enterprise: enterprise, Last: day.Day(last)}, day.Range{From: monday, To: monday + 6})
			}
			mask, err := ask()
			for fault.KindOf(err) == fault.Unavailable { // it goes on, and nobody waits longer than a minute
				mask, err = ask()
			}
			if err != nil {
				return err
			}
			shown, cells := 0, 0
			for entity, e := range mask.Weeks[monday] {
				shownIn[entity] += 0
				if e.Week != nil {
					shownIn[entity]++
					shown, cells = shown+1, cells+len(e.Week.Cells)
				}
			}
			fmt.Printf("week of %s: %.2f s of processor, %.2f s; %d of %d entities shown, with %d cells\n",
				monday, processor()-before, time.Since(began).Seconds(), shown, len(mask.Weeks[monday]), cells)
		}
		always := 0
		for _, n := range shownIn {
			if n == weeks {
				always++
			}
		}
		fmt.Printf("%d of %d entities shown in all %d weeks\n", always, len(shownIn), weeks)
	}
	return nil
}

// processor returns the seconds of processor that the process has taken.
func processor() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}
