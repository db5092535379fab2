package question

import (
	"context"
	"fmt"
	"slices"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/sorting"
)

// Own is what is known of one person beside the figures of Query: only that person may be
// shown it. The program asks for them, whatever they may see of others.
type Own struct {
	// Phase is nil where no record of the 28 days to the last one is there.
	Phase   *OwnPhase   `json:"adoption_phase"`
	Clients []OwnClient `json:"clients"`
	Seats   []OwnSeat   `json:"seats"`
	// Records are all that are stored, whatever the range, by tool.
	Records []OwnRecords `json:"records"`
}

// OwnPhase is the adoption phase in the 28 days to a day. Computed says that no record of
// these days reports one, so that GitHub's rules give it.
type OwnPhase struct {
	Phase    string  `json:"phase"`
	On       day.Day `json:"on"`
	Computed bool    `json:"computed"`
}

// OwnClient is the last version of an editor, or of Copilot CLI, in the range.
type OwnClient struct {
	Client           string  `json:"client"`
	Label            string  `json:"label"`
	Version          string  `json:"version"`
	Extension        string  `json:"extension"`
	ExtensionVersion string  `json:"extension_version"`
	Last             day.Day `json:"last_seen"`
	// NoLinesOf are the features of which the client is too old to report lines; NotCounted
	// says that it is too old to report anything. Upgrade and UpgradeExtension are the
	// versions from which it reports, "" where the one there is new enough.
	NoLinesOf        []string `json:"too_old_for_lines_of"`
	NotCounted       bool     `json:"too_old_to_be_counted"`
	Upgrade          string   `json:"upgrade"`
	UpgradeExtension string   `json:"upgrade_extension"`
	// Fault is a known fault that the client may have, with the version that has it no more.
	Fault      string `json:"fault"`
	FaultUntil string `json:"fault_until"`
	// Judged says that there is a minimum version to compare with.
	Judged bool `json:"has_minimum"`
}

// OwnSeat is a seat: who assigned it, of which plan, since when.
type OwnSeat struct {
	Assigner     string     `json:"assigned_by"`
	Team         string     `json:"through_team"`
	Plan         string     `json:"plan"`
	Since        *time.Time `json:"since"`
	LastActivity *time.Time `json:"last_activity"`
	LastEditor   string     `json:"last_editor"`
	// Ends is when it is taken back, 0 if no day is set.
	Ends day.Day `json:"ends"`
}

// OwnRecords are the days with a record of what a person did with a tool, and of which kinds
// of data such records are in the enterprise.
type OwnRecords struct {
	Tool  string   `json:"tool"`
	Kinds []string `json:"kinds_of_data_in_enterprise"`
	Days  int      `json:"days"`
	First day.Day  `json:"first"`
	Last  day.Day  `json:"last"`
}

// Own returns what is known of the person who is the identities, in the range of w.
func (a *Answerer) Own(ctx context.Context, w Parameters, identities []directory.Identity) (*Own, error) {
	v, err := a.view(ctx, w)
	if err != nil {
		return nil, err
	}
	if !privacy.ViewsPeople(ctx, v.entity()) {
		return nil, fault.New(fault.Forbidden, "what is known of one person is shown to that person")
	}
	out := &Own{Clients: []OwnClient{}, Seats: []OwnSeat{}, Records: []OwnRecords{}}
	if out.Phase, err = a.ownPhase(ctx, v, w, identities); err != nil {
		return nil, err
	}
	if err := a.ownClients(ctx, v, out, identities); err != nil {
		return nil, err
	}
	if err := a.ownSeats(ctx, v, out, identities); err != nil {
		return nil, err
	}
	return out, a.ownRecords(ctx, v, out, w.Enterprise, identities)
}

