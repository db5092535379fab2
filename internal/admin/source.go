package admin

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/github"
	"codegauge/internal/source"
)

// WithSources returns the administration with the sources that it manages.
func (a *Admin) WithSources(s *source.Sources) *Admin {
	a.sources = s
	return a
}

// Source is a source, as lists show it.
type Source struct {
	Name         string             `json:"name"`
	Enterprise   string             `json:"enterprise"`
	Organization string             `json:"organization,omitempty"`
	Kind         string             `json:"kind"`
	BaseURL      string             `json:"base_url"`
	Orgs         []string           `json:"orgs"`
	AllowHosts   []string           `json:"allow_hosts"`
	Paused       bool               `json:"paused"`
	Created      time.Time          `json:"created"`
	Credentials  []SourceCredential `json:"credentials"`
	State        source.State       `json:"state"`
	Days         source.Days        `json:"days"`
	// Alerts are what each channel was told; none where alerts are not configured.
	Alerts []source.AlertState `json:"alerts"`
	// LateSince is since when there has been no successful round, longer than was promised;
	// the zero time for a source that is on time or paused.
	LateSince time.Time `json:"late_since,omitzero"`
}

// SourceCredential is a credential, without its secret.
type SourceCredential struct {
	Name  string    `json:"name"`
	Kind  string    `json:"kind"`
	Added time.Time `json:"added"`
}

// SourceRequest names a source and says what to do with it.
type SourceRequest struct {
	access.ScopeNames
	// Name is the source's; "" is the only one there is.
	Name string `json:"name,omitempty"`
	// Credential names one of its credentials.
	Credential string `json:"credential,omitempty"`
	// Keep has the result of a check shown with the source from then on.
	Keep bool `json:"keep,omitempty"`
	// Days and NoWait are those of source.RoundOptions.
	Days   int  `json:"days,omitempty"`
	NoWait bool `json:"no_wait,omitempty"`
}

// NewSourceRequest adds a source, or a credential to one.
type NewSourceRequest struct {
	access.ScopeNames
	Name    string `json:"name"`
	BaseURL string `json:"base_url,omitempty"`
	// Orgs are the organizations to fetch; none for those that GitHub lists.
	Orgs       []string `json:"orgs,omitempty"`
	AllowHosts []string `json:"allow_hosts,omitempty"`
	// Credential is the name of the credential; "" is its kind.
	Credential string `json:"credential,omitempty"`
	// Token is a token; AppID, Key and Installation are an App's.
	Token        string `json:"token,omitempty"`
	AppID        int64  `json:"app_id,omitempty"`
	Key          string `json:"key,omitempty"`
	Installation int64  `json:"installation,omitempty"`
}

// credential reads the request's credential.
func (r NewSourceRequest) credential() (github.Credential, error) {
	if r.AppID == 0 && r.Key == "" {
		if strings.TrimSpace(r.Token) == "" {
			return github.Credential{}, fault.New(fault.Invalid, "a source needs a credential: a token, or an App's number and key")
		}
		return github.TokenCredential(r.Token)
	}
	if r.Token != "" {
		return github.Credential{}, fault.New(fault.Invalid, "give a token or an App, not both: add the second one afterwards, under another name")
	}
	c := github.Credential{Kind: github.App, AppID: r.AppID, Key: r.Key, Installation: r.Installation}
	return c, c.Check()
}

// credentialPattern is what credentials are called.
var credentialPattern = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,58}[A-Za-z0-9])?$`)

// shortNamePattern is what sources are called, and GitHub calls organizations.
var shortNamePattern = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$`)

