package query

import (
	"context"
	"slices"

	"codegauge/internal/day"

	"github.com/RoaringBitmap/roaring/v2"
)

// Overlap says why the people of parts do not add up to those of the whole: People is the
// sum over the parts, less Again, plus None.
type Overlap struct {
	// People are those of the whole. Several of them are in two parts or more, which have them
	// Again times besides the first, and None in no part.
	People, Several, Again, None int64
}

// ReadOverlap counts the people of a query's scope, range and tools by how many of the parts
// they are in. It reports false where that is not known, because some records are of nobody
// by name or of a part alone, or where the query's mask lets it not be told.
func ReadOverlap(ctx context.Context, r Rollups, q Query, parts []Scope) (Overlap, bool, error) {
	whole, known, err := readPeople(ctx, r, q)
	if err != nil || !known {
		return Overlap{}, false, err
	}
	var people []*roaring.Bitmap
	for _, part := range parts {
		q := q
		q.Scope = part
		in, known, err := readPeople(ctx, r, q)
		if err != nil {
			return Overlap{}, false, err
		}
		hidden := q.Mask != nil && q.Mask.Hides(part.Entity(), q.Range) && !in.IsEmpty()
		if !known || hidden || !roaring.AndNot(in, whole).IsEmpty() {
			return Overlap{}, false, nil
		}
		people = append(people, in)
	}
	out, alone := overlap(whole, people)
	return out, q.Mask == nil || q.Mask.tellsOverlap(out, alone), nil
}

// readPeople returns who did something in a query's range, false if on some day nobody has a name.
func readPeople(ctx context.Context, r Rollups, q Query) (*roaring.Bitmap, bool, error) {
	c, err := ReadCohort(ctx, r, q)
	if err != nil {
		return nil, false, err
	}
	unknown := slices.ContainsFunc(c.Nameless, func(d day.Day) bool { return !slices.Contains(c.Days(), d) })
	return c.In(q.Range, CohortKey{}), !unknown, nil
}

// overlap counts the people of a whole by how many parts they are in, and of each part those
// that are in no other.
func overlap(whole *roaring.Bitmap, parts []*roaring.Bitmap) (out Overlap, alone []int64) {
	once, twice := roaring.New(), roaring.New()
	for _, part := range parts {
		twice.Or(roaring.And(once, part))
		once.Or(part)
		out.Again += int64(part.GetCardinality())
	}
	out.People, out.Several = int64(whole.GetCardinality()), int64(twice.GetCardinality())
	out.Again -= int64(once.GetCardinality())
	out.None = int64(roaring.AndNot(whole, once).GetCardinality())
	for _, part := range parts {
		alone = append(alone, int64(roaring.AndNot(part, twice).GetCardinality()))
	}
	return out, alone
}

// tellsOverlap reports whether an overlap may be told: none of the numbers is of too few
// people, nor is what they leave of the whole, of each part and of each other. Who is in three
// parts or more is in Again more than once.
func (m *Mask) tellsOverlap(o Overlap, alone []int64) bool {
	for _, n := range append(alone, o.Several, o.None, o.People-o.Several, o.People-o.None, o.People-o.Several-o.None, o.Again-o.Several) {
		if !m.Printable(n) {
			return false
		}
	}
	return true
}
