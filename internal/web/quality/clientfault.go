package quality

import (
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/text"
)

// FaultView says whom a known fault of clients may concern.
type FaultView struct {
	Label, Text, People, Lines string
	Rows                       []FaultRow
}

// FaultRow is a group of people whose client may have the fault.
type FaultRow struct {
	Client, Version, Plugin, Mended, People string
	Logins                                  []string
	More                                    string // how many are not in Logins
}

// faultLogins is how many people a row of a fault names.
const faultLogins = 100

func (d *dashboard) faultView(f question.ClientFault) FaultView {
	out := FaultView{Label: f.Fault.Label, Text: f.Fault.Text, People: d.Plural("quality.fault.people", f.Known, d.people(f.People))}
	if left := f.Known - f.People; left > 0 && left < d.minimum {
		out.People = d.T("quality.fault.most")
	}
	if f.Few {
		out.People = d.FaultPeople(f)
	}
	key := "quality.fault.theirs"
	if f.Everybody {
		key = "quality.fault.everybody"
	}
	out.Lines = d.T(key, d.LinesOr(cards.Float(f.Low)), d.LinesOr(cards.Float(f.High)))
	for _, c := range f.Clients {
		row := FaultRow{Client: c.Label, Version: text.OrNone(c.IDEVersion), Plugin: text.OrNone(strings.TrimSpace(c.Plugin + " " + c.PluginVersion)), Mended: c.Mended, People: d.people(c.People)}
		if access.Of(d.HTTP.Context()).ViewsPeople(d.Entity) {
			row.Logins = c.Logins[:min(len(c.Logins), faultLogins)]
			if more := len(c.Logins) - faultLogins; more > 0 {
				row.More = d.T("quality.fault.more", text.Grouped(int64(more)))
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// notUnderstood says whose client's version cannot be compared, "" if nobody's.
func (d *dashboard) notUnderstood(groups []question.ClientGroup) string {
	people, names := 0, []string{}
	for _, g := range groups {
		people += g.People
		names = append(names, g.Label+" "+g.IDEVersion)
	}
	if people == 0 {
		return ""
	}
	const most = 5
	if len(names) > most {
		names = append(names[:most], "…")
	}
	if people < d.minimum {
		return d.T("quality.notunderstood.few", d.people(people), strings.Join(names, ", "))
	}
	return d.Plural("quality.notunderstood", people, strings.Join(names, ", "))
}
