package oracle_test

import (
	"context"
	"strings"
	"testing"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/store/oracle"
)

// nothing is an engine without data.
type nothing struct{}

func (nothing) Dictionary() *cube.Dictionary { return &cube.Dictionary{} }
func (nothing) Units(context.Context, query.Entities, day.Range, metric.Breakdown) ([]*query.Unit, error) {
	return nil, nil
}
func (nothing) WeekUnits(context.Context, query.Entities, day.Day, metric.Breakdown) ([]*query.Unit, bool, error) {
	return nil, false, nil
}
func (nothing) Sets(context.Context, query.Entities, day.Range, []int32) (query.Sets, error) {
	return nil, nil
}
func (nothing) Weeks(context.Context, query.Entities, day.Range, []int32) (query.Weeks, error) {
	return nil, nil
}
func (nothing) Users(context.Context, int64, []string) ([]int32, error) { return []int32{1}, nil }
func (nothing) UsersNamed(_ context.Context, names []string) ([][]int32, error) {
	return make([][]int32, len(names)), nil
}
func (nothing) UserName(context.Context, int64, int32) (name, id string, err error) {
	return "", "", nil
}
func (nothing) Wholes(context.Context, day.Range, func(*query.UserRecord) error) error { return nil }
func (nothing) Records(context.Context, int64, day.Range, []int32, func(*query.UserRecord) error) error {
	return nil
}

// FuzzCompile checks that a question is understood or refused, never a panic,
// and that the oracle, which has rules of its own, says the same.
func FuzzCompile(f *testing.F) {
	f.Add("loc_added,active_users", "day,feature", "model=gpt|auto&tool=copilot", int32(20500), int32(20507), int64(0), int64(0), "v1-strict", "auto")
	f.Add("discrepancy,agent_contribution", "user,week,month", "user=ann", int32(20500), int32(20400), int64(11), int64(0), "", "")
	f.Add("weekly_active_users,acceptance_rate", "organization,language,model", "ide=x&surface=cli", int32(-1), int32(0), int64(11), int64(101), "v1-wide", "aggregate")
	f.Add("average_lines_deleted_by_agent,ai_credits", "team,initiator", "initiator=agent", int32(20500), int32(20501), int64(0), int64(0), "v2", "users")
	f.Fuzz(func(t *testing.T, measures, by, filters string, from, to int32, organization, team int64, definition, source string) {
		if to-from > 4000 || to-from < -4000 || from < -1e6 || from > 1e6 {
			return // a range that package question lets through is shorter
		}
		q := query.Query{
			Scope: query.Scope{Enterprise: 1, Organization: organization, Team: team}, Measures: split(measures, ","), By: split(by, ","),
			Range: day.Range{From: day.Day(from), To: day.Day(to)}, Definition: metric.Definition(definition), Source: query.Source(source),
		}
		for _, c := range split(filters, "&") {
			name, values, _ := strings.Cut(c, "=")
			q.Filters = append(q.Filters, query.Filter{Dimension: name, Values: split(values, "|")})
		}
		p, err := query.Compile(q)
		_, want := oracle.New().Query(t.Context(), q)
		if (err == nil) != (want == nil) || err != nil && fault.KindOf(err) != fault.KindOf(want) {
			t.Fatalf("%+v: compiled: %v; the oracle: %v", q, err, want)
		}
		if err != nil {
			return
		}
		res, err := p.Evaluate(t.Context(), nothing{})
		if err != nil || len(res.Rows) > 0 || len(res.Columns) != len(q.By)+len(q.Measures) {
			t.Errorf("%+v: of no data: %v, %v", q, res, err)
		}
	})
}

func split(s, separator string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, separator)
}

func (nothing) Changed(context.Context, day.Range) (int64, error) { return 0, nil }

func (nothing) Revision() int64 { return 0 }

func (nothing) AsOf(int64) query.Rollups { return nothing{} }

func (nothing) Differs(context.Context, day.Range, int64, bool) (bool, error) { return false, nil }

func (nothing) Persons(context.Context) (func(int32) uint32, error) { return nil, nil }
