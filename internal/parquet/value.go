package parquet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// valueType is the type of a leaf column.
type valueType struct {
	kind    parquet.Kind
	logical format.LogicalTypeValue // nil if there is none
	isDay   bool                    // the day of a record, which some tools make a time of
}

// valueTypeOf returns the type of a column whose values belong to a member of
// that name.
func valueTypeOf(t parquet.Type, name string) valueType {
	v := valueType{kind: t.Kind()}
	if l := t.LogicalType(); l != nil {
		v.logical = l.Value
	}
	switch name {
	case "day", "report_start_day", "report_end_day":
		v.isDay = true
	}
	return v
}

// append appends a value that is not null as JSON; what JSON cannot say of
// numbers is null.
func (t *valueType) append(dst []byte, v parquet.Value) ([]byte, error) {
	switch l := t.logical.(type) {
	case *format.DateType:
		return appendDay(dst, timeOf(int64(v.Int32()), 24*time.Hour)), nil
	case *format.TimestampType:
		return t.appendTime(dst, timeOf(v.Int64(), l.Unit.Value.Duration())), nil
	case *format.TimeType:
		n := v.Int64()
		if t.kind == parquet.Int32 {
			n = int64(v.Int32())
		}
		return timeOf(n, l.Unit.Value.Duration()).AppendFormat(dst, `"15:04:05.999999999"`), nil
	case *format.IntType:
		if !l.IsSigned && t.kind == parquet.Int32 {
			return strconv.AppendUint(dst, uint64(v.Uint32()), 10), nil
		} else if !l.IsSigned {
			return strconv.AppendUint(dst, v.Uint64(), 10), nil
		}
	case *format.DecimalType:
		return t.appendDecimal(dst, v, int(l.Scale))
	case *format.UUIDType:
		b := v.ByteArray()
		return fmt.Appendf(dst, `"%x-%x-%x-%x-%x"`, b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
	case *format.JsonType:
		if b := bytes.NewBuffer(dst); utf8.Valid(v.ByteArray()) && json.Compact(b, v.ByteArray()) == nil {
			return b.Bytes(), nil
		}
	}
	switch t.kind {
	case parquet.Boolean:
		return strconv.AppendBool(dst, v.Boolean()), nil
	case parquet.Int32:
		return strconv.AppendInt(dst, int64(v.Int32()), 10), nil
	case parquet.Int64:
		return strconv.AppendInt(dst, v.Int64(), 10), nil
	case parquet.Int96: // nanoseconds of a Julian day
		const epoch = 2440588
		n := v.Int96()
		midnight := timeOf(int64(n[2])-epoch, 24*time.Hour)
		return t.appendTime(dst, midnight.Add(time.Duration(n[1])<<32|time.Duration(n[0]))), nil
	case parquet.Float:
		return appendFloat(dst, float64(v.Float()), 32), nil
	case parquet.Double:
		return appendFloat(dst, v.Double(), 64), nil
	}
	if !utf8.Valid(v.ByteArray()) {
		return dst, errors.New("bytes that are not text in UTF-8")
	}
	return appendText(dst, v.ByteArray()), nil
}

// timeOf returns the time n units after 1970 began.
func timeOf(n int64, unit time.Duration) time.Time {
	if unit >= time.Second {
		return time.Unix(n*int64(unit/time.Second), 0).UTC()
	}
	second := int64(time.Second / unit)
	return time.Unix(n/second, n%second*int64(unit)).UTC()
}

// appendTime appends a time as reports write them.
func (t *valueType) appendTime(dst []byte, at time.Time) []byte {
	if t.isDay {
		return appendDay(dst, at)
	}
	return at.AppendFormat(dst, `"2006-01-02T15:04:05.000000Z"`)
}

func appendDay(dst []byte, at time.Time) []byte { return at.AppendFormat(dst, `"2006-01-02"`) }

// appendDecimal appends an integer, in bytes big-endian, divided by 10^scale.
func (t *valueType) appendDecimal(dst []byte, v parquet.Value, scale int) ([]byte, error) {
	const most = 100 // digits and bytes; the format's integers have up to 76 digits
	if scale < 0 || scale > most {
		return dst, errPage
	}
	n := new(big.Int)
	switch t.kind {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default:
		b := v.ByteArray()
		if len(b) > most {
			return dst, errPage
		}
		if n.SetBytes(b); len(b) > 0 && b[0] >= 0x80 { // two's complement
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	if n.Sign() < 0 {
		dst = append(dst, '-')
	}
	digits := fmt.Sprintf("%0*d", scale+1, n.Abs(n))
	whole, fraction := digits[:len(digits)-scale], strings.TrimRight(digits[len(digits)-scale:], "0")
	dst = append(dst, whole...)
	if fraction != "" {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst, nil
}

// appendFloat appends a number with as many digits as it takes, null if it is none.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch abs := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(dst, "null"...)
	case abs != 0 && (abs < 1e-6 || abs >= 1e21):
		return strconv.AppendFloat(dst, f, 'e', -1, bits)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, bits)
}

// appendText appends a string, which is UTF-8, as JSON.
func appendText(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
