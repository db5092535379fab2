package query

import (
	"context"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/metric"

	"github.com/RoaringBitmap/roaring/v2"
)

// Rollups is what an engine keeps and Evaluate reads: sums and sets of people
// for each day, and the records of single users. Everything that one
// evaluation reads is of one state of the data.
type Rollups interface {
	// Dictionary returns the values and cells that the numbers below stand for.
	Dictionary() *cube.Dictionary
	// Units returns the entities' days in the range, the cells of one breakdown with
	// them (none for Totals). They are shared: read-only.
	Units(ctx context.Context, e Entities, r day.Range, b metric.Breakdown) ([]*Unit, error)
	// WeekUnits returns sums of the units of an ISO week, of every organization or team and
	// with the cells of a breakdown as Units has them, and whether there are such sums. They
	// are of units alike but for their days; those of nameless origins are not added up.
	WeekUnits(ctx context.Context, e Entities, monday day.Day, b metric.Breakdown) ([]*Unit, bool, error)
	// Sets returns who was active in the cells: of the entity itself or, with Level,
	// of the enterprise. They are shared: read-only.
	Sets(ctx context.Context, e Entities, r day.Range, cells []int32) (Sets, error)
	// Weeks returns the unions of those sets over the whole ISO weeks of the range, which
	// take a seventh of the time and memory.
	Weeks(ctx context.Context, e Entities, r day.Range, cells []int32) (Weeks, error)
	// Users returns the identities that one of the names names: see ParseName.
	Users(ctx context.Context, enterprise int64, names []string) ([]int32, error)
	// UsersNamed returns the identities that each of many names names.
	UsersNamed(ctx context.Context, names []string) ([][]int32, error)
	// UserName returns what answers call an identity, and its id.
	UserName(ctx context.Context, enterprise int64, identity int32) (name, id string, err error)
	// Records yields the effective user records in the range, of the given
	// identities, or of all if users is nil. The record is valid until yield returns.
	Records(ctx context.Context, enterprise int64, r day.Range, users []int32, yield func(*UserRecord) error) error
	// Wholes yields the effective user records of everybody in the range without their
	// cells, which takes much less time than with them. A record is valid until yield returns,
	// which must not ask these Rollups for anything.
	Wholes(ctx context.Context, r day.Range, yield func(*UserRecord) error) error
	// Changed returns the last revision of the enterprise that changed one of the months of
	// the range.
	Changed(ctx context.Context, r day.Range) (int64, error)
	// Persons returns the number, in sets of people, of the person of an identity.
	Persons(ctx context.Context) (func(identity int32) uint32, error)
	// Revision is the one that all this is of.
	Revision() int64
	// AsOf returns what the days of a week were as of an earlier revision that is kept for
	// it (store.ShownWeek). Names and persons are those of now.
	AsOf(revision int64) Rollups
	// Differs reports whether anything of some days may be different from what it was as
	// of such a revision: of units and sets, or of records too.
	Differs(ctx context.Context, r day.Range, revision int64, records bool) (bool, error)
}

// Entities are the enterprise, organization or team Entity itself, whose level
// is Of, or, with Level, every organization or team of Enterprise (in
// Organization, if that is not 0).
type Entities struct {
	Entity       int64
	Of           Level
	Level        Level
	Enterprise   int64
	Organization int64
}

// Level is the kind of an entity.
type Level uint8

// The levels. LevelEnterprise in Entities stands for the entity itself.
const (
	LevelEnterprise Level = iota
	LevelOrganization
	LevelTeam
)

// The numbers that stand for no cell in Sets.
const (
	// Everyone has a record.
	Everyone int32 = 0
	// Reporting have a record whose lines are known.
	Reporting int32 = -1
)

// Origin says what a Unit's figures come from.
type Origin uint8

