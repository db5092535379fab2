package sample

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"codegauge/internal/report"
)

// The reader that imports everything else takes the demo without a refusal or
// a warning.
func TestReaderTakesDemo(t *testing.T) {
	var inputs []report.Input
	size := 0
	for name, b := range written(t, DemoConfig(end)) {
		size += bytes.Count(b, []byte("\n"))
		inputs = append(inputs, report.Input{Name: name, Size: int64(len(b)),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }})
	}
	r := report.NewReader(inputs, report.Options{})
	defer r.Close()
	kinds := map[report.Kind]int{}
	var b report.Batch
	for {
		err := r.Next(context.Background(), &b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Records {
			kinds[b.Records[i].Kind]++
		}
	}
	if n := r.RejectionCount(); n > 0 {
		t.Errorf("%d refusals, the first: %+v", n, r.Rejections()[0])
	}
	if n := len(r.Warnings()); n > 0 {
		t.Errorf("%d warnings, the first: %+v", n, r.Warnings()[0])
	}
	// Two lines of the enterprise hold 28 and, without the missing day, 27 aggregate days; so does one of each organization.
	orgs := len(themes)
	if got, want := kinds[report.AggregateDay], 12+28+27*(1+orgs); got != want || kinds[report.Seat] != 460 {
		t.Errorf("aggregate days = %d, want %d; seats = %d, want 460", got, want, kinds[report.Seat])
	}
	repos := 27 * len(repositories)
	if got := kinds[report.RepoDay]; got != repos {
		t.Errorf("rows of repositories = %d, want %d", got, repos)
	}
	if got := kinds[report.UserDay] + kinds[report.UserTeam]; got != size-12-2-orgs-460-repos {
		t.Errorf("user and team rows = %d, want %d", got, size-12-2-orgs-460-repos)
	}
}
