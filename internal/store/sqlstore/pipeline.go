package sqlstore

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// waitingThings is how many things may wait for inOrder to work on them.
const waitingThings = 512

// inOrder works on the things that feed puts, several at a time, and finishes them one by one
// in their order. Few results wait in memory for the one before. feed, work and finish run
// beside one another.
func inOrder[T, R any](ctx context.Context, feed func(ctx context.Context, put func(T) error) error, work func(ctx context.Context, thing T) (R, error), finish func(ctx context.Context, result R) error) error {
	type job struct {
		thing  T
		result chan R
	}
	threads := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	jobs, results := make(chan job, waitingThings), make(chan chan R, waitingThings)
	ahead := make(chan struct{}, threads+1) // for each that is worked on or not yet finished
	group.Go(func() error {
		defer close(jobs)
		defer close(results)
		return feed(ctx, func(thing T) error {
			j := job{thing, make(chan R, 1)}
			select {
			case jobs <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case results <- j.result:
			case <-ctx.Done():
				return ctx.Err()
			}
			return nil
		})
	})
	for range threads {
		group.Go(func() error {
			for {
				select { // before it takes a job: the first of those that are not finished goes on
				case ahead <- struct{}{}:
				case <-ctx.Done():
					return ctx.Err()
				}
				j, ok := <-jobs
				if !ok {
					return nil
				}
				result, err := work(ctx, j.thing)
				if err != nil {
					return err
				}
				j.result <- result
			}
		})
	}
	group.Go(func() error {
		for result := range results {
			select {
			case r := <-result:
				if err := finish(ctx, r); err != nil {
					return err
				}
				<-ahead
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return group.Wait()
}

// feedList feeds inOrder a list.
func feedList[T any](list []T) func(ctx context.Context, put func(T) error) error {
	return func(_ context.Context, put func(T) error) error {
		for _, thing := range list {
			if err := put(thing); err != nil {
				return err
			}
		}
		return nil
	}
}
