package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
)

// seatMembers maps the columns of the CSV list of seats that GitHub's settings pages offer
// ("Get report") to the members of a Seat's JSON object. assignee and organization are
// logins. The organization column is not GitHub's: lists merged by hand may have it.
var seatMembers = map[string]string{
	"report time":           "reported_at",
	"login":                 "assignee",
	"last authenticated at": "last_authenticated_at",
	"last activity at":      "last_activity_at",
	"last surface used":     "last_activity_editor",
	"organization":          "organization",
}

// seatMembersIn returns the member of each column of a CSV list of seats, "" for unknown
// columns; nil if the line is not the header of such a list.
func seatMembersIn(line []byte) []string {
	head, err := csvFields(line)
	if err != nil {
		return nil
	}
	var members []string
	for _, name := range head {
		members = append(members, seatMembers[strings.ToLower(strings.TrimSpace(name))])
	}
	for _, needed := range []string{"reported_at", "assignee", "last_activity_at"} {
		if !slices.Contains(members, needed) {
			return nil
		}
	}
	return members
}

func csvFields(line []byte) ([]string, error) { return csv.NewReader(bytes.NewReader(line)).Read() }

// beginSeatCSV continues with a CSV list of seats if the text is one, and reports whether
// it is.
func (s *source) beginSeatCSV() bool {
	n := s.lineLength()
	if s.columns = seatMembersIn(s.text()[:n]); s.columns == nil {
		return false
	}
	s.stat.setFormat("csv")
	s.advance(n)
	s.firstSeq = s.baseSeq
	s.step = (*source).nextSeatLines
	return true
}

// nextSeatLines returns a block of a CSV list of seats, each line converted to a JSON
// object.
func (s *source) nextSeatLines() *block {
	n := bytes.LastIndexByte(s.text(), '\n') + 1
	switch {
	case s.eof:
		n = len(s.text())
	case n == 0 && len(s.text()) > s.maxLine:
		s.rejectText(len(s.text()), lineTooLong(s.maxLine))
		s.discardRest()
		return nil
	case n == 0:
		s.readMore()
		return nil
	}
	b := s.cutBlock(0, n)
	var seats []byte
	for i, line := range bytes.Split(b.data, newline) {
		if i > 0 {
			seats = append(seats, '\n')
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		seat, reason := s.parseSeat(line)
		if reason != "" {
			r := newRejection(s.name, b.line+i, line, reason)
			r.Day, r.NoRecord = day.Day(0), true
			s.reject(b.baseSeq+int64(len(seats)), r)
		}
		seats = append(seats, seat...)
	}
	s.baseSeq = b.baseSeq + int64(max(n, len(seats))) // each seat has a Seq of its own
	b.data, b.isSeatCSV, b.allowLong = seats, true, false
	return b
}

// parseSeat converts a line of a CSV list of seats to a JSON object, or returns the reason
// to reject it.
func (s *source) parseSeat(line []byte) (seat []byte, reason string) {
	cells, err := csvFields(line)
	if err != nil {
		return nil, "not a line of CSV"
	}
	if len(cells) != len(s.columns) {
		return nil, fmt.Sprintf("%d columns where the first line has %d: the file may be cut off", len(cells), len(s.columns))
	}
	if strings.TrimSpace(cells[slices.Index(s.columns, "assignee")]) == "" {
		return nil, "no login"
	}
	for i, member := range s.columns {
		cell := strings.TrimSpace(cells[i])
		if member == "" || cell == "" || cell == "None" && strings.HasPrefix(member, "last_") {
			continue
		}
		seat = append(appendQuoted(append(seat, ','), member), ':')
		if member == "assignee" || member == "organization" {
			seat = append(appendQuoted(append(seat, `{"login":`...), cell), '}')
		} else {
			seat = appendQuoted(seat, cell)
		}
	}
	seat[0] = '{'
	return append(seat, '}'), ""
}
