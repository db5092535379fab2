package duckdb

import (
	"encoding/binary"
	"errors"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"

	"github.com/klauspost/compress/s2"
)

// rest is what of a record is kept only to be exported again:
//
//	login, tool, enterprise_id, organization_id, report_start, report_end,
//	created_at (microseconds), which totals and breakdowns were there, the
//	unknown members of record, wrapper and rows
//
// Numbers are varints, texts follow their lengths. It is packed with a
// dictionary of what GitHub's reports say again and again.

// packing is the dictionary. Records that were packed with it need it: a
// change of its text is a change of the store's form.
var packing = s2.MakeDict([]byte(`{"day":"2026-01-01","organization_id":"","enterprise_id":"","user_id":0,"user_login":"","team_id":0,"slug":""}`+
	`"totals_by_cli":{"session_count":1,"request_count":10,"prompt_count":1,"token_usage":{"output_tokens_sum":0,"prompt_tokens_sum":0,"avg_tokens_per_request":0},`+
	`"last_known_cli_version":{"cli_version":"1.0.1","sampled_at":"2026-01-01T10:00:00Z"}}`+
	`"totals_by_copilot_app":{"session_count":1,"request_count":10,"prompt_count":1,"token_usage":{"output_tokens_sum":0,"prompt_tokens_sum":0,"avg_tokens_per_request":0}}`+
	`"totals_by_3rd_party_agent":[],"totals_by_vscode_agent":{"session_count":0,"total_user_messages":0},`+
	`"distinct_skill_use_count":0,"distinct_custom_agent_use_count":0,"distinct_mcp_use_count":0,"distinct_slash_cmd_use_count":0,"distinct_plugin_use_count":0,`+
	`"totals_by_skill":[],"totals_by_custom_agent":[],"totals_by_mcp":[],"totals_by_slash_cmd":[],"totals_by_plugin":[],`+
	`"chat_panel_agent_mode":0,"chat_panel_ask_mode":0,"chat_panel_custom_mode":0,"chat_panel_edit_mode":0,"chat_panel_unknown_mode":0,`+
	`"ai_adoption_phase":{"phase_number":2,"phase":"Phase 2","version":"v1"}"ai_adoption_phase":{"phase_number":1,"phase":"Phase 1","version":"v1"}`+
	`"last_known_plugin_version":{"sampled_at":"2026-01-01T10:00:00Z","plugin":"copilot-chat","plugin_version":"0.54.0"},`+
	`"last_known_ide_version":{"sampled_at":"2026-01-01T10:00:00Z","ide_version":"1.126.0"}`+
	`"last_known_ide_version":{"ide_version":"1.126.0","sampled_at":"2026-01-01T10:00:00.0000000Z"},`+
	`"last_known_plugin_version":{"plugin":"copilot-chat","plugin_version":"0.54.0","sampled_at":"2026-01-01T10:00:00.0000000Z"}`), nil)

// errRest is what unpacking bytes ends with that no writer here has written.
var errRest = errors.New("the stored members of a record are damaged")

func pack(b []byte) []byte { return packing.Encode(nil, b) }

func unpack(b []byte) ([]byte, error) {
	out, err := packing.Decode(nil, b)
	if err != nil {
		return nil, errRest
	}
	return out, nil
}

// The bits of which breakdowns a record had, beside those of its totals.
const (
	hasIDE uint8 = 1 << iota
	hasFeature
	hasLanguageFeature
	hasLanguageModel
	hasModelFeature
	userIDWasString = 1 << 7
)

// breakdownRows is one of a record's lists of rows.
type breakdownRows struct {
	kind metric.Breakdown
	bit  uint8
	rows *[]report.Row
}

func breakdownsOf(r *report.Record) [5]breakdownRows {
	return [5]breakdownRows{
		{metric.ByIDE, hasIDE, &r.ByIDE},
		{metric.ByFeature, hasFeature, &r.ByFeature},
		{metric.ByLanguageFeature, hasLanguageFeature, &r.ByLanguageFeature},
		{metric.ByLanguageModel, hasLanguageModel, &r.ByLanguageModel},
		{metric.ByModelFeature, hasModelFeature, &r.ByModelFeature},
	}
}

