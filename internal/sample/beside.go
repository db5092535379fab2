package sample

import (
	"strconv"

	"codegauge/internal/day"
)

// The days from which reports have what is beside their totals.
var (
	agentAppsBegin      = day.Date(2026, 8, 7)
	agentsWindowBegins  = day.Date(2026, 9, 11)
	customizationsBegin = day.Date(2026, 9, 17)
)

// agentApps are agents of other vendors, with their ids.
var agentApps = [...]struct {
	id   int
	name string
}{{1_143_301, "Claude"}, {1_198_214, "Codex"}, {1_302_877, "Schema Doctor"}}

// customization is what a customer can make for the CLI, of one kind. Names that are withheld
// stand together under one, and count all the same as distinct.
type customization struct {
	kind, key, withheldAs string
	names                 []customName
}

// customName is one of them. With a plugin comes a skill, by its place.
type customName struct {
	name     string
	withheld bool
	skill    int
}

// The kinds, as indices of customizations.
const (
	skills = iota
	customAgents
	mcpServers
	slashCommands
	plugins
	numKinds
)

const maxCustomNames = 5

var customizations = [numKinds]customization{
	skills:        {"skill", "skill_name", "other", []customName{{name: "code-review"}, {name: "write-tests"}, {name: "release-notes"}, {withheld: true}, {withheld: true}}},
	customAgents:  {"custom_agent", "custom_agent_name", "other", []customName{{name: "planner"}, {name: "test-writer"}, {withheld: true}}},
	mcpServers:    {"mcp", "mcp_name", "other", []customName{{name: "github"}, {name: "playwright"}, {name: "postgres"}, {withheld: true}}},
	slashCommands: {"slash_cmd", "slash_cmd_name", "custom", []customName{{name: "/fix"}, {name: "/explain"}, {name: "/tests"}, {withheld: true}}},
	plugins:       {"plugin", "plugin_name", "other", []customName{{name: "review-kit", skill: 0}, {name: "release-kit", skill: 2}}},
}

// beside is what a record has beside its totals.
type beside struct {
	window usage // of the Agents window, which has neither requests nor tokens
	jobs   [len(agentApps)]int
	uses   [numKinds][maxCustomNames]int
}

func (b *beside) add(o *beside) {
	b.window.add(o.window)
	for i, n := range o.jobs {
		b.jobs[i] += n
	}
	for kind := range o.uses {
		for i, n := range o.uses[kind] {
			b.uses[kind][i] += n
		}
	}
}

// useBeside decides what the person uses beside what totals count. Dice of its own keep the
// rest of the record what it is without.
func (rec *record) useBeside(g *Generator, c *calendar) {
	if c.plain {
		return
	}
	habits, r := newRNG(g.cfg.Seed, rec.p.index, 0, saltBeside), newRNG(g.cfg.Seed, rec.p.index, int(c.d), saltBeside)
	hasWindow, hasApps, customizes := habits.chance(300), habits.chance(160), habits.chance(700)
	if hasWindow && clients[rec.p.ide].ide == "vscode" && r.chance(since(c.d, agentsWindowBegins, 420)) {
		sessions := 1 + r.n(3)
		rec.window = usage{sessions: sessions, prompts: sessions * (2 + r.n(5))}
	}
	if hasApps && r.chance(since(c.d, agentAppsBegin, 300)) {
		rec.jobs[[4]int{0, 0, 1, 2}[(rec.p.index+r.n(2))%4]] = 1 + r.n(3)
	}
	if customizes && rec.cli.requests > 0 {
		rec.customize(since(c.d, customizationsBegin, 1000), &r)
	}
}

// customize decides which customizations a day with the CLI has; of each kind those that come
// first are used most.
func (rec *record) customize(rolledOut int, r *rng) {
	for kind := range customizations {
		for i, n := range customizations[kind].names {
			if !r.chance(rolledOut * (460 - 90*i) / 1000) {
				continue
			}
			uses := 1 + r.n(4)
			rec.uses[kind][i] += uses
			if kind == plugins {
				rec.uses[skills][n.skill] += uses
			}
		}
	}
}

// appendBeside writes what the record has beside its totals. Agent apps of an aggregate have
// sessions as well.
func (b *beside) appendBeside(out []byte, d day.Day, ofAggregate bool) []byte {
	if b.window.sessions > 0 {
		out = append(out, `,"totals_by_vscode_agent":{"session_count":`...)
		out = strconv.AppendInt(out, int64(b.window.sessions), 10)
		out = append(appendNumber(out, "total_user_messages", b.window.prompts), '}')
	}
	if d >= agentAppsBegin {
		out = b.appendAgentApps(out, ofAggregate)
	}
	if d >= customizationsBegin {
		for kind := range customizations {
			out = customizations[kind].append(out, &b.uses[kind])
		}
	}
	return out
}

func (b *beside) appendAgentApps(out []byte, ofAggregate bool) []byte {
	out = append(out, `,"totals_by_3rd_party_agent":[`...)
	comma := ""
	for i, n := range b.jobs {
		if n == 0 {
			continue
		}
		out = append(out, comma+`{"agent_id":`+itoa(agentApps[i].id)+`,"agent_name":"`+agentApps[i].name+`"`...)
		out = appendNumber(out, "user_initiated_interaction_count", n)
		if ofAggregate {
			out = appendNumber(out, "session_count", n+n/2)
		}
		out, comma = append(out, '}'), ","
	}
	return append(out, ']')
}

// append writes how many customizations of the kind were used, and how often, by name.
func (k *customization) append(out []byte, uses *[maxCustomNames]int) []byte {
	distinct, withheld := 0, 0
	for i, n := range uses {
		distinct += b2i(n > 0)
		if i < len(k.names) && k.names[i].withheld {
			withheld += n
		}
	}
	out = appendNumber(out, "distinct_"+k.kind+"_use_count", distinct)
	out = append(out, `,"totals_by_`+k.kind+`":[`...)
	comma := ""
	row := func(name string, n int) {
		if n > 0 {
			out = append(out, comma+`{"`+k.key+`":"`+name+`"`...)
			out = append(appendNumber(out, "interaction_count", n), '}')
			comma = ","
		}
	}
	for i, n := range k.names {
		if !n.withheld {
			row(n.name, uses[i])
		}
	}
	row(k.withheldAs, withheld)
	return append(out, ']')
}
