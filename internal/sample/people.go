package sample

import (
	"cmp"
	"slices"
)

// none is no team, no age, no old client.
const none = -1

// person is one developer: everything about them that does not change from day
// to day, or changes once.
type person struct {
	index     int
	id, login string
	// archetype is an index of archetypes; rate is the share of weekdays on
	// which the person is active, volume how much they do, both in permille.
	archetype, rate, volume int
	// theme is how the person's home organization works, whether or not a team
	// makes the person a member of it.
	theme int
	// teams are indices of Generator.teams, none for no team. From the age
	// moved on the first team is another: before it was movedFrom.
	team, secondTeam, movedFrom, moved int
	languages                          [4]uint8
	// ide and secondIDE are indices of clients; old one of oldClients or none.
	ide, secondIDE uint8
	old            int
	lag            int
	// reduced people are seen by the server alone.
	reduced bool
	// adopted and claude are the ages from which the person uses Copilot and
	// Claude Code; none for never. gemini is their place among Gemini's few.
	adopted, claude, gemini int
	cli, app, cloud, review bool
}

// teamAt returns the person's first team at an age of the story.
func (p *person) teamAt(age int) int {
	if p.moved != none && age > p.moved {
		return p.movedFrom
	}
	return p.team
}

// hire makes the people. In the demo they are also placed into its teams, wait
// for their turn in the rollout, and have the troubles of real people.
func (g *Generator) hire() {
	taken := make(map[string]bool, g.cfg.Users)
	g.people = make([]person, g.cfg.Users)
	for i := range g.people {
		g.people[i] = g.newPerson(i, taken)
	}
	if g.cfg.Demo {
		g.placeInTeams()
	}
	for i := range g.people {
		g.equip(&g.people[i])
	}
	if g.cfg.Demo {
		g.rollOut()
	}
}

func (g *Generator) newPerson(i int, taken map[string]bool) person {
	r := newRNG(g.cfg.Seed, i, 0, saltPerson)
	p := person{index: i, id: itoa(1_400_311 + i*37 + r.n(37)), login: newLogin(&r, taken),
		team: none, secondTeam: none, movedFrom: none, moved: none, old: none, adopted: forever, claude: none, gemini: none}
	p.archetype = pickArchetype(&r)
	p.rate = max(40, archetypes[p.archetype].rate*r.between(70, 130)/100)
	p.volume = unlike[r.n(64)]
	p.cli = p.archetype == terminal || r.chance(60)
	p.app = r.chance(110)
	p.cloud = r.chance(120)
	p.review = r.chance(230)
	p.lag = r.n(100) / 75
	if !g.cfg.Demo {
		g.joinTeam(&p, &r)
	}
	return p
}

func pickArchetype(r *rng) int {
	x := r.n(100)
	for i := range archetypes {
		if x -= archetypes[i].share; x < 0 {
			return i
		}
	}
	return 0
}

// newLogin returns a login that nobody has yet.
func newLogin(r *rng, taken map[string]bool) string {
	first, last := firstNames[r.n(len(firstNames))], surnames[r.n(len(surnames))]
	login := first[:1] + last
	switch x := r.n(10); {
	case x == 0:
		login = first + "-" + last
	case x == 1:
		login = last + first[:1]
	case x == 2:
		login = first + last[:1]
	}
	for n := 2; taken[login]; n++ {
		login = first + last[:3] + itoa(n+len(taken)%90)
	}
	taken[login] = true
	return login
}

// equip gives the person what their organization works with.
func (g *Generator) equip(p *person) {
	r := newRNG(g.cfg.Seed, p.index, 1, saltPerson)
	t := &themes[p.theme]
	p.ide = clientIndex(pick(t.ides, &r))
	p.secondIDE = p.ide
	if r.chance(180) {
		p.secondIDE = clientIndex(pick(t.ides, &r))
	}
	p.languages = [4]uint8{
		languageIndex(pick(t.languages, &r)), languageIndex(pick(t.languages, &r)),
		languageIndex(pick(common, &r)), languageIndex(pick(common, &r)),
	}
	if g.cfg.Demo {
		g.trouble(p, &r)
	}
}

// trouble makes some people's reports incomplete: about 4 % are seen by the
// server alone, about 9 % never updated their client.
func (g *Generator) trouble(p *person, r *rng) {
	if p.reduced = r.chance(30); p.reduced {
		return
	}
	if !r.chance(105) {
		return
	}
	start := r.n(len(oldClients))
	for i := range oldClients {
		n := (start + i) % len(oldClients)
		if oldClients[n].ide == clients[p.ide].ide {
			p.old, p.secondIDE = n, p.ide
			return
		}
	}
}

// adoption is when a rollout reaches tenths of the people it will reach, in
// days since its start: an S-curve over eight months.
var adoption = []int{0, 58, 80, 96, 110, 123, 136, 150, 168, 192, 240}

// rollOut decides when everyone starts: some have Copilot before the story
// begins, a few never get it, the others follow organization by organization.
func (g *Generator) rollOut() {
	order := make([]*person, len(g.people))
	for i := range g.people {
		order[i] = &g.people[i]
	}
	turn := func(p *person) int {
		r := newRNG(g.cfg.Seed, p.index, 2, saltPerson)
		return r.n(1000) + themes[p.theme].wave
	}
	slices.SortFunc(order, func(a, b *person) int { return cmp.Or(turn(a)-turn(b), a.index-b.index) })
	n := len(order)
	early, last := n*22/100, n*94/100
	for rank, p := range order {
		switch {
		case rank < early:
			p.adopted = forever
		case rank < last:
			p.adopted = max(0, storyDays-1-curve(adoption, (rank-early)*1000/(last-early)))
		default:
			p.adopted = none
		}
		g.adoptOthers(p)
	}
}

// storyDays is the length of the story that the demo tells.
const storyDays = 400

// curve reads a table of tenths at a permille, with straight lines between.
func curve(tenths []int, permille int) int {
	i := min(permille/100, len(tenths)-2)
	return tenths[i] + (tenths[i+1]-tenths[i])*(permille-i*100)/100
}

// adoptOthers decides who uses another tool as well, and from when.
func (g *Generator) adoptOthers(p *person) {
	r := newRNG(g.cfg.Seed, p.index, 3, saltPerson)
	if p.reduced || p.adopted == none {
		return
	}
	if r.chance(400) {
		p.claude = 8 + r.n(12)*r.n(16) + r.n(30)
	}
	if r.chance(40) {
		p.gemini = r.n(3)
	}
}

// Identity is who Copilot's reports say a person is.
type Identity struct{ UserID, Login string }

// ToolIdentity is a person's GitHub identity and the one that they have in another tool.
type ToolIdentity struct {
	Identity
	Tool, ToolUserID string
}

// SameIDs lists who is in another tool under their GitHub id: only because somebody
// says so are the two one person.
func (g *Generator) SameIDs() []ToolIdentity {
	var out []ToolIdentity
	for i := range g.people {
		p := &g.people[i]
		if p.claude != none {
			out = append(out, ToolIdentity{Identity{p.id, p.login}, "claude_code", p.id})
		}
		if id, _ := vendorIdentity(p); p.gemini != none && id == p.id {
			out = append(out, ToolIdentity{Identity{p.id, p.login}, "gemini_cli", p.id})
		}
	}
	return out
}

// TeamPeople lists the first n people of a team, which Teams has at that place.
func (g *Generator) TeamPeople(team, n int) []Identity {
	var out []Identity
	for i := range g.people {
		if p := &g.people[i]; p.team == team && len(out) < n {
			out = append(out, Identity{p.id, p.login})
		}
	}
	return out
}