// appendRest appends a record's rest, not packed yet.
func appendRest(b []byte, r *report.Record) []byte {
	for _, s := range []string{r.Login, r.Tool, r.EnterpriseID, r.OrganizationID} {
		b = appendText(b, s)
	}
	b = binary.AppendVarint(b, int64(r.ReportStart))
	b = binary.AppendVarint(b, int64(r.ReportEnd))
	created := int64(0)
	if !r.CreatedAt.IsZero() {
		created = r.CreatedAt.UnixMicro()
	}
	b = binary.AppendVarint(b, created)
	var had uint8
	for _, l := range breakdownsOf(r) {
		if *l.rows != nil {
			had |= l.bit
		}
	}
	if r.UserIDString {
		had |= userIDWasString
	}
	b = append(b, r.Totals.Present, had)
	b = appendText(b, r.Extra)
	b = appendText(b, r.Wrapper)
	return appendRowExtras(b, r)
}

// appendMember appends what a row of a user-teams report is exported from, which
// is too short to be packed:
//
//	team_id, slug, rest
func appendMember(b []byte, r *report.Record) []byte {
	return appendRest(appendText(appendText(b, r.TeamID), r.TeamSlug), r)
}

// readMember gives a row of a user-teams report what appendMember wrote.
func readMember(b []byte, r *report.Record) error {
	in := &restReader{b: b}
	r.TeamID, r.TeamSlug = string(in.text()), string(in.text())
	return in.rest(r)
}

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendRowExtras appends the unknown members of the breakdowns' rows: for each
// row that has some its list, its place in it, and the members.
func appendRowExtras(b []byte, r *report.Record) []byte {
	for i, l := range breakdownsOf(r) {
		for n := range *l.rows {
			if extra := (*l.rows)[n].Extra; extra != nil {
				b = binary.AppendUvarint(append(b, byte(i)), uint64(n))
				b = appendText(b, extra)
			}
		}
	}
	return b
}

// restReader reads what appendRest wrote.
type restReader struct {
	b   []byte
	bad bool
}

// readRest gives a record its rest. Its breakdowns must have their rows already,
// except that those without rows are made empty or nil as they were.
func readRest(b []byte, r *report.Record) error {
	b, err := unpack(b)
	if err != nil {
		return err
	}
	in := &restReader{b: b}
	return in.rest(r)
}

func (in *restReader) rest(r *report.Record) error {
	for _, s := range []*string{&r.Login, &r.Tool, &r.EnterpriseID, &r.OrganizationID} {
		*s = string(in.text())
	}
	r.ReportStart, r.ReportEnd = day.Day(in.number()), day.Day(in.number())
	if created := in.number(); created != 0 {
		r.CreatedAt = time.UnixMicro(created).UTC()
	}
	r.Totals.Present = in.byte()
	had := in.byte()
	r.UserIDString = had&userIDWasString != 0
	for _, l := range breakdownsOf(r) {
		if had&l.bit != 0 && *l.rows == nil {
			*l.rows = []report.Row{}
		}
	}
	r.Extra, r.Wrapper = in.text(), in.text()
	for len(in.b) > 0 && !in.bad {
		in.rowExtra(r)
	}
	if in.bad {
		return errRest
	}
	return nil
}

func (in *restReader) rowExtra(r *report.Record) {
	list, n := int(in.byte()), in.size()
	extra := in.text()
	lists := breakdownsOf(r)
	if in.bad || list >= len(lists) || n >= uint64(len(*lists[list].rows)) {
		in.bad = true
		return
	}
	(*lists[list].rows)[n].Extra = extra
}

func (in *restReader) byte() byte {
	if len(in.b) == 0 {
		in.bad = true
		return 0
	}
	v := in.b[0]
	in.b = in.b[1:]
	return v
}

func (in *restReader) number() int64 {
	v, n := binary.Varint(in.b)
	in.skip(n)
	return v
}

func (in *restReader) size() uint64 {
	v, n := binary.Uvarint(in.b)
	in.skip(n)
	return v
}

func (in *restReader) skip(n int) {
	if n <= 0 {
		in.bad = true
		return
	}
	in.b = in.b[n:]
}

// text returns nil for an empty text.
func (in *restReader) text() []byte {
	n := in.size()
	if in.bad || n > uint64(len(in.b)) {
		in.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	v := in.b[:n:n]
	in.b = in.b[n:]
	return v
}
