package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// The one-time links of the first administrator: each process that starts makes
// one, which any of them knows until it was used, or for a week.
const (
	setupKind = "setup"
	setupFor  = 7 * 24 * time.Hour
)

// FirstAdministrator is what the first administrator says.
type FirstAdministrator struct {
	Name, Email, Password string
	// Enterprise is the slug of an enterprise to make, "" if there is one.
	Enterprise string
	// WithoutPeople keeps that enterprise without people.
	WithoutPeople bool
}

// NeedsSetup reports whether nobody administers the installation yet, so that
// nobody can sign in but by the link of OpenSetup.
func (e *Authenticator) NeedsSetup(ctx context.Context) (bool, error) {
	if e.opt.OIDC != nil && e.opt.OIDC.opt.FirstOwner != "" {
		return false, nil
	}
	have, err := administered(ctx, e.dir)
	return !have, err
}

// OpenSetup returns the path of the first administrator's page, "" if somebody
// administers the installation already.
func (e *Authenticator) OpenSetup(ctx context.Context) (string, error) {
	have, err := administered(ctx, e.dir)
	if have || err != nil {
		return "", err
	}
	secret, hash := newSecret()
	if err := e.dir.PutExpiring(ctx, setupKind, hash, nil, e.opt.Now().Add(setupFor)); err != nil {
		return "", fmt.Errorf("keep the setup link: %w", err)
	}
	return "/setup?key=" + secret, nil
}

// administered reports whether anybody owns the installation or an enterprise.
func administered(ctx context.Context, d directory.Directory) (bool, error) {
	grants, err := d.Grants(ctx, 0)
	if err != nil {
		return false, fmt.Errorf("read grants: %w", err)
	}
	return slices.ContainsFunc(grants, func(g directory.Grant) bool { return g.Role == EnterpriseOwner }), nil
}

// CheckSetup says whether a key opens the first administrator's page, and
// whether an enterprise has to be named.
func (e *Authenticator) CheckSetup(ctx context.Context, key string) (needsEnterprise bool, err error) {
	if _, err := e.dir.Unexpired(ctx, setupKind, hashOf(key), e.opt.Now()); err != nil {
		return false, setupError(err)
	}
	list, err := e.dir.Entities(ctx)
	if err != nil {
		return false, fmt.Errorf("read the directory: %w", err)
	}
	return len(list) == 0, nil
}

// setupError says nothing of links that are not there.
func setupError(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return ErrNowhere
	}
	return fmt.Errorf("read the setup link: %w", err)
}

// Setup makes the first administrator, and an enterprise where there is none,
// and signs them in. The link is good once, and none is good afterwards.
func (e *Authenticator) Setup(w http.ResponseWriter, r *http.Request, key string, a FirstAdministrator) error {
	ctx := directory.WithActor(r.Context(), directory.Actor{Name: "setup", Address: e.opt.Address(r)})
	needs, err := e.CheckSetup(ctx, key)
	if err != nil {
		return err
	}
	if err := checkPassword(a.Password, a.Email); err != nil {
		return err
	}
	if a.Email == "" {
		return fault.New(fault.Invalid, "enter the e-mail address that you will sign in with")
	}
	if _, err := e.dir.TakeUnexpired(ctx, setupKind, hashOf(key), e.opt.Now()); err != nil {
		return setupError(err) // another request was first
	}
	who, err := e.firstAdministrator(ctx, r, a, needs)
	if err != nil {
		// It has administered nothing: the link is as good as it was.
		return errors.Join(err, e.dir.PutExpiring(context.WithoutCancel(ctx), setupKind, hashOf(key), nil, e.opt.Now().Add(setupFor)))
	}
	if err := e.dir.TrimExpiring(ctx, setupKind, 0); err != nil {
		return fmt.Errorf("remove setup links: %w", err)
	}
	return e.begin(w, r, who, "setup")
}

// firstAdministrator makes the first administrator, and an enterprise if it needs one.
func (e *Authenticator) firstAdministrator(ctx context.Context, r *http.Request, a FirstAdministrator, enterprise bool) (directory.Person, error) {
	if enterprise {
		if err := e.addEnterprise(ctx, a.Enterprise, a.WithoutPeople); err != nil {
			return directory.Person{}, err
		}
	}
	who, err := firstPerson(ctx, e.dir, a)
	if err != nil {
		return who, err
	}
	return who, e.setPassword(r, who, a.Password)
}

func (e *Authenticator) addEnterprise(ctx context.Context, slug string, withoutPeople bool) error {
	if slug == "" {
		return fault.New(fault.Invalid, "enter a short name for the enterprise, such as acme; it appears in URLs")
	}
	id, err := e.dir.Reserve(ctx, 1)
	if err != nil {
		return err
	}
	made := directory.Entity{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: slug, Policy: directory.PolicyEnabled}
	if withoutPeople {
		if made.PeopleKey, err = e.opt.PeopleKey(slug); err != nil {
			return err
		}
	}
	return e.dir.Put(ctx, []directory.Entity{made})
}

// firstPerson makes the person, or takes who has the e-mail already, and makes
// them owner of the installation.
func firstPerson(ctx context.Context, d directory.Directory, a FirstAdministrator) (directory.Person, error) {
	who, err := d.PersonByEmail(ctx, a.Email)
	if fault.KindOf(err) == fault.NotFound {
		who, err = d.PutPerson(ctx, directory.Person{Name: a.Name, Email: a.Email})
	}
	if err != nil {
		return who, err
	}
	_, err = d.Grant(ctx, directory.Grant{Person: who.ID, Role: EnterpriseOwner})
	return who, err
}
