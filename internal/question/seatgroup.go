package question

import (
	"encoding/json"
	"slices"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/sorting"
)

// SeatGroup is one of the groups of which every seat is in exactly one.
type SeatGroup string

// The groups, in the order in which they are shown. What is left to act on are the
// last two: held for 28 days or more without any activity on record in that time.
const (
	SeatActive     SeatGroup = "active"     // any activity in the last 28 days, on any surface
	SeatNew        SeatGroup = "new"        // held for less than 28 days, not active yet
	SeatCancelling SeatGroup = "cancelling" // has a cancellation date
	SeatUncertain  SeatGroup = "uncertain"  // not active on record, but the records are incomplete
	SeatUnused     SeatGroup = "unused"     // no activity on record at all
	SeatInactive   SeatGroup = "inactive"   // the last activity on record is 28 days old or older
)

// SeatGroups lists the groups.
var SeatGroups = []SeatGroup{SeatActive, SeatNew, SeatCancelling, SeatUncertain, SeatUnused, SeatInactive}

// seatDays is how long a seat is held before it can be called unused, and how far back
// activity counts.
const seatDays = 28

// SeatCounts counts seats by group: they add up to Assigned.
type SeatCounts struct {
	Assigned int
	Groups   map[SeatGroup]int
	// Below counts people whose client is too old to report lines, in any group.
	Below int
	// Cost is what the seats to act on cost a month, in US cents; Unpriced counts those
	// of a plan whose price is not known.
	Cost     int64
	Unpriced int
}

// ToActOn counts the seats that could be taken back.
func (c SeatCounts) ToActOn() int { return c.Groups[SeatUnused] + c.Groups[SeatInactive] }

// ToActOn reports whether the seat could be taken back.
func (g SeatGroup) ToActOn() bool { return g == SeatUnused || g == SeatInactive }

func (c *SeatCounts) add(s SeatState) {
	c.Assigned++
	if c.Groups == nil {
		c.Groups = map[SeatGroup]int{}
	}
	c.Groups[s.Group]++
	if s.Below {
		c.Below++
	}
	switch {
	case !s.Group.ToActOn():
	case s.Price == 0:
		c.Unpriced++
	default:
		c.Cost += s.Price
	}
}

// SeatState is a seat and how it is used.
type SeatState struct {
	directory.Seat
	// Name is what lists call the holder, "" for nobody: the login, with the id if others
	// have the same, or a pseudonym; of who has one Login, UserID and Body are empty.
	Name  string
	Group SeatGroup
	// Organization is the key of the seat's organization, "" for the enterprise's.
	Organization string
	// Held is for how many days the seat has been held, -1 if that is not known.
	Held int
	// Ends is the day on which the seat is cancelled, 0 if it is not.
	Ends day.Day
	// Last is the last day of activity on record, 0 for none; LastSource says which
	// source says so, "seat" or "records", LastClient on which client.
	Last                   day.Day
	LastSource, LastClient string
	// Below says that the person's client is too old to report lines.
	Below bool
	// Price is what the seat costs a month, in US cents, 0 if that is not known.
	Price int64
}

// group returns the seat's group. complete says that records of its people cover the last
// 28 days.
func (s *SeatState) group(asOf day.Day, complete bool) SeatGroup {
	switch {
	case s.Ends != 0:
		return SeatCancelling
	case s.Last > asOf-seatDays:
		return SeatActive
	case s.Held >= 0 && s.Held < seatDays:
		return SeatNew
	case s.Held < 0 || !complete:
		return SeatUncertain
	case s.Last == 0:
		return SeatUnused
	}
	return SeatInactive
}

// cancellationOf returns the day on which a seat ends, 0 if it does not: the directory
// keeps it in the seat as it came.
func cancellationOf(s directory.Seat) day.Day {
	var body struct {
		Date string `json:"pending_cancellation_date"`
	}
	if json.Unmarshal(s.Body, &body) != nil {
		return 0 // a seat without a body, or with a date of another type
	}
	d, err := day.Parse(body.Date[:min(len(body.Date), len("2006-01-02"))])
	if err != nil {
		return 0
	}
	return d
}

// fold leaves of groups what those may see who may not view people: groups of fewer people
// than the minimum are one, with the next smallest if that were still too few, because it
// would be the total less the others.
func (c SeatCounts) fold(minimum int) (out SeatCounts, folded []SeatGroup) {
	out = SeatCounts{Assigned: c.Assigned, Groups: map[SeatGroup]int{}}
	bySize := slices.Clone(SeatGroups)
	sorting.Stable(bySize, func(a, b SeatGroup) int { return c.Groups[a] - c.Groups[b] })
	together := 0
	for _, g := range bySize {
		n := c.Groups[g]
		if n == 0 || n >= minimum && (together == 0 || together >= minimum) {
			out.Groups[g] = n
			continue
		}
		folded, together = append(folded, g), together+n
	}
	return out, folded
}
