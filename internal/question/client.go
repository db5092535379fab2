package question

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
	"codegauge/internal/store"
)

// BelowMinimum is a group of people whose client is too old to report lines.
type BelowMinimum struct {
	ClientGroup
	Features      []string // what the client does not report
	UpgradeIDE    string   // the minimum that covers all features, "" if it is the extension alone
	UpgradePlugin string
}

// ClientGroup is the people with one client.
type ClientGroup struct {
	IDE, Label            string
	IDEVersion            string // as last seen
	Plugin, PluginVersion string
	People                int
	Logins                []string
}

// ClientUse is the people of an editor by their last version of it.
type ClientUse struct {
	IDE, Label string
	// People use it; TooOld of them have a client that reports no lines of some feature, and
	// Faulty of the others one that may have a known fault.
	People, TooOld, Faulty int
	// Versions are those of most people first.
	Versions []ClientVersion
}

// ClientVersion is a version of an editor and of its Copilot extension; "" is not stated.
type ClientVersion struct {
	IDE, Plugin string
	People      int
}

// ClientUse returns the editors of the scope's people in the last faultDays of the range, those
// of most people first; none to those who may not view people.
func (a *Answerer) ClientUse(ctx context.Context, w Parameters) ([]ClientUse, error) {
	v, err := a.seen(ctx, w)
	if err != nil || v.mask != nil {
		return nil, err
	}
	days := day.Range{From: max(v.r.From, v.r.To-faultDays+1), To: v.r.To}
	return a.memory.clients.Get(v.scope.Enterprise, v.version, faultsKey{v.scope, days}, func() ([]ClientUse, error) {
		counts, err := a.store.CountByClient(ctx, v.scope, days)
		if err != nil {
			return nil, fmt.Errorf("clients: %w", err)
		}
		return clientUse(counts), nil
	})
}

func clientUse(counts []store.ClientCount) (out []ClientUse) {
	var groups []ClientGroup
	for i := range counts {
		if c := &counts[i]; isEditor(c.Client) {
			g := groupOf(&c.Client)
			g.People = c.People
			groups = append(groups, g)
		}
	}
	sorting.Stable(groups, compareGroups)
	at := map[string]int{}
	for _, g := range groups {
		i, ok := at[g.IDE]
		if !ok {
			i = len(out)
			at[g.IDE], out = i, append(out, ClientUse{IDE: g.IDE, Label: g.Label})
		}
		u := &out[i]
		u.People += g.People
		switch {
		case len(metric.TooOldFor(g.client())) > 0:
			u.TooOld += g.People
		case slices.ContainsFunc(metric.ClientFaults, func(f metric.ClientFault) bool { return f.Of(g.client()) != nil }):
			u.Faulty += g.People
		}
		u.Versions = append(u.Versions, ClientVersion{g.IDEVersion, g.PluginVersion, g.People})
	}
	sorting.Stable(out, func(a, b ClientUse) int { return cmp.Compare(b.People, a.People) })
	return out
}

// isEditor reports whether a client is an editor that its record names.
func isEditor(c store.Client) bool { return c.IDE != "" && metric.IsIDE(c.IDE) }

// clientOf is a client as the tables of versions know it.
func clientOf(c store.Client) metric.Client {
	return metric.Client{IDE: c.IDE, IDEVersion: c.IDEVersion, PluginVersion: c.PluginVersion}
}

func (g ClientGroup) client() metric.Client {
	return metric.Client{IDE: g.IDE, IDEVersion: g.IDEVersion, PluginVersion: g.PluginVersion}
}

// versionRows returns the rows of a table of versions that a client is too old for.
type versionRows func(metric.Client) []metric.MinimumVersion

