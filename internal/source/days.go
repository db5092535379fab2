package source

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/github"
	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// Days returns how much of a source's history is stored: of the user reports of its
// enterprise, or else of its first organization, whether the source fetched them or not.
func (s *Sources) Days(ctx context.Context, src directory.Source) (Days, error) {
	var out Days
	entity, sc, err := s.measuredEntity(ctx, src)
	if err != nil {
		return out, err
	}
	list, err := s.dir.SourceFetches(ctx, src.ID)
	if err != nil {
		return out, err
	}
	known := fetchesOf(list)
	today := day.Of(s.opt.Now())
	out.Window = window(stream{sc, github.Users}, known, today)
	first := github.Users.First(sc)
	stored := map[day.Day]bool{}
	if entity != 0 {
		days, err := s.opt.Stored(ctx, src.Enterprise, day.Range{From: first, To: today})
		if err != nil {
			return out, fmt.Errorf("stored days: %w", err)
		}
		for _, d := range days {
			if d.Source == entity && d.Kind == report.UserDay && d.Data == metric.Reports && d.Records > 0 {
				stored[d.Day] = true
			}
		}
	}
	for d := first; d <= out.Window.To; d++ {
		f := known[task{sc, github.Users, d}.key()]
		switch {
		case d < out.Window.From && !stored[d]:
			out.Lost++
		case d < out.Window.From:
		case stored[d]:
			out.Stored++
			if today-d <= finalAge {
				out.Provisional++
			}
		default:
			out.Missing++
			if f != nil && f.Hash == "" && today-d > finalAge {
				out.None++
			}
			if d == out.Window.From && f == nil {
				out.LostNext = d
			}
		}
	}
	return out, nil
}

// measuredEntity returns the id and the scope of the entity whose days count. The id is 0
// if the entity does not exist yet.
func (s *Sources) measuredEntity(ctx context.Context, src directory.Source) (int64, github.Scope, error) {
	if src.Slug != "" && len(src.Orgs) == 0 {
		return src.Enterprise, github.Scope{Enterprise: src.Slug}, nil
	}
	list, err := s.dir.SourceFetches(ctx, src.ID)
	if err != nil {
		return 0, github.Scope{}, err
	}
	for _, f := range list {
		if f.Org == "" && f.Hash != "" && src.Slug != "" {
			return src.Enterprise, github.Scope{Enterprise: src.Slug}, nil
		}
	}
	if len(src.Orgs) == 0 {
		return src.Enterprise, github.Scope{Enterprise: src.Slug}, nil
	}
	sc := github.Scope{Enterprise: src.Slug, Org: src.Orgs[0]}
	o, err := s.organization(ctx, src.Enterprise, sc.Org)
	if err != nil || o == nil {
		return 0, sc, err
	}
	return o.ID, sc, nil
}
