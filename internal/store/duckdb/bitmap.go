package duckdb

import (
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	duck "github.com/duckdb/duckdb-go/v2"
)

// Sets of people are roaring bitmaps of person numbers. Two scalar functions
// bring them into SQL:
//
//	people(bits BLOB) BLOB              what bitstring_agg(person, 0, max)::BLOB collected, as a bitmap
//	count_people(sets BLOB[], among BLOB[]) BIGINT
//	                                    distinct people in any of the sets, each
//	                                    set first cut to its among unless that is NULL
func registerBitmaps(conn *sql.Conn) error {
	if err := duck.RegisterScalarUDF(conn, "people", peopleFunc{}); err != nil {
		return fmt.Errorf("register people: %w", err)
	}
	if err := duck.RegisterScalarUDF(conn, "count_people", countFunc{}); err != nil {
		return fmt.Errorf("register count_people: %w", err)
	}
	return nil
}

type peopleFunc struct{}

func (peopleFunc) Config() duck.ScalarFuncConfig {
	return duck.ScalarFuncConfig{
		InputTypeInfos:      []duck.TypeInfo{typeInfo(duck.TYPE_BLOB)},
		ResultTypeInfo:      typeInfo(duck.TYPE_BLOB),
		SpecialNullHandling: true,
	}
}

func (peopleFunc) Executor() duck.ScalarFuncExecutor {
	return duck.ScalarFuncExecutor{RowExecutor: func(v []driver.Value) (any, error) {
		bits, _ := v[0].([]byte)
		return fromBits(bits).ToBytes()
	}}
}

// fromBits reads DuckDB's BIT written as a BLOB: the most significant bit
// first. Bit 0 of the agg is the first after the padding at the front, so the
// agg must run over a multiple of eight numbers for there to be none.
func fromBits(bits []byte) *roaring.Bitmap {
	bm := roaring.New()
	for i, b := range bits {
		for ; b != 0; b &= b - 1 {
			low := trailingZeros(b)
			bm.Add(uint32(i*8 + 7 - low))
		}
	}
	bm.RunOptimize()
	return bm
}

func trailingZeros(b byte) int {
	n := 0
	for b&1 == 0 {
		b >>= 1
		n++
	}
	return n
}

type countFunc struct{}

func (countFunc) Config() duck.ScalarFuncConfig {
	blobs, err := duck.NewListInfo(typeInfo(duck.TYPE_BLOB))
	if err != nil {
		panic(err) // a list of a plain type: cannot fail
	}
	return duck.ScalarFuncConfig{
		InputTypeInfos:      []duck.TypeInfo{blobs, blobs},
		ResultTypeInfo:      typeInfo(duck.TYPE_BIGINT),
		SpecialNullHandling: true,
	}
}

func (countFunc) Executor() duck.ScalarFuncExecutor {
	return duck.ScalarFuncExecutor{RowExecutor: func(v []driver.Value) (any, error) {
		sets, _ := v[0].([]any)
		among, _ := v[1].([]any)
		return countPeople(sets, among)
	}}
}

func countPeople(sets, among []any) (int64, error) {
	all := roaring.New()
	for i, set := range sets {
		bm, err := bitmapOf(set)
		if err != nil || bm == nil {
			if err != nil {
				return 0, err
			}
			continue
		}
		members, err := bitmapOf(among[i])
		if err != nil {
			return 0, err
		}
		if members != nil {
			bm = roaring.And(bm, members)
		}
		all.Or(bm)
	}
	return int64(all.GetCardinality()), nil
}

// bitmapOf reads a stored bitmap, nil for NULL. The bytes belong to DuckDB and
// are not kept beyond the call.
func bitmapOf(v any) (*roaring.Bitmap, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, nil
	}
	bm := roaring.New()
	if _, err := bm.FromBuffer(b); err != nil {
		return nil, fmt.Errorf("stored set of people is damaged: %w", err)
	}
	return bm, nil
}

func typeInfo(t duck.Type) duck.TypeInfo {
	info, err := duck.NewTypeInfo(t)
	if err != nil {
		panic(err) // a plain type: cannot fail
	}
	return info
}
