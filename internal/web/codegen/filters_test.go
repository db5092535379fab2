package codegen

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/webtest"
)

// teamed is the fake with teams, two of which have one name.
type teamed struct{ *webtest.Fake }

func (d teamed) Entities(ctx context.Context, enterprise string, kind directory.Kind) ([]directory.Entity, error) {
	if kind != directory.Team {
		return d.Fake.Entities(ctx, enterprise, kind)
	}
	web, apps := d.Orgs[0].ID, d.Orgs[1].ID
	return []directory.Entity{
		{ID: 71, Kind: kind, Organization: web, Slug: "core", Aliases: []string{"901"}},
		{ID: 72, Kind: kind, Organization: apps, Slug: "core", Aliases: []string{"902"}},
		{ID: 73, Kind: kind, Organization: apps, Slug: "mobile", Aliases: []string{"903"}},
	}, nil
}

// offered writes a group of the filter form: its inputs and their labels.
func offered(v *view, dimension string) string {
	i := slices.IndexFunc(v.Header.Filters, func(g shell.FilterGroup) bool { return g.Dimension == dimension })
	if i < 0 {
		return "none"
	}
	g := v.Header.Filters[i]
	out := []string{g.Type + " " + g.Name}
	for _, o := range g.Options {
		text := o.Field + " " + o.Label
		if o.On {
			text += "*"
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// Of organizations and teams one is chosen: people of several are not added up.
// Teams are those of the organization, and of one name told apart.
func TestFilterForm(t *testing.T) {
	data := teamed{webtest.New()}
	one, two := data.Orgs[0], data.Orgs[1]
	for _, c := range []struct{ query, dimension, want string }{
		{"", "organization", "radio organization;  All*; " + one.Key() + " " + one.Label() + "; " + two.Key() + " " + two.Label()},
		{"", "team", "radio team;  All*; 901 core (" + one.Label() + "); 902 core (" + two.Label() + "); mobile mobile"},
		{"organization=" + two.Key(), "team", "radio team;  All*; core core; mobile mobile"},
		{"team=mobile&organization=" + two.Key(), "team", "radio team;  All; core core; mobile mobile*"},
		{"where=surface%3Dcli", "surface", "checkbox where; surface=ide IDE; surface=cli CLI*; surface=app App; surface=unknown Unknown surface"},
	} {
		if got := offered(show(t, data, c.query), c.dimension); got != c.want {
			t.Errorf("%s of %q:\ngot  %s\nwant %s", c.dimension, c.query, got, c.want)
		}
	}
}

// What the form does not offer stays as it is when it is sent.
func TestFilterFormKeepsTheRest(t *testing.T) {
	v := show(t, webtest.New(), "days=90&compare=1&where=initiator%3Dagent&where=model%3Dgpt-5&over=share&page=3&data=5")
	var got []string
	for _, h := range v.Header.Hidden {
		got = append(got, h.Name+"="+h.Value)
	}
	if want := []string{"compare=1", "days=90", "over=share", "where=initiator=agent"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// many is the fake with more teams than a page lists.
type many struct{ *webtest.Fake }

func (d many) Entities(ctx context.Context, enterprise string, kind directory.Kind) ([]directory.Entity, error) {
	if kind != directory.Team {
		return d.Fake.Entities(ctx, enterprise, kind)
	}
	var out []directory.Entity
	for i := range 10_000 {
		out = append(out, directory.Entity{ID: int64(100 + i), Kind: kind, Organization: d.Orgs[i%2].ID, Slug: fmt.Sprintf("team-%05d", i), Name: fmt.Sprintf("Payments %d", i)})
	}
	return out, nil
}

// TestFilterFormOfMany offers the chosen one of many teams, and where the others are found.
func TestFilterFormOfMany(t *testing.T) {
	data := many{webtest.New()}
	v := show(t, data, "team=team-00042&days=7")
	if got, want := offered(v, "team"), "radio team;  All; team-00042 Payments 42*"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	g := v.Header.Filters[slices.IndexFunc(v.Header.Filters, func(g shell.FilterGroup) bool { return g.Dimension == "team" })]
	if g.Text != "team-00042" || g.Hint != "One of 10,000" || g.Search != "Search team" || !strings.HasPrefix(g.Values, "/enterprises/acme/insights/values?dimension=team&from=") {
		t.Errorf("group %+v", g)
	}
	sh := pages(t, data)
	h := webtest.Serve(sh, sh.Routes())
	for query, want := range map[string]string{
		"&q=PAYMENTS+99": `{"found":111,"values":[{"label":"Payments 99","field":"team-00099"},`,
		"&q=team-00007":  `{"found":1,"values":[{"label":"Payments 7","field":"team-00007"}]}`,
		"&q=nothing":     `{"found":0,"values":[]}`,
	} {
		w := webtest.Get(t, h, g.Values+query)
		if got := w.Body.String(); w.Code != 200 || !strings.HasPrefix(got, want) || strings.Count(got, "label") > 50 {
			t.Errorf("%s: %d %.300s, want %s", query, w.Code, got, want)
		}
	}
	for _, dimension := range []string{"user", "day", "nonsense", ""} {
		if w := webtest.Get(t, h, "/enterprises/acme/insights/values?dimension="+dimension); w.Code != 400 {
			t.Errorf("values of %q: %d", dimension, w.Code)
		}
	}
}
