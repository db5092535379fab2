package oracle

import (
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/report"
)

// cell is the value of one dimension; the zero cell is null.
type cell struct {
	ok bool
	s  string
	n  int64 // days and entities
}

func text(s string) cell          { return cell{ok: true, s: s} }
func date(d day.Day) cell         { return cell{ok: true, s: d.String(), n: int64(d)} }
func entity(n int64) cell         { return cell{ok: true, n: n} }
func who(p person) cell           { return text(p.id + "\x00" + p.tool) }
func index(name string) int       { return slices.IndexFunc(metric.Dimensions[:], named(name)) }
func (p place) get(n string) cell { return p[index(n)] }

func named(name string) func(metric.Dimension) bool {
	return func(d metric.Dimension) bool { return d.Name == name }
}

// place is where a line, or a row of an answer, stands: a cell for each of
// metric.Dimensions, null where it has none.
type place [len(metric.Dimensions)]cell

func (p *place) set(name string, c cell) { p[index(name)] = c }

// on returns p with only the given dimensions.
func (p place) on(dims []*metric.Dimension) place {
	var out place
	for _, d := range dims {
		out.set(d.Name, p.get(d.Name))
	}
	return out
}

// lineKind says how a line came about.
type lineKind int

const (
	// reported is a record's totals, or a row of one of its breakdowns.
	reported lineKind = iota
	// unattributed is what of a record's totals is under no feature.
	unattributed
	// discrepancy is by how much a record's features exceed its totals.
	discrepancy
	// nobody is the zeros of a covered day without records. It counts where a
	// group has no record at all.
	nobody
)

// line is the smallest thing that answers add up.
type line struct {
	at           place
	kind         lineKind
	who          person // whose record it is of; nobody's of an aggregate's
	n            report.Counters
	own          own    // of a breakdown with counters of its own
	credits      *int64 // millionths
	linesUnknown bool   // of a record whose lines are unknown
}

// lines returns what the units say in breakdown b, as far as the filters on
// breakdown columns keep it.
func (p *plan) lines(b metric.Breakdown, units []unit) []line {
	var out []line
	for _, u := range units {
		var at place
		at.set("day", date(u.day))
		at.set("week", date(u.day.Week()))
		at.set("month", date(u.day.Month()))
		at.set("tool", text(u.tool))
		if len(u.claims()) == 0 && u.statements == nil {
			out = append(out, line{at: at, kind: nobody, n: zeros()})
		}
		for _, c := range u.claims() {
			first := len(out)
			if u.aggregate == nil && u.statements == nil {
				at.set("user", who(c.person()))
			}
			out = append(out, p.linesOf(c.record, b, at)...)
			for i := range out[first:] {
				out[first+i].who = c.person()
			}
		}
	}
	return slices.DeleteFunc(out, func(l line) bool { return l.kind != nobody && !p.matches(l.at) })
}

func zeros() report.Counters {
	return report.Counters{Present: 1<<report.NumCounters - 1}
}

// linesOf returns the lines of one record, which stands at a place.
func (p *plan) linesOf(r *report.Record, b metric.Breakdown, at place) []line {
	s := read(r)
	if b == metric.Totals {
		return []line{{at: at, n: s.totals, credits: r.Credits, linesUnknown: s.linesUnknown}}
	}
	var out []line
	if b == metric.BySignal || b == metric.ByPhase {
		for _, c := range signs(r, b) {
			of := at
			of.set(string(metric.Breakdowns[b].Keys[0]), c)
			out = append(out, line{at: of})
		}
		return out
	}
	own := ownRows
	if metric.Breakdowns[b].Stated {
		own = statedRows
	}
	for _, row := range own(r, b) {
		of := line{at: at, own: row.n}
		for k, value := range row.at {
			p.setKey(&of.at, k, value)
		}
		out = append(out, of)
	}
	for _, row := range rowsOf(r, b) {
		of := line{at: p.placeOf(row, b, at), n: row.Counters}
		for c := range report.NumCounters {
			if s.linesUnknown && metric.Counter(c).Lines() {
				of.n.Present &^= 1 << c
			}
		}
		out = append(out, of)
	}
	if b == metric.ByFeature {
		rest := at
		rest.set("initiator", text(metric.Unclassified))
		if s.unattributed.Present != 0 { // else nothing is known of what is left, not even that it is there
			out = append(out, line{at: rest, kind: unattributed, n: s.unattributed})
		}
		out = append(out, line{at: at, kind: discrepancy, n: s.discrepancy})
	}
	return out
}