// ownPhase is the phase that PhasePeople counts the person in.
func (a *Answerer) ownPhase(ctx context.Context, v *view, w Parameters, identities []directory.Identity) (*OwnPhase, error) {
	people, err := a.PhasePeople(ctx, w, v.r.To)
	if err != nil {
		return nil, err
	}
	names := IdentityWords(identities)
	var out *OwnPhase
	err = a.store.Read(ctx, v.scope.Enterprise, func(r query.Rollups) error {
		out = nil // it may be the second time
		person, err := r.Persons(ctx)
		if err != nil {
			return err
		}
		ids, err := r.UsersNamed(ctx, names)
		for _, named := range ids {
			for _, id := range named {
				for phase, of := range people[0].people {
					if of.Contains(person(id)) {
						out = &OwnPhase{Phase: phase, On: v.r.To, Computed: people[0].computed.Contains(person(id))}
					}
				}
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("one's own phase: %w", err)
	}
	return out, nil
}

// ownClients judges the person's clients as Coverage judges everybody's.
func (a *Answerer) ownClients(ctx context.Context, v *view, out *Own, identities []directory.Identity) error {
	clients, err := a.store.Clients(ctx, v.scope, v.r, IdentityWords(identities)...)
	if err != nil {
		return fmt.Errorf("one's own clients: %w", err)
	}
	noLines, err := a.clientsTooOld(ctx, v, v.r, clients, metric.TooOldFor)
	if err != nil {
		return err
	}
	notCounted, err := a.clientsTooOld(ctx, v, v.r, clients, metric.NotCounted)
	if err != nil {
		return err
	}
	for _, c := range clients {
		if c.IDE == "" || c.IDE != metric.CLI && !metric.IsIDE(c.IDE) {
			continue
		}
		own := OwnClient{Client: c.IDE, Label: metric.ClientLabel(c.IDE), Version: c.IDEVersion, Extension: c.Plugin, ExtensionVersion: c.PluginVersion, Last: c.Last,
			NoLinesOf: []string{}, NotCounted: slices.Contains(notCounted, c), Judged: metric.HasMinimum(c.IDE)}
		rows := metric.TooOldFor
		if own.NotCounted {
			rows = metric.NotCounted
		}
		if slices.Contains(noLines, c) {
			own.NoLinesOf = neededUpgrade(clientOf(c), metric.TooOldFor).Features
		}
		if own.NotCounted || len(own.NoLinesOf) > 0 {
			needed := neededUpgrade(clientOf(c), rows)
			own.Upgrade, own.UpgradeExtension = needed.UpgradeIDE, needed.UpgradePlugin
		}
		for _, f := range metric.ClientFaults {
			if m := f.Of(clientOf(c)); m != nil && isEditor(c) {
				own.Fault, own.FaultUntil = f.Short, m.From()
			}
		}
		out.Clients = append(out.Clients, own)
	}
	sorting.Stable(out.Clients, func(x, y OwnClient) int { return int(y.Last - x.Last) })
	return nil
}

// IdentityWords returns the words that name the identities, and nobody with the same id in another tool.
func IdentityWords(identities []directory.Identity) (out []string) {
	for _, i := range identities {
		out = append(out, query.IDWithin(i.Tool, i.UserID))
	}
	return out
}

// ownSeats lists the person's seats, which are of GitHub's accounts.
func (a *Answerer) ownSeats(ctx context.Context, v *view, out *Own, identities []directory.Identity) error {
	for _, i := range identities {
		if !metric.ToolByName(i.Tool).GitHubIDs {
			continue
		}
		seats, err := a.dir.SeatsOf(ctx, v.scope.Enterprise, query.Name{ID: i.UserID, Login: i.Login})
		if err != nil {
			return fmt.Errorf("one's own seats: %w", err)
		}
		for _, s := range seats {
			own := OwnSeat{Assigner: v.enterprise.Label(), Team: s.Team, Plan: s.Plan, Since: known(s.Created), LastActivity: known(s.LastActivity), LastEditor: s.LastEditor, Ends: cancellationOf(s)}
			if s.Organization != 0 {
				e := v.names.Entity(s.Organization)
				own.Assigner = e.Label()
			}
			if !slices.ContainsFunc(out.Seats, own.same) { // one id in two tools
				out.Seats = append(out.Seats, own)
			}
		}
	}
	return nil
}

// same reports whether two seats say the same.
func (s OwnSeat) same(o OwnSeat) bool {
	return s.Assigner == o.Assigner && s.Team == o.Team && s.Plan == o.Plan
}

// known is a time that is not the zero one.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// ownRecords counts the days with a record of the person, of all that are stored.
func (a *Answerer) ownRecords(ctx context.Context, v *view, out *Own, enterprise string, identities []directory.Identity) error {
	if v.data.Len() == 0 {
		return nil
	}
	ask := Parameters{Enterprise: enterprise, Measures: []string{"daily_active_users"}, By: []string{"tool", "day"}, From: max(v.data.From, v.data.To-maxDays+1).String(), To: v.data.To.String()}
	for _, word := range IdentityWords(identities) {
		ask.Where = append(ask.Where, "user="+word)
	}
	days, err := a.Query(ctx, ask)
	if err != nil {
		return fmt.Errorf("one's own days: %w", err)
	}
	have, err := a.reports(ctx, v.scope.Enterprise)
	if err != nil {
		return err
	}
	for _, row := range days.Rows {
		tool, _ := row[0].(string)
		text, _ := row[1].(string)
		on, err := day.Parse(text)
		if n := integer(row[2]); err != nil || n == nil || *n == 0 {
			continue
		}
		at := slices.IndexFunc(out.Records, func(r OwnRecords) bool { return r.Tool == tool })
		if at < 0 {
			at = len(out.Records)
			out.Records = append(out.Records, OwnRecords{Tool: tool, First: on})
			for _, kind := range metric.DataKinds {
				if slices.ContainsFunc(have.days, func(d reportDay) bool { return d.Kind == report.UserDay && d.Tool == tool && d.Data == kind.Kind }) {
					out.Records[at].Kinds = append(out.Records[at].Kinds, kind.Name)
				}
			}
		}
		of := &out.Records[at]
		of.Days, of.First, of.Last = of.Days+1, min(of.First, on), max(of.Last, on)
	}
	return nil
}
