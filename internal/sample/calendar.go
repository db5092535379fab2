package sample

import (
	"time"

	"codegauge/internal/day"
)

// The days on which something is wrong, as ages: days before the last one.
// Ages that fall on a weekend move to the nearest weekday, or hardly anyone
// would be there to show it.
const (
	gapAge          = 12 // no report of any kind
	provisionalDays = 3  // still filling
	geminiStopped   = 9  // the source of Gemini CLI is late since
	differsAge      = 18 // the aggregate says a little more than the records
)

var (
	// overAges are days on which some records' features exceed their total,
	// underAges days on which some totals exceed their features.
	overAges  = []int{8, 17, 33, 47, 61, 78}
	underAges = []int{6, 15, 24, 40, 55, 83}
	// bursts are days on which one organization let agents refactor.
	bursts = []burst{{20, 1, 9}, {104, 4, 6}, {187, 0, 7}}
	// settled is how much of the day has come in, in permille, by age.
	settled = [provisionalDays]int{150, 600, 900}
)

type burst struct{ age, theme, times int }

// step is the organization that has let agents edit files for it since the Monday on which the
// last four complete weeks begin: how many times as much they do there since then, and the
// model that it took for them.
var step = struct {
	theme, times int
	model        uint8
}{1, 8, modelIndex("claude-opus-4.7")}

// stepped reports whether the day is after the step.
func (g *Generator) stepped(d day.Day) bool {
	return d >= (g.cfg.End-provisionalDays+1).Week()-month
}

// The days on which GitHub began to count something: metric.Breaks, and some more.
var (
	cliJoins     = day.Date(2026, 4, 10)
	serverActive = day.Date(2026, 6, 15)
	creditsBegin = day.Date(2026, 7, 2)
	// editorsOfServer is when people seen by the server alone began to have an editor.
	editorsOfServer = day.Date(2026, 7, 2)
	appJoins        = day.Date(2026, 7, 28)
	reviewsBegin    = day.Date(2026, 3, 2)
	phasesBegin     = day.Date(2026, 5, 4)
)

// holiday is a stretch of the year in which fewer people work, in permille.
type holiday struct {
	from, to int // month*100 + day
	working  int
}

var holidays = []holiday{
	{101, 101, 90}, {102, 106, 520}, {501, 501, 250}, {720, 821, 690}, {1126, 1127, 640}, {1220, 1223, 600}, {1224, 1226, 60}, {1227, 1231, 200},
}

// weekdays is how much people work from Sunday to Saturday, in permille.
var weekdays = [7]int{64, 950, 1040, 1050, 1010, 900, 76}

// agents is how far agents are rolled out at an age: few people try them, then
// agent mode is switched on for everyone, then people learn to use it.
var agents = []point{{forever, 230}, {360, 240}, {272, 300}, {270, 580}, {180, 760}, {60, 960}, {0, 1000}}

// point is a value at an age; between points values lie on a line.
type point struct{ age, value int }

func at(line []point, age int) int {
	for i := 1; i < len(line); i++ {
		if a, b := line[i-1], line[i]; age >= b.age {
			return b.value + (a.value-b.value)*(age-b.age)/(a.age-b.age)
		}
	}
	return line[len(line)-1].value
}

// calendar is everything about a day that is the same for everyone.
type calendar struct {
	d    day.Day
	date string
	age  int
	// working is how many of the people who would work on an average weekday
	// do, in permille; arrived how many of their records have come in.
	working, arrived int
	// use is how far each feature is rolled out, in permille.
	use [numFeatures]int
	// sums[i] is the weight of models up to and including i.
	models [64]int
	// clients are the parts of IDE rows, by client and lag.
	clients [16][2]versions
	over    bool
	under   bool
	burst   burst
	stepped bool
	plain   bool
}

