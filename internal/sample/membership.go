package sample

import (
	"io"
	"slices"
	"strings"

	"codegauge/internal/day"
)

// found makes the organizations and their teams.
func (g *Generator) found() {
	n := organizationCount(g.cfg.Users)
	if g.cfg.Demo {
		n = len(themes)
	}
	for i := range n {
		g.orgs = append(g.orgs, newOrganization(i))
	}
	if g.cfg.Demo {
		g.foundDemoTeams()
		return
	}
	for i := range max(n, teamCount(g.cfg.Users)) {
		g.teams = append(g.teams, g.newTeam(i))
	}
}

// organizationCount is 5 from 400 people on, and one more with each 10,000.
func organizationCount(users int) int { return min(20, clamp(users/80, 1, 5)+users/10_000) }

// teamCount is a team for every 30 people, up to 400; beyond, teams grow.
func teamCount(users int) int {
	return min(1000, clamp((users+29)/30, 1, 400)+max(0, users-12_000)*600/88_000)
}

func clamp(n, lo, hi int) int { return max(lo, min(n, hi)) }

func newOrganization(i int) Organization {
	o := Organization{ID: itoa(90_211_004 + i*7_919)}
	if i < len(themes) {
		o.Slug, o.Name = themes[i].slug, themes[i].name
		return o
	}
	o.Slug = moreOrgs[i-len(themes)].name
	o.Name = title(o.Slug)
	return o
}

func (g *Generator) newTeam(i int) Team {
	words := len(teamWords[0]) * len(teamWords[1])
	slug := teamWords[0][i%20] + "-" + teamWords[1][i/20%20]
	if i >= words {
		slug += "-" + itoa(i/words+1)
	}
	return Team{ID: teamID(i), Slug: slug, Name: title(slug), Organization: g.orgs[i%len(g.orgs)].Slug}
}

func (g *Generator) foundDemoTeams() {
	for i, t := range demoTeams {
		g.teams = append(g.teams, Team{ID: teamID(i), Slug: t.slug, Name: t.name, Organization: t.org})
	}
}

func teamID(i int) string { return itoa(7_300_500 + i*13) }

// title writes a slug as a name.
func title(slug string) string {
	words := strings.Split(slug, "-")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// joinTeam puts a person of plain data into a team, or for 8 % into none. Low
// numbers are more likely, so that some teams are large.
func (g *Generator) joinTeam(p *person, r *rng) {
	x := r.n(1000)
	p.team = x * x * len(g.teams) / 1_000_000
	p.theme = p.team % len(g.orgs) % len(themes)
	if r.chance(12) {
		p.secondTeam = (p.team + 1) % len(g.teams)
	}
	if r.chance(80) {
		p.team, p.secondTeam = none, none
	}
}

// placeInTeams fills the demo's teams to their sizes, in a random order of
// people; who is left over is in no team.
func (g *Generator) placeInTeams() {
	order := g.shuffled()
	for t, dt := range demoTeams {
		size := dt.size
		if !dt.fixed {
			size = dt.size * g.cfg.Users / 400
		}
		for range min(size, len(order)) {
			g.assign(order[0], t)
			order = order[1:]
		}
	}
	for _, p := range order {
		p.theme = p.index % len(themes)
	}
}

func (g *Generator) shuffled() []*person {
	order := make([]*person, len(g.people))
	for i := range g.people {
		order[i] = &g.people[i]
	}
	r := newRNG(g.cfg.Seed, 0, 4, saltPerson)
	for i := len(order) - 1; i > 0; i-- {
		j := r.n(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// assign puts a person into a demo team. A few are also in a team of another
// organization, and a few came from another team during the story; the small
// team keeps its four people throughout.
func (g *Generator) assign(p *person, team int) {
	r := newRNG(g.cfg.Seed, p.index, 5, saltPerson)
	p.team = team
	p.theme = slices.IndexFunc(themes, func(t theme) bool { return t.slug == demoTeams[team].org })
	if demoTeams[team].fixed {
		return
	}
	if r.chance(40) {
		p.secondTeam = otherTeam(team, &r)
	}
	if r.chance(60) {
		p.movedFrom, p.moved = otherTeam(team, &r), r.between(5, 120)
	}
	if p.movedFrom == p.secondTeam {
		p.movedFrom, p.moved = none, none
	}
}

// otherTeam returns any other team that takes people in.
func otherTeam(not int, r *rng) int {
	for {
		if t := r.n(len(demoTeams)); t != not && !demoTeams[t].fixed {
			return t
		}
	}
}

// fullTeamDays is for how many last days everyone with a seat is in the
// user-teams rows. Before, only who was active is: it is what joins need, and
// keeps a year of the demo small.
const fullTeamDays = 63

// writeTeams writes the user-teams report of a day.
func (g *Generator) writeTeams(w io.Writer, d day.Day) error {
	c := g.calendar(d)
	out := newWriter(w)
	for i := range g.people {
		p := &g.people[i]
		if !g.inTeam(p, &c) {
			continue
		}
		out.buf = g.appendTeam(out.buf, p, p.teamAt(c.age), d)
		out.buf = g.appendTeam(out.buf, p, p.secondTeam, d)
		out.spill()
	}
	return failed("user teams", d, out.flush())
}

// inTeam reports whether the day's user-teams report has a row of the person.
func (g *Generator) inTeam(p *person, c *calendar) bool {
	return (p.teamAt(c.age) != none || p.secondTeam != none) && g.listed(p, c)
}

func (g *Generator) listed(p *person, c *calendar) bool {
	if !g.cfg.Demo {
		return true
	}
	if p.adopted == none || p.adopted < c.age {
		return false
	}
	return c.age < fullTeamDays || g.visible(p, c) || g.claudeVisible(p, c)
}

func (g *Generator) appendTeam(b []byte, p *person, team int, d day.Day) []byte {
	if team == none {
		return b
	}
	t := &g.teams[team]
	b = append(b, `{"user_id":`...)
	b = append(b, p.id...)
	b = append(b, `,"user_login":"`...)
	b = append(b, p.login...)
	b = append(b, `","day":"`...)
	b = append(b, d.String()...)
	b = append(b, `","enterprise_id":"`+EnterpriseID+`","organization_id":"`...)
	b = append(b, g.organizationOf(team).ID...)
	b = append(b, `","team_id":`...)
	b = append(b, t.ID...)
	b = append(b, `,"slug":"`...)
	b = append(b, t.Slug...)
	return append(b, "\"}\n"...)
}

func (g *Generator) organizationOf(team int) *Organization {
	slug := g.teams[team].Organization
	i := slices.IndexFunc(g.orgs, func(o Organization) bool { return o.Slug == slug })
	return &g.orgs[i]
}