// signs returns what a user record says of the person: the surfaces used (the coding
// agent being the cloud agent), or the adoption phase.
func signs(r *report.Record, b metric.Breakdown) (out []cell) {
	if r.Kind != report.UserDay {
		return nil
	}
	if b == metric.ByPhase {
		if r.Phase != nil {
			out = append(out, text(phaseName(*r.Phase)))
		}
		return out
	}
	for i, name := range report.FlagFields {
		if r.Flags.Known>>i&1 == 1 && r.Flags.Value>>i&1 == 1 {
			c := text(strings.Replace(name, "coding_agent", "cloud_agent", 1))
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	prompts := int64(0)
	for _, row := range r.ByIDE {
		prompts += row.N[0]
	}
	if prompts > 0 {
		out = append(out, text("prompts_in_ide"))
	}
	return out
}

func phaseName(n int64) string {
	if n == 0 {
		return "No Cohort"
	}
	return "Phase " + strconv.FormatInt(n, 10)
}

// placeOf adds to at what a row of breakdown b says of itself.
func (p *plan) placeOf(row report.Row, b metric.Breakdown, at place) place {
	for _, info := range metric.Breakdowns {
		if info.Breakdown != b {
			continue
		}
		for _, k := range info.Keys {
			p.setKey(&at, k, map[metric.Key]string{
				metric.KeyIDE: row.IDE, metric.KeyLanguage: row.Language, metric.KeyModel: row.Model, metric.KeyFeature: row.Feature,
			}[k])
		}
	}
	return at
}

// setKey gives a place a value of a breakdown's key, and what is read off it.
func (p *plan) setKey(at *place, k metric.Key, value string) {
	at.set(string(k), text(value))
	if k == metric.KeyFeature {
		f, _ := metric.FeatureByName(value)
		at.set("surface", text(f.Surface))
		at.set("initiator", text(p.Definition.Initiator(value)))
	}
}

// matches reports whether the filters on breakdown columns keep a place.
// (Those on tool and user were applied to the units.)
func (p *plan) matches(at place) bool {
	for _, f := range p.Filters {
		if metric.DimensionByName(f.Dimension).Key == metric.NoKey {
			continue
		}
		c := at.get(f.Dimension)
		if !c.ok || !slices.Contains(f.Values, c.s) {
			return false
		}
	}
	return true
}

// in reports whether the line is of a part of the split, or of the phases.
func (p *plan) in(l line, part metric.Part) bool {
	switch part {
	case metric.InPhase:
		return l.at.get("phase").s != "No Cohort" || slices.Contains(p.By, "phase")
	case metric.Passive:
		return l.at.get("phase").s == "No Cohort"
	case metric.Split:
		return l.kind != discrepancy
	case metric.Classified:
		who := l.at.get("initiator").s
		return who == metric.User || who == metric.ByAgent
	case metric.NotUser:
		return l.kind != discrepancy && l.at.get("initiator").s != metric.User
	case metric.Agent:
		return l.at.get("initiator").s == metric.ByAgent
	case metric.Completion:
		return l.at.get("feature").s == "code_completion"
	case metric.Chat:
		return slices.Contains(metric.ChatFeatures(), l.at.get("feature").s)
	case metric.Discrepancy:
		return l.kind == discrepancy
	}
	return true
}

// active reports whether the line shows its person to be active: any record;
// in a breakdown, a reported row that is not all zero.
func (l line) active(b metric.Breakdown) bool {
	if l.kind != reported || !l.at.get("user").ok {
		return false
	}
	for _, n := range l.own {
		if n != 0 {
			return true
		}
	}
	return b == metric.Totals || b == metric.BySignal || b == metric.ByPhase || l.n.N != [report.NumCounters]int64{}
}