// AddSource connects a service, or adds a credential to a source of that name. An
// organization's owner connects their own organization and nothing else.
func (a *Admin) AddSource(ctx context.Context, r NewSourceRequest) (Source, error) {
	c, err := r.credential()
	if err != nil {
		return Source{}, err
	}
	name := cmp.Or(r.Credential, string(c.Kind))
	if err := r.check(ctx, name); err != nil {
		return Source{}, err
	}
	at, err := a.placeOfSource(ctx, r.ScopeNames)
	if err != nil {
		return Source{}, err
	}
	src, err := a.putSource(ctx, at, r)
	if err != nil {
		return Source{}, err
	}
	sealed, err := a.sources.Seal(src.ID, name, c)
	if err != nil {
		return Source{}, err
	}
	if err := a.dir.PutSourceCredential(ctx, sealed); err != nil {
		return Source{}, err
	}
	if err := a.sources.RequestRound(ctx, src); err != nil {
		return Source{}, err
	}
	return a.sourceOf(ctx, src)
}

// check says what is wrong with the words of a request.
func (r NewSourceRequest) check(ctx context.Context, credential string) error {
	if len(r.Name) > 60 || !shortNamePattern.MatchString(r.Name) {
		return fault.New(fault.Invalid, "%.60q cannot be the name of a source: use 1 to 60 letters, digits, '-', '_' and '.'", r.Name)
	}
	if !credentialPattern.MatchString(credential) {
		return fault.New(fault.Invalid, "%.60q cannot be the name of a credential: use 1 to 60 letters, digits, spaces, '-', '_' and '.'", credential)
	}
	base, err := github.ParseBase(r.BaseURL)
	if err != nil {
		return err
	}
	if base.Loopback() && access.Of(ctx).Kind != access.Operator {
		return fault.New(fault.Invalid, "the base URL %s is on the server itself: only the command line can connect that", base)
	}
	for _, h := range r.AllowHosts {
		if err := base.CheckAllowed(h); err != nil {
			return err
		}
	}
	for _, o := range r.Orgs {
		if !shortNamePattern.MatchString(o) {
			return fault.New(fault.Invalid, "%.60q is not the short name of an organization", o)
		}
	}
	return nil
}

// placeOfSource returns the place that a new source is of. The operator connects
// enterprises that are not here yet.
func (a *Admin) placeOfSource(ctx context.Context, w access.ScopeNames) (access.Place, error) {
	at, err := a.at(ctx, access.Manage, w)
	if fault.KindOf(err) != fault.NotFound || access.Of(ctx).Kind != access.Operator || w.Enterprise == "" || w.Org != "" {
		return at, err
	}
	if _, err := a.PutEntity(ctx, EntityRequest{ScopeNames: w, New: true}); err != nil {
		return at, err
	}
	return a.at(ctx, access.Manage, w)
}

// putSource makes the source of a request, or changes the one of its name.
func (a *Admin) putSource(ctx context.Context, at access.Place, r NewSourceRequest) (directory.Source, error) {
	list, err := a.dir.Sources(ctx, at.Enterprise.ID)
	if err != nil {
		return directory.Source{}, err
	}
	base, err := github.ParseBase(r.BaseURL)
	if err != nil {
		return directory.Source{}, err
	}
	i := slices.IndexFunc(list, func(s directory.Source) bool { return s.Name == r.Name })
	if i < 0 {
		src := directory.Source{Enterprise: at.Enterprise.ID, Name: r.Name, Kind: source.GitHub, BaseURL: base.String(), Slug: at.Enterprise.Key(),
			Orgs: r.Orgs, AllowHosts: r.AllowHosts, Created: a.now().UTC()}
		if at.Organization != nil {
			src.Organization, src.Slug, src.Orgs = at.Organization.ID, "", []string{at.Organization.Key()}
		}
		return a.dir.PutSource(ctx, src)
	}
	src := list[i]
	if at.Organization != nil && src.Organization != at.Organization.ID {
		return src, fault.New(fault.Conflict, "there is already a source %q", r.Name)
	}
	if r.BaseURL != "" && base.String() != src.BaseURL {
		return src, fault.New(fault.Conflict, "the source %q is of %s, not of %s: choose another name", r.Name, src.BaseURL, base)
	}
	if len(r.Orgs) == 0 && len(r.AllowHosts) == 0 {
		return src, nil
	}
	if len(r.Orgs) > 0 && src.Organization == 0 {
		src.Orgs = r.Orgs
	}
	if len(r.AllowHosts) > 0 {
		src.AllowHosts = r.AllowHosts
	}
	return a.dir.PutSource(ctx, src)
}

