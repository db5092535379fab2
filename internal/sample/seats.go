package sample

import (
	"fmt"
	"io"
	"strconv"

	"codegauge/internal/day"
)

// writeSeats writes the billing answer: a seat for everyone, and 15 % more for
// people who were given one and never came, or left.
func (g *Generator) writeSeats(w io.Writer) error {
	out := newWriter(w)
	calendars := g.calendars()
	for i := range g.people {
		p := &g.people[i]
		out.buf = g.appendSeat(out.buf, p, g.lastActive(p, calendars))
	}
	taken := g.logins()
	for i := range g.cfg.Users * 15 / 100 {
		p := g.newPerson(len(g.people)+i, taken)
		p.theme, p.adopted = i%len(themes), none
		last := day.Day(none)
		if i%2 == 0 {
			last = g.cfg.End - day.Day(95+i*3)
		}
		out.buf = g.appendSeat(out.buf, &p, last)
	}
	if err := out.flush(); err != nil {
		return fmt.Errorf("write sample seats: %w", err)
	}
	return nil
}

func (g *Generator) logins() map[string]bool {
	taken := make(map[string]bool, len(g.people))
	for i := range g.people {
		taken[g.people[i].login] = true
	}
	return taken
}

// calendars describes every day, the last one first.
func (g *Generator) calendars() []calendar {
	all := make([]calendar, g.cfg.Days)
	for age := range all {
		all[age] = g.calendar(g.cfg.End - day.Day(age))
	}
	return all
}

// lastActive returns the last day on which the person was seen, none if never.
func (g *Generator) lastActive(p *person, calendars []calendar) day.Day {
	for i := range calendars {
		if g.visible(p, &calendars[i]) {
			return calendars[i].d
		}
	}
	return none
}

func (g *Generator) appendSeat(b []byte, p *person, last day.Day) []byte {
	r := newRNG(g.cfg.Seed, p.index, 0, saltSeat)
	o := &g.orgs[p.theme]
	b = append(b, `{"created_at":"`...)
	b = appendTime(b, g.seatCreated(p, &r), &r)
	b = append(b, `,"assignee":{"login":"`+p.login+`","id":`+p.id+`,"type":"User"}`...)
	b = append(b, `,"organization":{"login":"`+o.Slug+`","id":`+o.ID+`}`...)
	b = append(b, `,"assigning_team":`...)
	b = g.appendAssigning(b, p)
	b = append(b, `,"pending_cancellation_date":`...)
	if p.adopted == none && r.n(8) == 0 {
		b = append(append(append(b, '"'), (g.cfg.End+day.Day(r.between(3, 12))).String()...), '"')
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"plan_type":"`+seatPlans[min(p.theme, len(seatPlans)-1)]+`","last_activity_at":`...)
	if last == none {
		return append(b, "null,\"last_activity_editor\":null}\n"...)
	}
	b = appendTime(append(b, '"'), last, &r)
	rel := clients[p.ide].at(last, p.lag)
	return append(b, `,"last_activity_editor":"`+clients[p.ide].ide+`/`+rel.ide+`/`+clients[p.ide].plugin+`/`+rel.plugin+"\"}\n"...)
}

// seatPlans are the plans of the organizations' seats; the last is the others' too.
var seatPlans = []string{"business", "enterprise"}

// seatCreated is shortly before the person first used Copilot, or a few days ago for some
// who have not.
func (g *Generator) seatCreated(p *person, r *rng) day.Day {
	if p.adopted == none && r.n(4) == 0 {
		return g.cfg.End - day.Day(r.between(1, 20))
	}
	if p.adopted == none || p.adopted > storyDays {
		return g.cfg.End - day.Day(storyDays+20+r.n(200))
	}
	return g.cfg.End - day.Day(p.adopted+2+r.n(10))
}

func (g *Generator) appendAssigning(b []byte, p *person) []byte {
	if p.team == none {
		return append(b, "null"...)
	}
	t := &g.teams[p.team]
	return append(b, `{"id":`+t.ID+`,"name":"`+t.Name+`","slug":"`+t.Slug+`"}`...)
}

// appendTime closes a string with a time of the day.
func appendTime(b []byte, d day.Day, r *rng) []byte {
	b = append(b, d.String()...)
	b = append(b, 'T', '0'+byte(r.n(2)), '0'+byte(r.n(10)), ':')
	b = strconv.AppendInt(b, int64(r.between(10, 59)), 10)
	return append(b, `:00Z"`...)
}
