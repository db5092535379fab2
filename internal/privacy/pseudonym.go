package privacy

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// Pseudonymizer is what an enterprise's privacy settings put between whoever asks and
// single people. The program itself and its operator have none: nil.
type Pseudonymizer struct {
	directory.Privacy
	enterprise directory.Entity
	// secret is what pseudonyms are made with; nil where people have their names.
	secret directory.Secret
}

// Pseudonymizer returns the pseudonymizer of an enterprise for whoever asks.
func (p *Privacy) Pseudonymizer(ctx context.Context, e directory.Entity) (*Pseudonymizer, error) {
	who, ok := access.Asker(ctx)
	if !ok || who.Kind == access.Operator {
		return nil, nil
	}
	privacy, err := p.dir.Privacy(ctx, e.ID)
	if err != nil {
		return nil, fmt.Errorf("read privacy settings: %w", err)
	}
	v := &Pseudonymizer{Privacy: privacy, enterprise: e}
	if privacy.Pseudonyms {
		if v.secret, err = p.dir.Secret(ctx, e.ID); err != nil {
			return nil, fmt.Errorf("read what pseudonyms are made with: %w", err)
		}
	}
	return v, nil
}

// Pseudonymous reports whether people have pseudonyms.
func (v *Pseudonymizer) Pseudonymous() bool { return v != nil && v.secret != nil }

// Allow refuses what is about single people where per-person views are off.
func (v *Pseudonymizer) Allow() error {
	if v == nil {
		return nil
	}
	if v.enterprise.WithoutPeople() {
		return access.NoPeople(v.enterprise)
	}
	if v.PersonViews {
		return nil
	}
	return fault.New(fault.Forbidden, "per-person views are off in %s; its owners can turn them on in the privacy settings", v.enterprise.Label())
}

// Name returns what the user with a login or id is called.
func (v *Pseudonymizer) Name(user string) string {
	if !v.Pseudonymous() || user == "" {
		return user
	}
	return v.secret.Pseudonym(user)
}

// ID returns what stands for a user id: a number for a number, so that what
// reads numbers reads it, and a name for any other.
func (v *Pseudonymizer) ID(user string) string {
	if !v.Pseudonymous() || user == "" {
		return user
	}
	if _, err := strconv.ParseUint(user, 10, 64); err != nil {
		return v.Name(user)
	}
	const mantissa = 1<<53 - 1 // the numbers that every reader of JSON keeps
	n := v.secret.Number(user)
	return strconv.FormatUint(binary.BigEndian.Uint64(n[:])&mantissa, 10)
}

// Rename puts pseudonyms into the columns of users of an answer.
func (v *Pseudonymizer) Rename(ask query.Query, res *query.Result) bool {
	column := slices.Index(ask.By, "user")
	if !v.Pseudonymous() || column < 0 {
		return false
	}
	for _, row := range res.Rows {
		if user, ok := row[column].(string); ok {
			row[column] = v.Name(user)
		}
	}
	return true
}

// Cover puts pseudonyms into a record, which is the caller's own but for its rows, the same
// that answers have: shared are the logins of several people. Members that no field holds
// may say who it is: they stay behind.
func (v *Pseudonymizer) Cover(r *report.Record, shared map[string]bool) {
	if v.Pseudonymous() && r.Kind == report.RepoDay {
		r.Repo, r.Extra = v.ID(r.Repo), nil
	}
	if !v.Pseudonymous() || r.UserID == "" && r.Login == "" {
		return
	}
	r.Login, r.UserID, r.Extra = v.Name(query.UserName(r.UserID, r.Login, shared[strings.ToLower(r.Login)])), v.ID(r.UserID), nil
	for _, rows := range []*[]report.Row{&r.ByIDE, &r.ByFeature, &r.ByLanguageFeature, &r.ByLanguageModel, &r.ByModelFeature} {
		*rows = slices.Clone(*rows)
		for i := range *rows {
			(*rows)[i].Extra = nil
		}
	}
}

// Resolve returns the logins and ids that names stand for: where people have
// pseudonyms, a pseudonym's; of any other name nobody's, as if it were unknown.
// Elsewhere a login that only somebody renamed has had stands for what answers call them.
func (p *Privacy) Resolve(ctx context.Context, enterprise int64, v *Pseudonymizer, names []string) ([]string, error) {
	if len(names) == 0 {
		return names, nil
	}
	if !v.Pseudonymous() {
		return p.presentNames(ctx, enterprise, names)
	}
	known, err := p.pseudonyms(ctx, v)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range names {
		if users := known[name]; users != nil {
			out = append(out, users...)
		} else {
			out = append(out, nobody+name)
		}
	}
	return out, nil
}

func (p *Privacy) presentNames(ctx context.Context, enterprise int64, names []string) ([]string, error) {
	version, err := p.store.DataVersion(ctx, enterprise)
	if err != nil {
		return nil, fmt.Errorf("data version: %w", err)
	}
	former, err := p.memory.former.Get(enterprise, version, "", func() (map[string][]string, error) {
		everybody, err := p.store.Identities(ctx, enterprise)
		if err != nil {
			return nil, fmt.Errorf("identities: %w", err)
		}
		return store.FormerLogins(everybody), nil
	})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range names {
		if renamed := former[strings.ToLower(query.ParseName(name).Login)]; renamed != nil {
			out = append(out, renamed...)
		} else {
			out = append(out, name)
		}
	}
	return out, nil
}

// nobody begins what no login or id begins with.
const nobody = "\x00"

// pseudonyms returns whom each pseudonym stands for.
func (p *Privacy) pseudonyms(ctx context.Context, v *Pseudonymizer) (map[string][]string, error) {
	version, err := p.store.DataVersion(ctx, v.enterprise.ID)
	if err != nil {
		return nil, fmt.Errorf("data version: %w", err)
	}
	return p.memory.pseudonyms.Get(v.enterprise.ID, version, string(v.secret), func() (map[string][]string, error) {
		return p.readPseudonyms(ctx, v)
	})
}

func (p *Privacy) readPseudonyms(ctx context.Context, v *Pseudonymizer) (map[string][]string, error) {
	everybody, err := p.store.Identities(ctx, v.enterprise.ID)
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	out := map[string][]string{}
	add := func(name, user string) {
		if user != "" && !slices.Contains(out[name], user) {
			out[name] = append(out[name], user)
		}
	}
	shared := store.SharedLogins(slices.Values(everybody))
	for _, i := range everybody {
		if shared[strings.ToLower(i.Login)] {
			add(v.Name(query.UserName(i.UserID, i.Login, true)), "id:"+i.UserID)
		}
		add(v.Name(i.Login), i.Login)
		add(v.Name(i.UserID), i.UserID)
		add(v.ID(i.UserID), i.UserID)
	}
	return out, nil
}
