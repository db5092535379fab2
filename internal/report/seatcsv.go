package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
)

// seatMembers are the columns of the list of seats that GitHub's settings offer as a CSV
// file ("Get report") and what each is called in a seat; assignee and organization are
// logins. Lists that somebody has joined say the organization too.
var seatMembers = map[string]string{
	"report time":           "reported_at",
	"login":                 "assignee",
	"last authenticated at": "last_authenticated_at",
	"last activity at":      "last_activity_at",
	"last surface used":     "last_activity_editor",
	"organization":          "organization",
}

// seatMembersIn returns what the columns of a CSV list of seats are called in a seat, ""
// for those that are unknown; nil if the line is not the head of such a list.
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

// beginSeatCSV begins with a CSV list of seats, if that is what the text is.
func (s *source) beginSeatCSV() bool {
	n := s.lineLength()
	if s.columns = seatMembersIn(s.text()[:n]); s.columns == nil {
		return false
	}
	s.stat.format("csv")
	s.drop(n)
	s.first = s.base
	s.step = (*source).seatLines
	return true
}

// seatLines takes a block of lines of a CSV list of seats, as the seats that they are:
// one on each line.
func (s *source) seatLines() *block {
	n := bytes.LastIndexByte(s.text(), '\n') + 1
	switch {
	case s.eof:
		n = len(s.text())
	case n == 0 && len(s.text()) > s.maxLine:
		s.refuseText(len(s.text()), longLine(s.maxLine))
		s.stop()
		return nil
	case n == 0:
		s.more()
		return nil
	}
	b := s.take(0, n)
	var seats []byte
	for i, line := range bytes.Split(b.data, newline) {
		if i > 0 {
			seats = append(seats, '\n')
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		seat, reason := s.seatOf(line)
		if reason != "" {
			r := newRejection(s.name, b.line+i, line, reason)
			r.Day, r.NoRecord = day.Day(0), true
			s.refuse(b.base+int64(len(seats)), r)
		}
		seats = append(seats, seat...)
	}
	s.base = b.base + int64(max(n, len(seats))) // each seat has a Seq of its own
	b.data, b.seats, b.roomy = seats, true, false
	return b
}

// seatOf returns a line of a CSV list of seats as a seat, or why it is none.
func (s *source) seatOf(line []byte) (seat []byte, reason string) {
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