// clientsTooOld returns those clients that are too old by a table, such as to report lines of some
// feature, but for the people who have reported lines from that IDE in the range.
func (a *Answerer) clientsTooOld(ctx context.Context, v *view, r day.Range, clients []store.Client, rows versionRows) ([]store.Client, error) {
	old := slices.DeleteFunc(slices.Clone(clients), func(c store.Client) bool { return len(rows(clientOf(c))) == 0 })
	if len(old) == 0 {
		return nil, nil
	}
	res, err := a.run(ctx, query.Query{Scope: v.scope, Measures: []string{"loc_changed", "loc_suggested_add", "loc_suggested_delete"}, By: []string{"user", "ide"}, Range: r,
		Source: query.FromUsers, Filters: []query.Filter{{Dimension: "user", Values: namesOf(old)}}})
	if err != nil {
		return nil, fmt.Errorf("lines of old clients: %w", err)
	}
	type userIDE struct{ user, ide string }
	reported := map[userIDE]bool{}
	for _, row := range res.Rows {
		user, _ := row[0].(string)
		ide, named := row[1].(string)
		for _, value := range row[2:] {
			if n := integer(value); named && n != nil && *n != 0 {
				reported[userIDE{strings.ToLower(user), ide}] = true
			}
		}
	}
	return slices.DeleteFunc(old, func(c store.Client) bool { return reported[userIDE{strings.ToLower(c.Name), c.IDE}] }), nil
}

// groupTooOld groups those of the clients that are too old by a table, by what has to be upgraded.
func (a *Answerer) groupTooOld(ctx context.Context, v *view, clients []store.Client, rows versionRows) (out []BelowMinimum, err error) {
	old, err := a.clientsTooOld(ctx, v, v.r, clients, rows)
	if err != nil {
		return nil, err
	}
	for _, g := range groupClients(old) {
		b := neededUpgrade(g.client(), rows)
		g.Label = b.Label // one of the table: JetBrains, for each of its products
		b.ClientGroup = g
		out = append(out, *b)
	}
	return out, nil
}

// groupClients groups people by their client, those with most people first.
func groupClients(clients []store.Client) []ClientGroup {
	type key struct{ ide, ideVersion, plugin, pluginVersion string }
	groups := map[key]*ClientGroup{}
	people := map[key]map[string]bool{}
	for _, c := range clients {
		k := key{c.IDE, c.IDEVersion, c.Plugin, c.PluginVersion}
		if groups[k] == nil {
			g := groupOf(&c)
			groups[k] = &g
			people[k] = map[string]bool{}
		}
		if !people[k][c.UserID] {
			people[k][c.UserID] = true
			groups[k].People++
			groups[k].Logins = append(groups[k].Logins, c.Name)
		}
	}
	var out []ClientGroup
	for _, g := range groups {
		slices.Sort(g.Logins)
		out = append(out, *g)
	}
	sorting.Stable(out, compareGroups)
	return out
}

// groupOf returns the group of a client, still without people.
func groupOf(c *store.Client) ClientGroup {
	return ClientGroup{IDE: c.IDE, Label: metric.IDELabel(c.IDE), IDEVersion: c.IDEVersion, Plugin: c.Plugin, PluginVersion: c.PluginVersion}
}

// compareGroups puts those of most people first.
func compareGroups(a, b ClientGroup) int {
	return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Label, b.Label), cmp.Compare(a.IDE, b.IDE),
		metric.CompareVersions(a.IDEVersion, b.IDEVersion), metric.CompareVersions(a.PluginVersion, b.PluginVersion), cmp.Compare(a.Plugin, b.Plugin))
}

// neededUpgrade returns what a client is too old for.
func neededUpgrade(c metric.Client, rows versionRows) *BelowMinimum {
	out := &BelowMinimum{}
	for _, m := range rows(c) {
		out.Label = m.Label
		out.Features = append(out.Features, m.Feature)
		if metric.OlderIDE(c.IDE, c.IDEVersion, m.IDEVersion) {
			out.UpgradeIDE = later(out.UpgradeIDE, m.IDEVersion)
		}
		if metric.OlderExtension(c.PluginVersion, m.Extension) {
			out.UpgradePlugin = later(out.UpgradePlugin, m.Extension)
		}
	}
	return out
}

func later(a, b string) string {
	if metric.CompareVersions(a, b) < 0 {
		return b
	}
	return a
}

// notUnderstood returns the clients of IDEs for which there are minimum versions, whose
// own version cannot be compared.
func notUnderstood(clients []store.Client) []ClientGroup {
	return groupClients(slices.DeleteFunc(slices.Clone(clients), func(c store.Client) bool {
		return c.IDEVersion == "" || metric.Understood(c.IDEVersion) || !metric.HasMinimum(c.IDE)
	}))
}
