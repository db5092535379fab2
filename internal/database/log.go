package database

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// When SQLite opens a database after a crash, it takes from the log what is whole, up to
// the first page that is not: that may be what was being written when the power
// went. But every commit is synced before the next begins. Where a commit follows that page,
// and more follows the commit, something that was acknowledged is damaged: SQLite would
// drop it in silence, and could mix old and new pages.

// Sizes and places in a log.
const (
	logHead   = 32
	frameHead = 24
	logMagic  = 0x377f0682 // and one more where sums are big-endian
)

// checkLog returns how the log of a database is damaged, "" if it is not.
func checkLog(database string) (string, error) {
	f, err := os.Open(database + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("check the log: %w", err)
	}
	defer f.Close()
	head := make([]byte, logHead)
	if _, err := io.ReadFull(f, head); err != nil {
		return "", unlessShort(err)
	}
	bad, err := lostFrame(bufio.NewReaderSize(f, 1<<20), head)
	if err != nil || bad == 0 {
		return "", err
	}
	again := make([]byte, logHead)
	if _, err := f.ReadAt(again, 0); err != nil || string(again) != string(head) {
		return "", unlessShort(err) // another process has the database and begins its log again
	}
	return fmt.Sprintf("the checksum of page %d of its log does not match", bad), nil
}

// unlessShort returns an error unless it says that a file has no more bytes.
func unlessShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// lostFrame returns the number of the first frame that is damaged and before the end of
// a commit that was synced; 0 if there is none.
func lostFrame(r io.Reader, head []byte) (int, error) {
	var order binary.ByteOrder = binary.LittleEndian
	if magic := binary.BigEndian.Uint32(head); magic&1 == 1 {
		order = binary.BigEndian
	}
	var sum logSum
	sum.add(order, head[:24])
	bad, committed := 0, false
	if !sum.is(head[24:32]) || binary.BigEndian.Uint32(head)&^1 != logMagic {
		bad = 1 // no frame counts
	}
	salt := string(head[16:24])
	frame := make([]byte, frameHead+pageSize)
	for n := 1; ; n++ {
		if _, err := io.ReadFull(r, frame); err != nil {
			return 0, unlessShort(err)
		}
		if n == 1 && bad == 1 {
			salt = string(frame[8:16]) // the head's may be what is damaged
		}
		own := string(frame[8:16]) == salt && salt != string(make([]byte, 8))
		if bad == 0 {
			sum.add(order, frame[:8])
			sum.add(order, frame[frameHead:])
			if own && sum.is(frame[16:24]) {
				continue
			}
			bad = n
		}
		if !own {
			continue // of an earlier round, or damaged
		}
		if committed {
			return bad, nil
		}
		committed = binary.BigEndian.Uint32(frame[4:]) != 0
	}
}

// logSum is the sum of a log up to a place.
type logSum struct{ a, b uint32 }

func (s *logSum) add(order binary.ByteOrder, p []byte) {
	for ; len(p) >= 8; p = p[8:] {
		s.a += order.Uint32(p) + s.b
		s.b += order.Uint32(p[4:]) + s.a
	}
}

func (s *logSum) is(p []byte) bool {
	return s.a == binary.BigEndian.Uint32(p) && s.b == binary.BigEndian.Uint32(p[4:])
}
