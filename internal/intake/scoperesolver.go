package intake

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/privacy"
	"codegauge/internal/report"
)

// place is where a record belongs.
type place struct {
	enterprise, source, organization, team int64
	// rejection says why the record belongs nowhere; unknown that its enterprise
	// cannot be told.
	rejection string
	unknown   bool
	// key makes people pseudonyms, nil where they are stored as they come.
	key *privacy.Key
}

// placeKey is what of a record decides its place.
type placeKey struct {
	kind                     report.Kind
	enterprise, organization string
	team, slug               string
	// login is a seat's organization.
	login string
}

// scopeResolver resolves records to places. It is safe for concurrent use: a place
// that was found once is read under a shared lock.
type scopeResolver struct {
	req Request
	now time.Time
	// asker is who imports, nil for the program itself.
	asker *access.Principal
	// peopleKeys are the keys of enterprises that are kept without people.
	peopleKeys *privacy.Keys

	mu       sync.RWMutex
	places   map[placeKey]*found
	register *register
	warnings []string
	// ids are those of records whose enterprise cannot be told.
	ids map[string]bool
}

// found is the place of a key, and the first record that has the key.
type found struct {
	place
	file string
	line int
	seq  int64
}

func (f *found) at() string { return fmt.Sprintf("%s:%d", f.file, f.line) }

