package copilot

import (
	"slices"

	"codegauge/internal/cube"
	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// usage says under which mode an object with sessions counts, and the names that its
// members have, in the order of the counters of metric.BySession.
type usage struct {
	feature string
	members [5]string
}

var usages = map[string]usage{
	"totals_by_cli":          {"copilot_cli", [5]string{"session_count", "request_count", "prompt_count", "prompt_tokens_sum", "output_tokens_sum"}},
	"totals_by_copilot_app":  {"copilot_app", [5]string{"session_count", "request_count", "prompt_count", "prompt_tokens_sum", "output_tokens_sum"}},
	"totals_by_vscode_agent": {metric.AgentsWindow, [5]string{"session_count", "", "total_user_messages"}},
}

// named are the lists of which each element has a name and a count.
var named = map[string]metric.Breakdown{
	"totals_by_skill": metric.BySkill, "totals_by_custom_agent": metric.ByCustomAgent, "totals_by_mcp": metric.ByMCP,
	"totals_by_slash_cmd": metric.BySlashCommand, "totals_by_plugin": metric.ByPlugin,
}

// addFigures adds what the record has in objects and lists with counters of their own,
// which stay in its Extra. A number that is none is unknown.
func (e *Encoder) addFigures(r *report.Record) {
	first := len(e.Facts)
	report.EachMember(r.Extra, func(name, value []byte) {
		if u, ok := usages[string(name)]; ok {
			e.addUsage(u, value)
		} else if b, ok := named[string(name)]; ok {
			report.EachElement(value, func(row []byte) { e.addNamed(b, row) })
		} else if string(name) == "totals_by_3rd_party_agent" {
			report.EachElement(value, e.addAgentApp)
		}
	})
	if r.Kind == report.AggregateDay {
		e.addStated(r)
	}
	slices.SortFunc(e.Facts[first:], compareFacts)
}

// addOwn adds a row of a breakdown with counters of its own, unless all are unknown.
func (e *Encoder) addOwn(b metric.Breakdown, row *cube.Row, names ...string) {
	e.addOwnOf(Client{}, b, row, names...)
}

func (e *Encoder) addOwnOf(client Client, b metric.Breakdown, row *cube.Row, names ...string) {
	if row.Known == 0 {
		return
	}
	k := rowNames{breakdown: b}
	copy(k.names[:], names)
	f := cube.Fact{Sum: cube.Sum{Cell: e.cell(k), Row: *row}}
	if client != (Client{}) {
		f.Client = e.Numbering.Client(client)
	}
	e.Facts = append(e.Facts, f)
}

func (e *Encoder) addUsage(u usage, object []byte) {
	var row cube.Row
	read := func(name, value []byte) {
		if i := slices.Index(u.members[:], string(name)); i >= 0 {
			setCount(&row, i, value)
		}
	}
	var client Client
	report.EachMember(object, func(name, value []byte) {
		read(name, value)
		switch string(name) {
		case "token_usage":
			report.EachMember(value, read)
		case "last_known_cli_version":
			report.EachMember(value, func(name, value []byte) {
				if version, ok := report.AsText(value); ok && string(name) == "cli_version" && version != "unknown" {
					client.IDEVersion = version
				}
			})
		}
	})
	e.addOwnOf(client, metric.BySession, &row, u.feature)
}

// setCount sets the counter in a place of a row if the value is a count.
func setCount(row *cube.Row, place int, value []byte) {
	if n, ok := report.Count(value); ok {
		row.Set(metric.Counter(place), n)
	}
}

// addNamed adds an element of named: its name is the text that it has.
func (e *Encoder) addNamed(b metric.Breakdown, element []byte) {
	var row cube.Row
	name := ""
	report.EachMember(element, func(member, value []byte) {
		if string(member) == "interaction_count" {
			setCount(&row, 0, value)
		} else if text, ok := report.AsText(value); ok && name == "" {
			name = text
		}
	})
	e.addOwn(b, &row, name)
}

func (e *Encoder) addAgentApp(element []byte) {
	var row cube.Row
	id, name := "", ""
	report.EachMember(element, func(member, value []byte) {
		switch string(member) {
		case "agent_id":
			id, _ = report.AsText(value)
		case "agent_name":
			name, _ = report.AsText(value)
		case "user_initiated_interaction_count":
			setCount(&row, 0, value)
		case "session_count":
			setCount(&row, 1, value)
		}
	})
	e.addOwn(metric.ByAgentApp, &row, id, name)
}