// Sources lists the sources of a place: of an enterprise all, of an organization those
// that its owner connected. Without a place the operator gets every one.
func (a *Admin) Sources(ctx context.Context, w access.ScopeNames) ([]Source, error) {
	list, err := a.sourcesAt(ctx, w)
	if err != nil {
		return nil, err
	}
	out := []Source{}
	for _, s := range list {
		v, err := a.sourceOf(ctx, s)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (a *Admin) sourcesAt(ctx context.Context, w access.ScopeNames) ([]directory.Source, error) {
	if w == (access.ScopeNames{}) && access.Of(ctx).Kind == access.Operator {
		return a.dir.Sources(ctx, 0)
	}
	at, err := a.at(ctx, access.Manage, w)
	if err != nil {
		return nil, err
	}
	list, err := a.dir.Sources(ctx, at.Enterprise.ID)
	if at.Organization != nil {
		list = slices.DeleteFunc(list, func(s directory.Source) bool { return s.Organization != at.Organization.ID })
	}
	return list, err
}

// findSource returns the source that a request names.
func (a *Admin) findSource(ctx context.Context, r SourceRequest) (directory.Source, error) {
	list, err := a.sourcesAt(ctx, r.ScopeNames)
	if err != nil {
		return directory.Source{}, err
	}
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
	}
	if r.Name != "" {
		list = slices.DeleteFunc(list, func(s directory.Source) bool { return s.Name != r.Name })
	}
	switch {
	case len(list) == 1:
		return list[0], nil
	case len(list) > 1 && r.Name != "":
		return directory.Source{}, fault.New(fault.Invalid, "several enterprises have a source %q: say which with --enterprise SLUG", r.Name)
	case len(list) > 1:
		return directory.Source{}, fault.New(fault.Invalid, "there are several sources: name one of %s", english.ListAtMost(names, 10))
	case r.Name != "" && len(names) > 0:
		return directory.Source{}, fault.New(fault.NotFound, "source %.60q does not exist; there is %s", r.Name, english.ListAtMost(names, 10))
	case r.Name != "":
		return directory.Source{}, fault.New(fault.NotFound, "source %.60q does not exist", r.Name)
	}
	return directory.Source{}, fault.New(fault.NotFound, "no source is connected: connect one with codegauge source add github")
}

func (a *Admin) sourceOf(ctx context.Context, s directory.Source) (Source, error) {
	all, err := a.dir.Entities(ctx)
	if err != nil {
		return Source{}, err
	}
	out := Source{Name: s.Name, Enterprise: byID(all, s.Enterprise).Key(), Kind: s.Kind, BaseURL: s.BaseURL, Orgs: append([]string{}, s.Orgs...),
		AllowHosts: append([]string{}, s.AllowHosts...), Paused: s.Paused, Created: s.Created, Credentials: []SourceCredential{}}
	if o := byID(all, s.Organization); o != nil {
		out.Organization = o.Key()
	}
	list, err := a.dir.SourceCredentials(ctx, s.ID)
	if err != nil {
		return out, err
	}
	for _, c := range list {
		out.Credentials = append(out.Credentials, SourceCredential{c.Name, c.Kind, c.Created})
	}
	if out.State, err = a.sources.State(ctx, s.ID); err != nil {
		return out, err
	}
	out.LateSince = out.State.Late(s, a.now())
	if out.Alerts, err = a.sources.AlertStates(ctx, s.ID); err != nil {
		return out, err
	}
	if enterprise := byID(all, s.Enterprise); enterprise == nil || !access.Of(ctx).Can(access.Manage, *enterprise) {
		for i := range out.Alerts { // recipients are the server's: they and what mail servers say of them are not for owners of organizations
			out.Alerts[i].To = ""
			if out.Alerts[i].Error != "" {
				out.Alerts[i].Error = "the reason is shown to those who manage the enterprise"
			}
		}
	}
	out.Days, err = a.sources.Days(ctx, s)
	return out, err
}

// TestAlerts sends a test message over every channel of alerts. Channels are of the whole
// installation, so only its operator may.
func (a *Admin) TestAlerts(ctx context.Context, _ struct{}) ([]source.AlertResult, error) {
	if access.Of(ctx).Kind != access.Operator {
		return nil, fault.New(fault.Forbidden, "only the command line can send a test alert")
	}
	return a.sources.TestAlerts(ctx), nil
}

// CheckSource asks what each credential of a source can read.
func (a *Admin) CheckSource(ctx context.Context, r SourceRequest) (*source.Check, error) {
	s, err := a.findSource(ctx, r)
	if err != nil {
		return nil, err
	}
	if r.Keep {
		return a.sources.CheckAndSave(ctx, s.ID)
	}
	return a.sources.Check(ctx, s.ID)
}

// SyncSource does a round of a source, and waits for its end.
func (a *Admin) SyncSource(ctx context.Context, r SourceRequest) (*source.Summary, error) {
	s, err := a.findSource(ctx, r)
	if err != nil {
		return nil, err
	}
	return a.sources.Round(ctx, s.ID, source.RoundOptions{Days: r.Days, NoWait: r.NoWait})
}

// PlanSource makes a source's next round due now.
func (a *Admin) PlanSource(ctx context.Context, r SourceRequest) (Source, error) {
	return a.withSource(ctx, r, func(s directory.Source) error {
		if s.Paused {
			return fault.New(fault.Conflict, "source %q is paused: resume it first", s.Name)
		}
		return a.sources.RequestRound(ctx, s)
	})
}

// PauseSource stops a source's rounds, one that is under way too.
func (a *Admin) PauseSource(ctx context.Context, r SourceRequest) (Source, error) {
	return a.withSource(ctx, r, func(s directory.Source) error {
		s.Paused = true
		_, err := a.dir.PutSource(ctx, s)
		return err
	})
}

// ResumeSource has a paused source's rounds go on, now.
func (a *Admin) ResumeSource(ctx context.Context, r SourceRequest) (Source, error) {
	return a.withSource(ctx, r, func(s directory.Source) error {
		s.Paused = false
		if _, err := a.dir.PutSource(ctx, s); err != nil {
			return err
		}
		return a.sources.RequestRound(ctx, s)
	})
}

// RemoveSource removes a source with its credentials. What it fetched stays.
func (a *Admin) RemoveSource(ctx context.Context, r SourceRequest) (Source, error) {
	s, err := a.findSource(ctx, r)
	if err != nil {
		return Source{}, err
	}
	out, err := a.sourceOf(ctx, s)
	if err != nil {
		return out, err
	}
	return out, a.dir.RemoveSource(ctx, s.ID)
}

// RemoveSourceCredential removes one of a source's credentials.
func (a *Admin) RemoveSourceCredential(ctx context.Context, r SourceRequest) (Source, error) {
	return a.withSource(ctx, r, func(s directory.Source) error { return a.dir.RemoveSourceCredential(ctx, s.ID, r.Credential) })
}

// withSource changes a source and returns it as it is then.
func (a *Admin) withSource(ctx context.Context, r SourceRequest, change func(directory.Source) error) (Source, error) {
	s, err := a.findSource(ctx, r)
	if err != nil {
		return Source{}, err
	}
	if err := change(s); err != nil {
		return Source{}, err
	}
	if s, err = a.sources.Get(ctx, s.ID); err != nil {
		return Source{}, err
	}
	return a.sourceOf(ctx, s)
}
