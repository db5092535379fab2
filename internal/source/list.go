package source

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/github"
	"codegauge/internal/intake"
	"codegauge/internal/privacy"
	"codegauge/internal/report"
)

// fetchSeats fetches the seats of every scope whose seats can be read.
func (r *round) fetchSeats(ctx context.Context) error {
	var scopes []github.Scope
	if sc, ok := r.enterprise(); ok {
		scopes = append(scopes, sc)
	}
	for _, login := range r.check.Organizations {
		scopes = append(scopes, r.org(login))
	}
	for _, sc := range scopes {
		if err := r.fetchList(ctx, github.Seats, sc, func(c *credential) error { return r.fetchSeatsOf(ctx, c, sc) }); err != nil {
			return err
		}
	}
	return nil
}

// fetchList fetches a list with the first credential that can read it, or with the next if
// that is rejected. An error ends the round.
func (r *round) fetchList(ctx context.Context, l github.List, sc github.Scope, fetch func(*credential) error) error {
	var err error
	for _, name := range r.check.readers(l.Endpoint(), sc) {
		err = fetch(r.credentialNamed(name))
		if kind := github.KindOf(err); kind != github.Unauthorized && kind != github.Forbidden {
			break
		}
	}
	return r.recordMissing(ctx, l, sc, err)
}

// recordMissing adds a list that could not be fetched to the summary. It returns errors
// that end the round.
func (r *round) recordMissing(ctx context.Context, l github.List, sc github.Scope, err error) error {
	kind := fault.KindOf(err)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil, github.KindOf(err) == github.Limited, github.KindOf(err) == "" && kind != fault.Invalid && kind != fault.Conflict:
		return err
	}
	grant := ""
	if c, ok := r.check.used(string(l), sc); ok {
		grant = grantFor(err, sc, github.GrantFor(l.Endpoint(), sc, r.credentialNamed(c).kind))
	}
	r.sum.Missing = append(r.sum.Missing, Missing{What: string(l), Scope: sc.Name(), Reason: messageOf(err), Grant: grant})
	return nil
}

// maxSeatTries is how often a list of seats is fetched if it changes meanwhile.
const maxSeatTries = 3

// fetchSeatsOf fetches and imports the seats of a scope.
func (r *round) fetchSeatsOf(ctx context.Context, c *credential, sc github.Scope) error {
	r.setDoing("seats of " + sc.String())
	for try := 1; ; try++ {
		batch, err := r.Sources.opt.Spool.Batch(0)
		if err != nil {
			return err
		}
		at := r.Sources.opt.Now().UTC()
		inputs, err := r.seatPages(ctx, c, sc, func(page []byte) (report.Input, error) {
			f, err := batch.Add(ctx, bytes.NewReader(page))
			return report.Input{Size: f.Size, Open: f.Open}, err
		})
		if err == nil {
			err = r.importSeats(ctx, sc, at, inputs)
		}
		err = errors.Join(err, batch.Close())
		if !errors.Is(err, errSeatsMoved) || try == maxSeatTries {
			return err
		}
	}
}

// errSeatsMoved is the error of a number of seats that changes between two pages.
var errSeatsMoved error = &github.Error{Kind: github.Malformed, Message: "the list of seats changed while it was fetched: its pages are inconsistent"}

func (r *round) seatPages(ctx context.Context, c *credential, sc github.Scope, save func([]byte) (report.Input, error)) ([]report.Input, error) {
	var inputs []report.Input
	total := int64(-1)
	err := c.Pages(ctx, sc, github.Seats, func(page []byte) error {
		var head struct {
			Total *int64 `json:"total_seats"`
		}
		if err := json.Unmarshal(page, &head); err != nil || head.Total == nil {
			return &github.Error{Kind: github.Malformed, Message: "GitHub's list of seats has no total_seats"}
		}
		if total >= 0 && *head.Total != total {
			return errSeatsMoved
		}
		total = *head.Total
		in, err := save(page)
		in.Name = fmt.Sprintf("seats %s (page %d)", sc.Name(), len(inputs)+1)
		inputs = append(inputs, in)
		return err
	})
	return inputs, err
}

func (r *round) importSeats(ctx context.Context, sc github.Scope, at time.Time, inputs []report.Input) error {
	name, err := r.enterpriseKey(ctx)
	if err != nil {
		return err
	}
	done, err := r.Sources.opt.Import(ctx, intake.Request{Inputs: inputs, Enterprise: name, Org: sc.Org,
		Fetched: &intake.Fetched{At: at, Origin: fmt.Sprintf("source %s: seats of %s", r.Name, sc.Name())}})
	if err == nil {
		(&batches{round: r}).countImport(done, 0)
	}
	return err
}

