package oracle

import (
	"encoding/json"
	"strconv"

	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// own are counters of a breakdown that has counters of its own.
type own map[metric.Counter]int64

// ownRow is a row of such a breakdown: the values of its keys, and its counters.
type ownRow struct {
	at map[metric.Key]string
	n  own
}

// object is a JSON object of which any member may be of any type.
type object map[string]json.RawMessage

func objectOf(raw json.RawMessage) (o object) {
	_ = json.Unmarshal(raw, &o)
	return o
}

func listOf(raw json.RawMessage) (out []object) {
	var list []json.RawMessage
	_ = json.Unmarshal(raw, &list)
	for _, e := range list {
		out = append(out, objectOf(e))
	}
	return out
}

// text returns a string, or a number as it is written.
func (o object) text(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) == nil {
		return s
	}
	if _, err := strconv.ParseInt(string(o[name]), 10, 64); err == nil {
		return string(o[name])
	}
	return ""
}

// count puts a member that is a whole number, not negative, among counters.
func (o object) count(name string, c metric.Counter, into own) {
	if n, err := strconv.ParseInt(string(o[name]), 10, 64); err == nil && n >= 0 {
		into[c] = n
	}
}

// ownRows returns the rows that r has in breakdown b.
func ownRows(r *report.Record, b metric.Breakdown) (out []ownRow) {
	all := objectOf(append(append([]byte("{"), r.Extra...), '}'))
	add := func(n own, at map[metric.Key]string) {
		if len(n) > 0 {
			out = append(out, ownRow{at, n})
		}
	}
	switch b {
	case metric.BySession:
		for field, feature := range map[string]string{"totals_by_cli": "copilot_cli", "totals_by_copilot_app": "copilot_app"} {
			o, n := objectOf(all[field]), own{}
			o.count("session_count", metric.Sessions, n)
			o.count("request_count", metric.ModelRequests, n)
			o.count("prompt_count", metric.Prompts, n)
			tokens := objectOf(o["token_usage"])
			tokens.count("prompt_tokens_sum", metric.PromptTokens, n)
			tokens.count("output_tokens_sum", metric.OutputTokens, n)
			add(n, map[metric.Key]string{metric.KeyFeature: feature})
		}
		o, n := objectOf(all["totals_by_vscode_agent"]), own{}
		o.count("session_count", metric.Sessions, n)
		o.count("total_user_messages", metric.Prompts, n)
		add(n, map[metric.Key]string{metric.KeyFeature: "vscode_agent"})
	case metric.ByAgentApp:
		for _, o := range listOf(all["totals_by_3rd_party_agent"]) {
			n := own{}
			o.count("user_initiated_interaction_count", metric.AgentAppJobs, n)
			o.count("session_count", metric.AgentAppSessions, n)
			add(n, map[metric.Key]string{metric.KeyAgentApp: o.text("agent_id"), metric.KeyAgentAppName: o.text("agent_name")})
		}
	default:
		list, ok := map[metric.Breakdown]struct {
			field   string
			key     metric.Key
			counter metric.Counter
		}{
			metric.BySkill:        {"skill", metric.KeySkill, metric.SkillUses},
			metric.ByCustomAgent:  {"custom_agent", metric.KeyCustomAgent, metric.CustomAgentUses},
			metric.ByMCP:          {"mcp", metric.KeyMCP, metric.MCPConnections},
			metric.BySlashCommand: {"slash_cmd", metric.KeySlashCommand, metric.SlashCommandUses},
			metric.ByPlugin:       {"plugin", metric.KeyPlugin, metric.PluginUses},
		}[b]
		if !ok {
			return nil
		}
		for _, o := range listOf(all["totals_by_"+list.field]) {
			n := own{}
			o.count("interaction_count", list.counter, n)
			delete(o, "interaction_count")
			name := ""
			for member := range o {
				name = o.text(member)
			}
			add(n, map[metric.Key]string{list.key: name})
		}
	}
	return out
}
