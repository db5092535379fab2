package people

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"codegauge/internal/admin"
	"codegauge/internal/day"
	"codegauge/internal/question"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

// ownFile is everything that is known of oneself, as a file.
type ownFile struct {
	Enterprise  string          `json:"enterprise"`
	From        day.Day         `json:"from"`
	To          day.Day         `json:"to"`
	DataVersion int64           `json:"data_version"`
	Identities  []ownIdentity   `json:"identities"`
	Totals      map[string]any  `json:"totals"`
	Figures     map[string]rows `json:"figures"`
	*question.Own
	Place   []ownQuarter         `json:"place_among_others"`
	Saved   []ownView            `json:"saved_views"`
	Looks   []ownLook            `json:"who_looked"`
	Privacy ownPrivacy           `json:"privacy"`
	Fields  map[string]fieldText `json:"fields"`
}

// rows is a section as it is asked for.
type rows struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

type (
	ownIdentity struct {
		Tool   string `json:"tool"`
		UserID string `json:"user_id"`
		Login  string `json:"login"`
		How    string `json:"linked_by"`
	}
	ownQuarter struct {
		Measure string `json:"measure"`
		Quarter string `json:"quarter"`
	}
	ownView struct {
		Name  string    `json:"name"`
		Page  string    `json:"page"`
		Query string    `json:"query"`
		Saved time.Time `json:"saved"`
	}
	ownLook struct {
		At    time.Time `json:"at"`
		Who   string    `json:"who"`
		What  string    `json:"what"`
		Where string    `json:"where"`
	}
	ownPrivacy struct {
		MinimumGroup    int    `json:"minimum_group"`
		Pseudonyms      bool   `json:"pseudonyms"`
		PersonViews     bool   `json:"person_views"`
		RetentionMonths int    `json:"retention_months"`
		Reason          string `json:"reason"`
	}
	fieldText struct {
		Label      string `json:"label"`
		Unit       string `json:"unit"`
		Definition string `json:"definition"`
		Formula    string `json:"formula"`
	}
)

// writeFile writes one's own data, which own and data have asked for. own is nil where there
// are no figures.
func (m *mePages) writeFile(w http.ResponseWriter, r *http.Request, d *dashboard, mine *admin.Own, own *PersonFigures, data *ownData) error {
	out := ownFile{Enterprise: mine.Enterprise.Key(), From: d.Window.From, To: d.Window.To, Own: data.Own, Identities: []ownIdentity{}, Place: []ownQuarter{}, Saved: []ownView{}, Looks: []ownLook{},
		Totals: map[string]any{}, Figures: map[string]rows{}, Fields: map[string]fieldText{},
		Privacy: ownPrivacy{mine.Privacy.MinimumGroup, mine.Privacy.Pseudonyms, mine.Privacy.PersonViews, mine.Privacy.RetentionMonths, mine.Privacy.Reason}}
	for _, i := range mine.Identities {
		out.Identities = append(out.Identities, ownIdentity{i.Tool, i.UserID, i.Login, i.How})
	}
	if own != nil {
		d.addTotals(out.Totals)
	}
	for _, s := range ownSections {
		if data.answers.Of(s.name) != nil {
			out.Figures[s.name] = data.table(s)
		}
	}
	for _, f := range ownFields() {
		out.Fields[f.Name] = fieldText{f.Label, f.Unit, f.Definition, f.Formula}
	}
	place, err := m.place(r.Context(), mine)
	if err != nil {
		return err
	}
	for _, p := range place.Rows {
		out.Place = append(out.Place, ownQuarter{p.Label, p.Words})
	}
	saved, err := m.Options.Views.SavedViews(r.Context(), mine.Enterprise.ID)
	if err != nil {
		return err
	}
	for _, v := range saved {
		out.Saved = append(out.Saved, ownView{v.Name, v.Page, v.Query, v.SavedView.Saved.UTC()})
	}
	for _, e := range mine.Views {
		out.Looks = append(out.Looks, ownLook{e.At.UTC(), cmp.Or(e.Name, e.Actor), e.Detail, e.Target})
	}
	if out.DataVersion, err = m.Data.DataVersion(r.Context(), mine.Enterprise.Key()); err != nil {
		return err
	}
	shell.Attach(w, "application/json", "my-data.json")
	to := json.NewEncoder(w)
	to.SetIndent("", " ")
	_ = to.Encode(out) // the reader went away, if anything
	return nil
}

// addTotals adds the figures that stand first on the page.
func (d *dashboard) addTotals(to map[string]any) {
	head := d.Answers.Of(cards.AskHeadline)
	for _, measure := range personMeasures {
		to[measure] = head.Single(measure)
	}
	to["active_days"], to["days"] = d.activeOn(), d.Window.Len()
}

// table returns the rows of a section as they are asked for: null is what has no name, or is
// not known.
func (o *ownData) table(s ownSection) rows {
	out := rows{Columns: append(slices.Clone(s.asked()), s.measures...), Rows: [][]any{}}
	for _, r := range o.rows(s) {
		var row []any
		if !s.whole {
			row = append(row, r.on)
		}
		for _, name := range r.names {
			row = append(row, name)
		}
		for _, n := range r.figures {
			row = append(row, n)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
