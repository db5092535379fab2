package parquet

import (
	"encoding/binary"
	"errors"
)

// maxDepth is how many structs and lists in metadata may be inside each other;
// the format needs 10.
const maxDepth = 32

// What elements of lists take in memory at most, however little in the file.
const (
	structMemory = 600
	valueMemory  = 24
)

var errMetadata = errors.New("malformed metadata")

// skim steps through a struct in Thrift's compact protocol and checks what a
// decoder trusts: that its lists and strings are as long as they say.
type skim struct {
	in     []byte
	memory int // that lists take
	bad    bool
}

// structSize returns how many bytes the struct that in begins with takes.
func structSize(in []byte) (int, error) {
	s := skim{in: in}
	s.structure(0)
	if s.bad {
		return 0, errMetadata
	}
	return len(in) - len(s.in), nil
}

// Types of the compact protocol.
const (
	thriftTrue = iota + 1
	thriftFalse
	thriftByte
	thriftI16
	thriftI32
	thriftI64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	thriftMap
	thriftStruct
	thriftUUID
)

func (s *skim) structure(depth int) {
	for !s.bad {
		field := s.byte()
		if field == 0 {
			return
		}
		if field>>4 == 0 {
			s.varint() // the field's number
		}
		if t := field & 0xf; t > thriftFalse { // which are their own value
			s.value(t, depth+1)
		}
	}
}

func (s *skim) value(t byte, depth int) {
	if depth > maxDepth {
		s.bad = true
		return
	}
	switch t {
	case thriftTrue, thriftFalse, thriftByte:
		s.byte()
	case thriftI16, thriftI32, thriftI64:
		s.varint()
	case thriftDouble:
		s.skip(8)
	case thriftUUID:
		s.skip(16)
	case thriftBinary:
		s.skip(s.varint())
	case thriftList, thriftSet:
		head := s.byte()
		n := uint64(head >> 4)
		if n == 0xf {
			n = s.varint()
		}
		s.values(n, depth, head&0xf)
	case thriftMap:
		if n := s.varint(); n > 0 {
			head := s.byte()
			s.values(n, depth, head>>4, head&0xf)
		}
	case thriftStruct:
		s.structure(depth)
	default:
		s.bad = true
	}
}

// values steps over n elements of a list, or n pairs of a map.
func (s *skim) values(n uint64, depth int, types ...byte) {
	for ; n > 0 && !s.bad; n-- {
		for _, t := range types {
			s.memory += valueMemory
			if t == thriftStruct {
				s.memory += structMemory
			}
			s.value(t, depth+1)
		}
		s.bad = s.bad || s.memory > maxMemory
	}
}

func (s *skim) byte() byte {
	if len(s.in) == 0 {
		s.bad = true
		return 0
	}
	b := s.in[0]
	s.in = s.in[1:]
	return b
}

func (s *skim) varint() uint64 {
	v, n := binary.Uvarint(s.in)
	if n <= 0 {
		s.bad = true
		return 0
	}
	s.in = s.in[n:]
	return v
}

func (s *skim) skip(n uint64) {
	if n > uint64(len(s.in)) {
		s.bad = true
		return
	}
	s.in = s.in[n:]
}
