// Package sample makes usage reports for an enterprise that does not exist, in
// GitHub's format. `codegauge serve --demo`, `codegauge generate` and the
// benchmarks import what it writes like any other report.
//
// What a file holds follows from the Config alone, on any machine: every
// user-day has its own random numbers, drawn from (seed, user, day), and all
// arithmetic is on integers. Days can therefore be written alone, in any order
// and at the same time.
//
// The pipeline of one record:
//
//	person + calendar day → plan of features (fill) → cells of
//	(feature, language, model) → sums by each breakdown → bytes
package sample

import (
	"fmt"
	"io"
	"strconv"

	"codegauge/internal/day"
)

// The enterprise that every record belongs to.
const (
	EnterpriseSlug = "acme"
	EnterpriseName = "Acme"
	EnterpriseID   = "4021"
)

// Config says what to generate.
type Config struct {
	// Users is how many people there are, Days how many days end at End.
	Users, Days int
	Seed        uint64
	// End is the last day, normally today.
	End day.Day
	// Demo tells the story of one enterprise with the imperfections of real
	// reports. Without it every person is active every day and every record is
	// complete: volume for benchmarks.
	Demo bool
}

// DemoConfig is the demo: 400 people over 400 days.
func DemoConfig(end day.Day) Config {
	return Config{Users: 400, Days: 400, Seed: 1, End: end, Demo: true}
}

// File is one report file.
type File struct {
	Name  string
	Write func(w io.Writer) error
}

// Organization is one of the enterprise's organizations.
type Organization struct {
	// ID is the organization_id in the reports.
	ID, Slug, Name string
}

// Team is a team of one organization.
type Team struct {
	// ID is the team_id in the reports, Organization the organization's slug.
	ID, Slug, Name, Organization string
}

// Generator writes the files of one Config. It is safe for concurrent use.
type Generator struct {
	cfg    Config
	orgs   []Organization
	teams  []Team
	people []person
}

// New prepares a generator.
func New(c Config) *Generator {
	g := &Generator{cfg: c}
	g.found()
	g.hire()
	return g
}

// Organizations returns the enterprise's organizations.
func (g *Generator) Organizations() []Organization { return g.orgs }

// Teams returns the teams of all organizations.
func (g *Generator) Teams() []Team { return g.teams }

// Days returns the days of the configuration, the first one first.
func (g *Generator) Days() day.Range {
	return day.Range{From: g.cfg.End - day.Day(g.cfg.Days) + 1, To: g.cfg.End}
}

// Files returns the files, always in the same order: oldest aggregates, then
// day by day users, other tools and teams, then recent aggregates and seats.
func (g *Generator) Files() []File {
	var files []File
	if g.cfg.Demo {
		files = g.oldAggregates(files)
	}
	for d := g.firstUserDay(); d <= g.cfg.End; d++ {
		files = g.dayFiles(files, d)
	}
	if g.cfg.Demo {
		files = g.recentAggregates(files)
		files = append(files, File{"seats.ndjson", g.writeSeats})
	}
	return files
}

// dayFiles appends the files of one day. A day with no data has none, and a tool
// that nobody used sends none: an empty file would be refused.
func (g *Generator) dayFiles(files []File, d day.Day) []File {
	if g.gap(d) {
		return files
	}
	add := func(prefix string, write func(io.Writer, day.Day) error) {
		files = append(files, File{fileName(prefix, d), func(w io.Writer) error { return write(w, d) }})
	}
	c := g.calendar(d)
	if g.anyone(&c, (*Generator).visible) {
		add("enterprise-users-1-day", g.WriteUsers)
	}
	for _, t := range otherTools {
		if g.cfg.Demo && t.runs(c.age) && g.anyone(&c, t.uses) {
			add(t.file+"-users-1-day", t.writer(g))
		}
	}
	if g.anyone(&c, (*Generator).inTeam) {
		add("enterprise-user-teams-1-day", g.writeTeams)
	}
	return files
}

// anyone reports whether a report of the day would have a row.
func (g *Generator) anyone(c *calendar, has func(*Generator, *person, *calendar) bool) bool {
	for i := range g.people {
		if has(g, &g.people[i], c) {
			return true
		}
	}
	return false
}

func fileName(prefix string, d day.Day) string { return prefix + "-" + d.String() + ".ndjson" }

// age is how many days before the last day d lies: the clock of the story.
func (g *Generator) age(d day.Day) int { return int(g.cfg.End - d) }

// itoa keeps ids and numbers readable where they are made.
func itoa(n int) string { return strconv.Itoa(n) }

// failed names the file's content in a write error.
func failed(what string, d day.Day, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write sample %s of %s: %w", what, d, err)
}