// slugPattern is what GitHub gives enterprises, organizations and teams.
var slugPattern = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$`)

// knows reports whether who imports may know of an enterprise: the words about one that
// they may not know of are those about one that is not there.
func (p *scopeResolver) knows(e *directory.Entity) bool {
	return p.asker == nil || p.asker.CanView(*e) || p.asker.Can(access.ViewSettings, *e) || p.asker.Can(access.Import, *e)
}

// newScopeResolver checks the names in req.
func newScopeResolver(ctx context.Context, req Request, g *register, keys *privacy.Keys, now time.Time) (*scopeResolver, error) {
	asker, _ := access.Asker(ctx)
	p := &scopeResolver{asker: asker, peopleKeys: keys, req: req, now: now, places: map[placeKey]*found{}, register: g, ids: map[string]bool{}}
	for _, n := range []struct {
		kind directory.Kind
		word string
	}{{directory.Enterprise, req.Enterprise}, {directory.Organization, req.Org}} {
		if n.word != "" && match(g.of(n.kind, 0), n.word) == nil && !slugPattern.MatchString(n.word) {
			return nil, fault.New(fault.Invalid, "%s %.60q is not a valid short name: use 1 to 100 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit", n.kind, n.word)
		}
	}
	return p, nil
}

// key returns what decides the place of a record. Its strings are the record's.
func key(r *report.Record) placeKey {
	k := placeKey{kind: r.Kind, enterprise: r.EnterpriseID, organization: r.OrganizationID}
	switch r.Kind {
	case report.UserTeam:
		k.team, k.slug = r.TeamID, r.TeamSlug
	case report.Seat:
		k.login, k.organization = r.SeatOrganization, seatOrganizationID(r)
	}
	return k
}

// clone returns k with strings of its own: a record's memory is used again.
func (k placeKey) clone() placeKey {
	for _, s := range []*string{&k.enterprise, &k.organization, &k.team, &k.slug, &k.login} {
		*s = strings.Clone(*s)
	}
	return k
}

// resolve returns the place that a key decides, of a record that stands at seq.
func (p *scopeResolver) resolve(ctx context.Context, k placeKey, file string, line int, seq int64) (place, error) {
	p.mu.RLock()
	f := p.places[k]
	known := f != nil && f.seq <= seq
	p.mu.RUnlock()
	if known {
		return f.place, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f = p.places[k]; f == nil {
		k = k.clone()
		at, err := p.resolveNew(ctx, k)
		if err != nil {
			return place{}, located(file, line, err)
		}
		f = &found{place: at, file: file, line: line, seq: seq}
		p.places[k] = f
	}
	if seq < f.seq {
		f.file, f.line, f.seq = file, line, seq
	}
	return f.place, nil
}

// located says which record an error is of.
func located(file string, line int, err error) error {
	if kind := fault.KindOf(err); kind != fault.Internal {
		return fault.New(kind, "nothing was imported: %s:%d: %v", file, line, err)
	}
	return fmt.Errorf("%s:%d: %w", file, line, err)
}

// resolveNew decides a place.
func (p *scopeResolver) resolveNew(ctx context.Context, k placeKey) (place, error) {
	ofOrganization, rejection := p.scope(k)
	if rejection != "" {
		return place{rejection: rejection}, nil
	}
	e, err := p.enterprise(ctx, k)
	if err != nil {
		return place{}, err
	}
	if e == nil {
		p.noteIDs(k)
		return place{unknown: true}, nil
	}
	at := place{enterprise: e.ID, source: e.ID}
	if at.key, err = p.peopleKeys.Of(*e); err != nil {
		return place{}, err
	}
	if ofOrganization || p.member(k) {
		o, err := p.organization(ctx, e.ID, k)
		if err != nil {
			return place{}, err
		}
		at.organization = o.ID
		if ofOrganization {
			at.source = o.ID
			p.warnBothIDs(k, e, o)
		}
	}
	if k.kind == report.UserTeam {
		err = p.inTeam(ctx, k, &at)
	}
	return at, err
}

// warnBothIDs says how an aggregate that names enterprise and organization was
// read: its figures are not the enterprise's.
func (p *scopeResolver) warnBothIDs(k placeKey, e, o *directory.Entity) {
	if k.kind == report.AggregateDay && k.enterprise != "" && k.organization != "" && p.req.Scope == "" && p.req.Org == "" {
		p.warn("aggregates that have both enterprise_id and organization_id were taken as reports of organization %q; if they are reports of enterprise %q, import them with --scope enterprise", o.Key(), e.Key())
	}
}

// member reports whether a record of the enterprise names an organization that
// the person is in.
func (p *scopeResolver) member(k placeKey) bool {
	return k.kind == report.UserTeam && k.organization != "" || k.kind == report.Seat && (k.organization != "" || k.login != "")
}

// scope decides whether a record stands in an organization's report.
func (p *scopeResolver) scope(k placeKey) (ofOrganization bool, rejection string) {
	named := p.req.Org != ""
	switch {
	case p.req.Scope == "enterprise":
		return false, ""
	case k.kind == report.Seat:
		return named, ""
	case p.req.Scope == "organization" && !named && k.organization == "":
		return false, "no organization_id, and no organization was named with --org"
	case p.req.Scope == "organization" || named:
		return true, ""
	case k.kind == report.UserTeam || k.kind == report.RepoDay:
		// With both ids it is the enterprise's report that names the organization.
		return k.organization != "" && k.enterprise == "", ""
	}
	return k.organization != "", ""
}

// enterprise returns the enterprise of a key; nil if it cannot be told.
func (p *scopeResolver) enterprise(ctx context.Context, k placeKey) (*directory.Entity, error) {
	all := p.register.of(directory.Enterprise, 0)
	if p.req.Enterprise != "" {
		e := match(all, p.req.Enterprise)
		if e == nil {
			var err error
			e, err = p.register.add(ctx, directory.Entity{Kind: directory.Enterprise, Slug: p.req.Enterprise, Policy: directory.PolicyEnabled, Created: p.now})
			if err != nil {
				return nil, err
			}
			if others := p.register.before(directory.Enterprise); len(others) > 0 {
				p.warn("enterprise %q is new: there was only %s before", p.req.Enterprise, english.ListAtMost(keysOf(others), 3))
			}
		}
		return e, nil
	}
	switch holders := holdersOf(all, k.enterprise); len(holders) {
	case 0:
	case 1:
		return holders[0], nil
	default:
		return nil, nil
	}
	e := p.owner(k)
	if e == nil && len(all) == 1 {
		e = all[0]
	}
	return e, nil
}

// owner returns the only enterprise that has the key's organization, nil if
// there is none or several have.
func (p *scopeResolver) owner(k placeKey) *directory.Entity {
	owners := map[int64]bool{}
	for _, o := range p.register.of(directory.Organization, 0) {
		if o.Named(k.organization) || o.Named(k.login) || o.Named(p.req.Org) {
			owners[o.Enterprise] = true
		}
	}
	if len(owners) != 1 {
		return nil
	}
	for _, e := range p.register.of(directory.Enterprise, 0) {
		if owners[e.ID] {
			return e
		}
	}
	return nil
}

func keysOf(entities []*directory.Entity) []string {
	var out []string
	for _, e := range entities {
		out = append(out, e.Key())
	}
	return out
}

func (p *scopeResolver) warn(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(p.warnings, text) {
		p.warnings = append(p.warnings, text)
	}
}

// organization returns the organization of a key: the one that the import
// names, to which the key's id then belongs; else the one of the key's id.
func (p *scopeResolver) organization(ctx context.Context, enterprise int64, k placeKey) (*directory.Entity, error) {
	all := p.register.of(directory.Organization, enterprise)
	slug := p.req.Org
	if slug == "" {
		slug = k.login
	}
	holder := holderOf(all, k.organization)
	o := match(all, slug)
	if o == nil && holder != nil && (holder.Slug == "" || p.req.Org == "") {
		o = holder
		p.register.rename(o, slug)
	}
	if o == nil {
		var err error
		if o, err = p.register.add(ctx, directory.Entity{Kind: directory.Organization, Enterprise: enterprise, Created: p.now}); err != nil {
			return nil, err
		}
		p.register.rename(o, slug)
		if others := slices.DeleteFunc(p.register.before(directory.Organization), func(e *directory.Entity) bool { return e.Enterprise != enterprise }); p.req.Org != "" && len(others) > 0 {
			p.warn("organization %q is new: there was only %s before", p.req.Org, english.ListAtMost(keysOf(others), 3))
		}
		if o.Slug == "" && k.organization == "" {
			p.register.bind(o, slug)
		}
	}
	return o, p.bindOrganization(o, holder, k.organization)
}

// bindOrganization records the id as the organization's. holder has it so far.
func (p *scopeResolver) bindOrganization(o, holder *directory.Entity, id string) error {
	switch {
	case id == "" || o.Named(id):
		return nil
	case holder != nil:
		return fault.New(fault.Invalid, "the organization id %.60q belongs to organization %q, not %q: import these files with --org %s, or without --org", id, holder.Key(), o.Key(), holder.Key())
	case len(o.Aliases) > 0:
		p.warn("%.60q was added as another id of organization %q, which had %s", id, o.Key(), english.ListAtMost(o.Aliases, 3))
	}
	p.register.bind(o, id)
	return nil
}

// inTeam completes the place of a user-teams row. A team's id is its own in the
// whole enterprise; its slug only within its organization.
func (p *scopeResolver) inTeam(ctx context.Context, k placeKey, at *place) error {
	all := p.register.of(directory.Team, at.enterprise)
	t := holderOf(all, k.team)
	if t == nil {
		t = match(slices.DeleteFunc(all, func(e *directory.Entity) bool { return e.Organization != at.organization }), k.slug)
	}
	if t == nil {
		var err error
		if t, err = p.register.add(ctx, directory.Entity{Kind: directory.Team, Enterprise: at.enterprise, Organization: at.organization, Created: p.now}); err != nil {
			return err
		}
	}
	p.register.bind(t, k.team)
	p.register.rename(t, k.slug)
	if t.Key() == "" {
		p.register.bind(t, k.slug) // no slug by its form, and no id
	}
	at.team = t.ID
	if at.organization == 0 {
		at.organization = t.Organization
	}
	return nil
}

// involved returns the enterprises that records were placed in.
func (p *scopeResolver) involved() map[int64]bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	out := map[int64]bool{}
	for _, at := range p.places {
		if at.enterprise != 0 {
			out[at.enterprise] = true
		}
	}
	return out
}

func (p *scopeResolver) noteIDs(k placeKey) {
	for name, id := range map[string]string{"enterprise": k.enterprise, "organization": k.organization, "organization ": k.login} {
		if id != "" {
			p.ids[strings.TrimSpace(name)+" "+id] = true
		}
	}
}

// unknown returns the error of an import with records whose enterprise cannot
// be told, nil if there were none.
func (p *scopeResolver) unknown() error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	found := false
	for _, at := range p.places {
		found = found || at.unknown
	}
	if !found {
		return nil
	}
	ids := "the files contain no ids"
	if len(p.ids) > 0 {
		ids = "ids in these files: " + english.ListAtMost(slices.Sorted(maps.Keys(p.ids)), 10)
	}
	return fault.New(fault.Invalid, "cannot tell which enterprise the files belong to: name it with --enterprise SLUG; %s", ids)
}
