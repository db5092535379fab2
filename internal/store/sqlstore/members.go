package sqlstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"codegauge/internal/cube"
	"codegauge/internal/day"
	"codegauge/internal/query"
	"codegauge/internal/rollup"

	"github.com/RoaringBitmap/roaring/v2"
)

// The memberships of a day are packed:
//
//	for each entity, ascending: its number less the one before, level, organization,
//	length of its bitmap, the bitmap
//
// Numbers are varints.

func encodeMembers(list []rollup.Members) ([]byte, error) {
	var b []byte
	last := int64(0)
	for _, m := range list {
		people, err := m.People.ToBytes()
		if err != nil {
			return nil, fmt.Errorf("write members of %d: %w", m.Entity, err)
		}
		b = binary.AppendVarint(b, m.Entity-last)
		b = append(b, byte(m.Level))
		b = binary.AppendVarint(b, m.Organization)
		b = cube.AppendText(b, people)
		last = m.Entity
	}
	return packer.EncodeAll(b, nil), nil
}

// dayMembers is who belonged where on a day.
type dayMembers struct {
	list     []rollup.Members
	byEntity map[int64]*roaring.Bitmap
	bytes    int // that it takes beside what it shares with other days
}

var nobody = roaring.New()

// of returns who belonged to an entity, which may be nobody. It is shared: read-only.
func (m *dayMembers) of(entity int64) *roaring.Bitmap {
	if m != nil {
		if people := m.byEntity[entity]; people != nil {
			return people
		}
	}
	return nobody
}

// decodeMembers reads what encodeMembers has written. Bitmaps are taken from known,
// where they are by their bytes, and added to it.
func decodeMembers(b []byte, known map[string]*roaring.Bitmap) (*dayMembers, error) {
	raw, err := unpacker.DecodeAll(b, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: memberships: %w", errDamaged, err)
	}
	out := &dayMembers{byEntity: map[int64]*roaring.Bitmap{}}
	in := cube.NewReader(raw)
	entity := int64(0)
	for in.More() {
		entity += in.Varint()
		m := rollup.Members{Entity: entity, Level: query.Level(in.Byte()), Organization: in.Varint()}
		people := in.Text()
		if m.People = known[string(people)]; m.People == nil {
			if m.People, err = bitmapOf(people); err != nil {
				return nil, err
			}
			known[string(people)] = m.People
			out.bytes += bitmapBytes(m.People)
		}
		out.list, out.byEntity[entity] = append(out.list, m), m.People
		out.bytes += 60
	}
	if in.Bad {
		return nil, errDamaged
	}
	return out, nil
}

// membersIn returns who belonged where on the days of a range, nil of a day without
// memberships. It may be called while units are read: see months.
func (v *snapshot) membersIn(ctx context.Context, r day.Range) (map[day.Day]*dayMembers, error) {
	blocks, err := v.months(cacheKey{members: true}, r, func(missing day.Range) (map[cacheKey]*cached, error) {
		return v.readMembers(ctx, missing)
	})
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	out := map[day.Day]*dayMembers{}
	for _, b := range blocks {
		for d, m := range b.members {
			if r.Contains(d) {
				out[d] = m
			}
		}
	}
	return out, nil
}

func (v *snapshot) readMembers(ctx context.Context, r day.Range) (map[cacheKey]*cached, error) {
	into := map[cacheKey]*cached{}
	k := v.at(cacheKey{members: true})
	for k.month = range r.Months() {
		into[k] = &cached{bytes: 200, members: map[day.Day]*dayMembers{}}
	}
	known := map[string]*roaring.Bitmap{}
	var last *dayMembers
	var lastBody []byte
	return into, v.eachSetRow(ctx, r, []setGroup{memberSets}, func(d day.Day, _ int32, body []byte) error {
		k.month = d.Month()
		b := into[k]
		if !bytes.Equal(body, lastBody) {
			m, err := decodeMembers(body, known)
			if err != nil {
				return fmt.Errorf("%s: %w", d, err)
			}
			b.bytes += m.bytes
			last, lastBody = m, append(lastBody[:0], body...)
		}
		b.members[d] = last
		b.bytes += 50
		return nil
	})
}