const (
	// UserRecords of the entity's own report, or of its enterprise's.
	UserRecords Origin = 1 + iota
	// AggregateRecord is the entity's own.
	AggregateRecord
	// UnionRecords are user records of organizations' reports, standing for an
	// enterprise without one.
	UnionRecords
	// Stated is what aggregates and reports of repositories state beside the records of
	// people: see metric.BreakdownInfo. It is beside the units that Auto chooses from.
	Stated
)

// HasMembers reports whether a Unit of the origin and level counts those who belonged
// to its entity: everyone counts in an enterprise, and an aggregate names nobody.
func (o Origin) HasMembers(l Level) bool { return l != LevelEnterprise && !o.nameless() }

// nameless reports whether a unit of the origin names nobody.
func (o Origin) nameless() bool { return o == AggregateRecord || o == Stated }

// Unit is an entity's day with one tool, from one origin; or, with Week, the sum of some days
// of an ISO week, of which Day is the Monday.
type Unit struct {
	Entity       int64
	Organization int64
	Day          day.Day
	// Week has the days that the sum is of, by who belonged to the entity then.
	Week []MemberDays
	// Tool is the number of its value in the dictionary.
	Tool   int32
	Origin Origin
	// Preferred marks the origin that Auto takes.
	Preferred bool
	// TotalsOnly says that retention has removed the records of the day's people.
	TotalsOnly bool
	// Totals are sums over the records, or what an aggregate states; a counter that none
	// has is unknown.
	Totals  cube.Vector
	Records int64
	// LinesUnknown counts records whose lines are unknown, Substituted those whose
	// totals were summed from a breakdown.
	LinesUnknown, Substituted int64
	// Members are who belonged to the entity; nil where the origin has none, and with Week.
	Members *roaring.Bitmap
	Cells   []cube.Sum
	// revision is the earlier one that the unit is of, 0 for the current one.
	revision int64
}

// MemberDays are days of a week, bit 0 is Monday, on which the same people belonged to an
// entity; Members is nil where the origin has none.
type MemberDays struct {
	Days    uint8
	Members *roaring.Bitmap
}

// nameless reports whether nothing of the unit is known by person.
func (u *Unit) nameless() bool { return u.Origin.nameless() || u.TotalsOnly }

// Sets holds sets of persons by where they were active.
type Sets map[SetKey]*roaring.Bitmap

// SetKey names a set: a cell, or Everyone or Reporting.
type SetKey struct {
	Day  day.Day
	Tool int32
	Cell int32
}

// Weeks holds unions of sets over ISO weeks, by their Mondays.
type Weeks map[SetKey]Week

// Week is everybody in the sets of a week, and on which days there are any: bit 0 is Monday.
type Week struct {
	People *roaring.Bitmap
	Days   uint8
}

// UnionWeeks returns the unions of the sets of whole weeks.
func UnionWeeks(sets Sets) Weeks {
	days := map[SetKey][]*roaring.Bitmap{}
	out := Weeks{}
	for k, set := range sets {
		week := SetKey{k.Day.Week(), k.Tool, k.Cell}
		days[week] = append(days[week], set)
		w := out[week]
		w.Days |= 1 << (k.Day - week.Day)
		out[week] = w
	}
	for k, sets := range days {
		out[k] = Week{union(sets), out[k].Days}
	}
	return out
}

// union returns who is in one of the sets. It may be one of them: read-only.
func union(sets []*roaring.Bitmap) *roaring.Bitmap {
	if len(sets) == 1 {
		return sets[0]
	}
	return roaring.FastOr(sets...)
}

// UserRecord is one person's day with one tool.
type UserRecord struct {
	Day      day.Day
	Tool     int32
	Identity int32
	// Person is the number of the person in sets.
	Person       uint32
	Totals       cube.Vector
	LinesUnknown bool
	// Phase is the number of the adoption phase that the record states, if Phased says that it
	// states one.
	Phase  int64
	Phased bool
	// Cells are those of every breakdown.
	Cells []cube.Sum
}
