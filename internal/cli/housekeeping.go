package cli

import (
	"context"
	"time"

	"codegauge/internal/admin"
	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/question"
)

// job is work that a server does from time to time. Of several servers over one
// database the one that finds nobody at it does it.
type job struct {
	name string
	key  int64 // of its lock
	// after is how long after the start it is done first, every how often then.
	after, every time.Duration
	run          func(context.Context) error
}

// jobs lists what there is to do.
func (i *instance) jobs() []job {
	return []job{
		{"put the data directory in order", 9, time.Minute, time.Hour, i.stores.settle},
		{"alerts", 10, time.Minute, time.Minute, i.stores.sources.SendAlerts},
		{"digests", 21, 2 * time.Minute, time.Hour, i.stores.digests.SendDue},
		{"let commands in", 8, 0, time.Minute, i.offer},
		{"finish interrupted changes", 6, 0, time.Minute, i.stores.tidy},
		{"follow changed links", 1, 0, time.Minute, func(ctx context.Context) error { return i.stores.ReconcileIdentities(ctx, 0) }},
		{"remove what has expired", 2, 0, time.Minute, func(ctx context.Context) error { return i.stores.directory.Sweep(ctx, time.Now()) }},
		{"empty the database's log", 3, 0, time.Minute, i.stores.database.ScrubPending},
		{"add up weeks", 22, 10 * time.Second, time.Minute, i.stores.sumWeeks},
		{"judge weeks", 7, 30 * time.Second, time.Minute, func(ctx context.Context) error {
			return i.stores.JudgeWeeks(ctx, day.Of(time.Now())-question.ProvisionalDays)
		}},
		{"retention", 4, 0, 24 * time.Hour, i.retain},
		{"remove replaced records", 5, 10 * time.Minute, 24 * time.Hour, func(ctx context.Context) error {
			return i.stores.PruneReplaced(ctx, time.Now().AddDate(0, 0, -i.app.cfg.UndoDays))
		}},
	}
}

// keepHouse does every job now, and again when it is due, until the context ends.
func (i *instance) keepHouse(ctx context.Context) {
	ctx = directory.WithActor(asOperator(ctx), directory.Actor{Name: "system"})
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	due := map[string]time.Time{}
	for _, j := range i.jobs() {
		due[j.name] = time.Now().Add(j.after)
	}
	for {
		for _, j := range i.jobs() {
			if time.Now().Before(due[j.name]) {
				continue
			}
			due[j.name] = time.Now().Add(j.every)
			if err := i.do(ctx, j); err != nil && ctx.Err() == nil {
				i.app.log.Error(j.name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// do does a job unless another server is at it.
func (i *instance) do(ctx context.Context, j job) error {
	lock, err := i.stores.database.TryLock(ctx, database.Scheduled, j.key)
	if err != nil || lock == nil {
		return err
	}
	defer lock.Unlock()
	return j.run(ctx)
}

// retain removes what is older than the retention.
func (i *instance) retain(ctx context.Context) error {
	done, err := i.admin.Retain(ctx, admin.RetainRequest{})
	for _, d := range done {
		if d.Count > 0 {
			i.app.log.Info("retention removed records of people; totals stay", "enterprise", d.Enterprise, "months", d.Months,
				"days", d.Count, "from", d.Days.From, "to", d.Days.To, "user_days", d.Records, "memberships", d.Members)
		}
	}
	return err
}
