package rollup

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
	"codegauge/internal/query"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The entities of random days: an enterprise, its organizations and their teams.
const enterprise = 10

var (
	organizations = []int64{20, 21, 22}
	teams         = map[int64]int64{30: 20, 31: 20, 32: 21, 33: 0} // by organization
	randomCells   = []cube.Cell{{}, {Breakdown: metric.ByFeature, Values: [4]int32{1}}, {Breakdown: metric.ByFeature, Values: [4]int32{2}},
		{Breakdown: metric.ByIDE, Values: [4]int32{3}}, {Breakdown: metric.ByFeature, Part: cube.Unattributed}, {Breakdown: metric.ByIDE, Values: [4]int32{4}}}
)

// randomDay returns a day of so many people, who have up to two identities each.
func randomDay(r *rand.Rand, people uint32) *Day {
	d := &Day{Enterprise: enterprise, Day: 20_000}
	if r.IntN(4) > 0 {
		d.Reports = append(d.Reports, Report{Source: enterprise, Tool: 1})
	}
	if r.IntN(4) == 0 {
		d.Reports = append(d.Reports, Report{Source: enterprise, Tool: 1, Aggregate: true})
		d.Records = append(d.Records, Record{Source: enterprise, Tool: 1, Aggregate: true, Effective: true, Totals: cube.Vector{Row: randomRow(r)}, Facts: cube.AppendFacts(nil, nil)})
	}
	if r.IntN(3) == 0 {
		d.Reports = append(d.Reports, Report{Source: enterprise, Tool: 2})
	}
	for _, o := range organizations {
		switch r.IntN(4) {
		case 0:
			d.Reports = append(d.Reports, Report{Source: o, Tool: 1})
		case 1:
			d.Reports = append(d.Reports, Report{Source: o, Tool: 1, Aggregate: true})
			d.Records = append(d.Records, Record{Source: o, Tool: 1, Aggregate: true, Effective: true, Totals: cube.Vector{Row: randomRow(r)}, Facts: cube.AppendFacts(nil, nil)})
		}
	}
	for i := range d.Reports { // of several kinds of data
		d.Reports[i].Data = metric.DataKind(r.IntN(len(metric.DataKinds)))
		if other := metric.DataKind(r.IntN(len(metric.DataKinds))); r.IntN(3) == 0 && other != d.Reports[i].Data {
			more := d.Reports[i]
			more.Data = other
			d.Reports = append(d.Reports, more)
		}
	}
	for p := range people {
		randomPerson(r, d, p+1)
	}
	return d
}

func randomRow(r *rand.Rand) (row cube.Row) {
	for c := range metric.NumRowCounters {
		if r.IntN(4) > 0 {
			row.Set(metric.Counter(c), int64(r.IntN(3))*int64(r.IntN(1000)))
		}
	}
	return row
}

// randomPerson adds records and memberships of a person.
func randomPerson(r *rand.Rand, d *Day, person uint32) {
	if r.IntN(2) == 0 {
		organization := organizations[r.IntN(len(organizations))]
		d.Members = append(d.Members, Member{Organization: organization, Person: person})
	}
	for team, organization := range teams {
		if r.IntN(4) == 0 {
			d.Members = append(d.Members, Member{Organization: organization, Team: team, Person: person})
		}
	}
	for identity := range 1 + r.IntN(2) {
		for _, report := range d.Reports {
			if report.Aggregate || r.IntN(3) == 0 {
				continue
			}
			rec := Record{Source: report.Source, Tool: report.Tool, Person: person, Identity: int32(2*person) + int32(identity), Effective: r.IntN(4) > 0,
				LinesUnknown: r.IntN(5) == 0, Substituted: r.IntN(5) == 0, Totals: cube.Vector{Row: randomRow(r)}}
			var facts []cube.Fact
			for range r.IntN(5) {
				facts = append(facts, cube.Fact{Sum: cube.Sum{Cell: int32(1 + r.IntN(len(randomCells)-1)), Row: randomRow(r)}, Client: int32(r.IntN(3))})
			}
			rec.Facts = cube.AppendFacts(nil, facts)
			d.Records = append(d.Records, rec)
		}
	}
}

// of returns what the day has of some people.
func (d *Day) of(people *roaring.Bitmap) *Day {
	out := *d
	out.Members = slices.DeleteFunc(slices.Clone(d.Members), func(m Member) bool { return !people.Contains(m.Person) })
	out.Records = slices.DeleteFunc(slices.Clone(d.Records), func(r Record) bool { return r.Aggregate || !people.Contains(r.Person) })
	return &out
}

// without returns the day without some people.
func (d *Day) without(people *roaring.Bitmap) *Day {
	out := *d
	out.Members = slices.DeleteFunc(slices.Clone(d.Members), func(m Member) bool { return people.Contains(m.Person) })
	out.Records = slices.DeleteFunc(slices.Clone(d.Records), func(r Record) bool { return !r.Aggregate && people.Contains(r.Person) })
	return &out
}

// TestPatchEqualsBuild changes the records and memberships of some people on random days,
// takes them away or adds them: patching what was rolled up before must give the bytes of
// rolling up the day that there is now.
func TestPatchEqualsBuild(t *testing.T) {
	patched := 0
	for seed := range uint64(800) {
		r := rand.New(rand.NewPCG(seed, 0))
		size := uint32(1 + r.IntN(12))
		before := randomDay(r, size)
		people, identities := roaring.New(), roaring.New()
		for range 1 + r.IntN(2) {
			people.Add(1 + r.Uint32N(size+2))
		}
		after := before.without(people)
		for _, p := range people.ToArray() {
			identities.Add(2 * p)
			identities.Add(2*p + 1)
			if r.IntN(3) > 0 {
				randomPerson(r, after, p)
			}
		}
		was, err := before.Build(randomCells)
		if err != nil {
			t.Fatal(err)
		}
		want, err := after.Build(randomCells)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPatch(before.of(people), after.of(people), randomCells, people, identities)
		if errors.Is(err, ErrRebuild) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		// What the patch does not change stays.
		stored, got := &Built{Members: was.Members}, &Built{}
		stored.Sets = was.Sets
		entities := p.Entities()
		for _, u := range was.Units {
			if slices.Contains(entities, u.Entity) {
				stored.Units = append(stored.Units, u)
			} else {
				got.Units = append(got.Units, u)
			}
		}
		out, err := p.Apply(stored)
		if errors.Is(err, ErrRebuild) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		patched++
		got.Units, got.Sets, got.Members = append(got.Units, out.Units...), out.Sets, out.Members
		slices.SortFunc(got.Units, compareUnits)
		slices.SortFunc(got.Sets, compareSets)
		if diff := cmp.Diff(want, got, cmp.Comparer(sameSet), cmpopts.IgnoreUnexported(query.Unit{})); diff != "" {
			t.Fatalf("seed %d, people %v: -built +patched\n%s", seed, people, diff)
		}
	}
	if patched < 500 {
		t.Errorf("%d of 800 days were patched", patched)
	}
}

// sameSet reports whether two sets are the same bytes.
func sameSet(a, b *roaring.Bitmap) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, _ := a.ToBytes()
	y, _ := b.ToBytes()
	return string(x) == string(y)
}