// calendar describes a day.
func (g *Generator) calendar(d day.Day) calendar {
	c := calendar{d: d, date: d.String(), age: g.age(d), working: 1000, arrived: 1000, plain: !g.cfg.Demo}
	if g.cfg.Demo {
		c.working = working(d)
		if c.age < provisionalDays {
			c.arrived = settled[c.age]
		}
		c.over, c.under = g.isAnyOf(c.age, overAges), g.isAnyOf(c.age, underAges)
		c.burst, c.stepped = g.burstAt(c.age), g.stepped(d)
	}
	c.rollOut()
	c.stockModels()
	c.stockClients()
	return c
}

func working(d day.Day) int {
	t := d.Time()
	w, md := weekdays[t.Weekday()], int(t.Month())*100+t.Day()
	for _, h := range holidays {
		if h.from <= md && md <= h.to {
			return w * h.working / 1000
		}
	}
	return w
}

// weekday moves an age to the nearest weekday.
func (g *Generator) weekday(age int) int {
	switch (g.cfg.End - day.Day(age)).Time().Weekday() {
	case time.Saturday:
		return age + 1
	case time.Sunday:
		return age - 1
	}
	return age
}

func (g *Generator) isAnyOf(age int, ages []int) bool {
	for _, a := range ages {
		if g.weekday(a) == age {
			return true
		}
	}
	return false
}

func (g *Generator) burstAt(age int) burst {
	for _, b := range bursts {
		if g.weekday(b.age) == age {
			return b
		}
	}
	return burst{theme: none}
}

// gap reports whether nothing at all came in for d.
func (g *Generator) gap(d day.Day) bool { return g.cfg.Demo && g.age(d) == g.weekday(gapAge) }

// rollOut sets how far each feature is in use on the day. Plain data has them
// all, whatever its dates.
func (c *calendar) rollOut() {
	for f := range c.use {
		c.use[f] = 1000
	}
	if c.plain {
		c.use[spark] = 0
		return
	}
	agent := at(agents, c.age)
	c.use[agentEdit], c.use[agentChat] = agent, agent
	c.use[edit] = 1250 - agent
	c.use[cli] = since(c.d, cliJoins, agent)
	c.use[app] = since(c.d, appJoins, 1000)
	c.use[plan] = young(c.age, 212)
	c.use[custom] = young(c.age, 296)
	c.use[spark] = young(c.age, 19)
}

// since returns value from the day on which something begins, growing for a month.
func since(d, begins day.Day, value int) int {
	return value * clamp(int(d-begins)+8, 0, 38) / 38 * b2i(d >= begins)
}

// young returns how far a feature is in use that appeared at an age.
func young(age, first int) int { return clamp((first-age)*50, 0, 1000) }

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c *calendar) stockModels() {
	sum := 0
	for i := 1; i < len(models); i++ {
		sum += models[i].weightAt(c.age)
		c.models[i] = sum
	}
}

// model returns a model offered on the day, by weight; x is any number.
func (c *calendar) model(x int) uint8 {
	n := len(models)
	x %= c.models[n-1]
	lo, hi := 1, n-1
	for lo < hi {
		if mid := (lo + hi) / 2; x < c.models[mid] {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return uint8(lo)
}

// active reports whether the person used Copilot on the day.
func (g *Generator) active(p *person, c *calendar) bool {
	if c.plain {
		return true
	}
	if p.adopted < c.age || p.reduced && c.d < serverActive {
		return false
	}
	r := newRNG(g.cfg.Seed, p.index, int(c.d), saltActive)
	return r.chance(p.rate*c.working/1000) || p.onCall(c.d)
}

// onCall people work whatever the day, so that even Christmas has records: the
// only day without any is the one that is missing.
func (p *person) onCall(d day.Day) bool {
	return p.adopted == forever && !p.reduced && (p.index+int(d))%29 == 0
}

// visible reports whether the reports that came in show the person's Copilot
// activity of the day.
func (g *Generator) visible(p *person, c *calendar) bool {
	return g.active(p, c) && g.arrived(p, c)
}

func (g *Generator) arrived(p *person, c *calendar) bool {
	if c.arrived == 1000 {
		return c.plain || !g.gap(c.d)
	}
	r := newRNG(g.cfg.Seed, p.index, int(c.d), saltArrived)
	return r.chance(c.arrived)
}