// fetchPeople fetches the names and members of organizations and teams.
func (r *round) fetchPeople(ctx context.Context) error {
	if sc, ok := r.enterprise(); ok {
		err := r.fetchList(ctx, github.EnterpriseTeams, sc, func(c *credential) error { return r.fetchTeams(ctx, c, sc, nil) })
		if err != nil {
			return err
		}
	}
	for _, login := range r.check.Organizations {
		if err := r.fetchOrg(ctx, login); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) fetchOrg(ctx context.Context, login string) error {
	sc := r.org(login)
	o, err := r.putOrganization(ctx, login)
	if err != nil {
		return err
	}
	r.sum.Organizations++
	err = r.fetchList(ctx, github.Members, sc, func(c *credential) error {
		r.setDoing("members of " + sc.String())
		users, err := c.Members(ctx, sc)
		if err != nil {
			return err
		}
		return r.putRoster(ctx, o.ID, users)
	})
	if err != nil {
		return err
	}
	return r.fetchList(ctx, github.Teams, sc, func(c *credential) error { return r.fetchTeams(ctx, c, sc, o) })
}

func (r *round) putRoster(ctx context.Context, entity int64, users []github.User) error {
	key, err := r.peopleKey(ctx)
	if err != nil {
		return err
	}
	var list []directory.Member
	for _, u := range users {
		m := directory.Member{UserID: strconv.FormatInt(u.ID, 10), Login: u.Login}
		if key != nil {
			m = directory.Member{UserID: key.ID(m.UserID), Login: key.Login(m.Login)}
		}
		list = append(list, m)
	}
	r.sum.Members += len(list)
	return r.dir.PutRoster(ctx, entity, r.Sources.opt.Now().UTC(), list)
}

// peopleKey returns what makes people pseudonyms, nil where they are stored as they come.
func (r *round) peopleKey(ctx context.Context) (*privacy.Key, error) {
	list, err := r.dir.Entities(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(e directory.Entity) bool { return e.ID == r.Enterprise })
	if i < 0 {
		return nil, nil
	}
	return r.Sources.opt.PeopleKeys.Of(list[i])
}

// fetchTeams fetches the teams of a scope and their members. o is the scope's organization,
// nil for the enterprise.
func (r *round) fetchTeams(ctx context.Context, c *credential, sc github.Scope, o *directory.Entity) error {
	r.setDoing("teams of " + sc.String())
	teams, err := c.Teams(ctx, sc)
	if err != nil {
		return err
	}
	for _, t := range teams {
		entity, err := r.putTeam(ctx, t, o)
		if err != nil {
			return err
		}
		users, err := c.TeamMembers(ctx, sc, t)
		if github.KindOf(err) == github.NotFound {
			continue // the team was deleted after the list was read
		}
		if err == nil {
			err = r.putRoster(ctx, entity.ID, users)
		}
		if err != nil {
			return err
		}
		r.sum.Teams++
	}
	return nil
}

// organization returns an organization from the directory, nil if it is not there yet.
func (s *Sources) organization(ctx context.Context, enterprise int64, login string) (*directory.Entity, error) {
	list, err := s.dir.Entities(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(e directory.Entity) bool {
		return e.Kind == directory.Organization && e.Enterprise == enterprise && strings.EqualFold(e.Slug, login)
	})
	if i < 0 {
		return nil, nil
	}
	return &list[i], nil
}

// putOrganization adds an organization to the directory if needed, without GitHub's id:
// reports have that.
func (r *round) putOrganization(ctx context.Context, login string) (*directory.Entity, error) {
	o, err := r.organization(ctx, r.Enterprise, login)
	if err != nil || o != nil {
		return o, err
	}
	return r.putEntity(ctx, directory.Entity{Kind: directory.Organization, Enterprise: r.Enterprise, Slug: login, Created: r.began})
}

// putEntity stores a new or changed entity.
func (r *round) putEntity(ctx context.Context, e directory.Entity) (*directory.Entity, error) {
	var err error
	if e.ID == 0 {
		if e.ID, err = r.dir.Reserve(ctx, 1); err != nil {
			return nil, err
		}
	}
	return &e, r.dir.Put(ctx, []directory.Entity{e})
}

// putTeam stores a team in the directory with GitHub's id and names. The slugs of an
// enterprise's teams have a prefix, "ent:", that reports do not have.
func (r *round) putTeam(ctx context.Context, t github.Team, o *directory.Entity) (*directory.Entity, error) {
	list, err := r.dir.Entities(ctx)
	if err != nil {
		return nil, err
	}
	id, slug := strconv.FormatInt(t.ID, 10), strings.TrimPrefix(t.Slug, "ent:")
	e := directory.Entity{Kind: directory.Team, Enterprise: r.Enterprise, Created: r.began}
	if o != nil {
		e.Organization = o.ID
	}
	var siblings []directory.Entity
	for _, have := range list {
		if have.Kind != directory.Team || have.Enterprise != r.Enterprise {
			continue
		}
		if slices.Contains(have.Aliases, id) || t.ID == 0 && have.Organization == e.Organization && strings.EqualFold(have.Slug, slug) {
			e = have
		} else if have.Organization == e.Organization {
			siblings = append(siblings, have)
		}
	}
	old := e
	taken := slices.ContainsFunc(siblings, func(b directory.Entity) bool { return b.Named(slug) || strings.EqualFold(b.Slug, slug) })
	if e.ID == 0 && t.ID != 0 {
		e.Aliases = []string{id}
	}
	if e.Slug == "" && !taken {
		e.Slug = slug
	}
	e.Name = cmp.Or(t.Name, e.Name)
	if e.ID != 0 && old.Slug == e.Slug && old.Name == e.Name {
		return &e, nil
	}
	return r.putEntity(ctx, e)
}

// Describe returns a line about what a round did.
func (s *Summary) Describe() string {
	parts := []string{
		english.Count(s.Changed, "report day", "report days") + " new or changed",
		english.Number(int64(s.Same)) + " unchanged",
		english.Number(int64(s.None)) + " without a report",
	}
	if s.Left > 0 {
		parts = append(parts, english.Number(int64(s.Left))+" still due")
	}
	return strings.Join(parts, ", ") + "; " + english.Count(s.Calls, "call", "calls")
}
