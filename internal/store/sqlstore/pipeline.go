package sqlstore

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// inOrder works on n things, several at a time, and finishes them one by one in
// their order. Few wait in memory for the one before.
func inOrder[T any](ctx context.Context, n int, work func(ctx context.Context, i int) (T, error), finish func(ctx context.Context, v T) error) error {
	threads := min(n, runtime.GOMAXPROCS(0))
	group, ctx := errgroup.WithContext(ctx)
	results := make([]chan T, n)
	for i := range results {
		results[i] = make(chan T, 1)
	}
	next, ahead := make(chan int), make(chan struct{}, threads+1)
	group.Go(func() error {
		defer close(next)
		for i := range n {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range threads {
		group.Go(func() error {
			for i := range next {
				v, err := work(ctx, i)
				if err != nil {
					return err
				}
				results[i] <- v
			}
			return nil
		})
	}
	group.Go(func() error {
		for _, result := range results {
			select {
			case v := <-result:
				if err := finish(ctx, v); err != nil {
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
