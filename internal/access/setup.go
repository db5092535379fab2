package access

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// setup is the one-time link of the first administrator. Its secret lives as
// long as the process, and only until it was used.
type setup struct {
	mu     sync.Mutex
	secret string
}

// FirstAdministrator is what the first administrator says.
type FirstAdministrator struct {
	Name, Email, Password string
	// Enterprise is the slug of an enterprise to make, "" if there is one.
	Enterprise string
}

// NeedsSetup reports whether nobody administers the installation yet, so that
// nobody can sign in.
func (e *Entrance) NeedsSetup(ctx context.Context) (bool, error) {
	have, err := administered(ctx, e.dir)
	return !have, err
}

// OpenSetup returns the path of the first administrator's page, "" if somebody
// administers the installation already.
func (e *Entrance) OpenSetup(ctx context.Context) (string, error) {
	have, err := administered(ctx, e.dir)
	if have || err != nil {
		return "", err
	}
	e.setup.mu.Lock()
	defer e.setup.mu.Unlock()
	e.setup.secret, _ = newSecret()
	return "/setup?key=" + e.setup.secret, nil
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
func (e *Entrance) CheckSetup(ctx context.Context, key string) (needsEnterprise bool, err error) {
	e.setup.mu.Lock()
	defer e.setup.mu.Unlock()
	return e.checkSetup(ctx, key)
}

func (e *Entrance) checkSetup(ctx context.Context, key string) (needsEnterprise bool, err error) {
	s := e.setup.secret
	if s == "" || subtle.ConstantTimeCompare([]byte(s), []byte(key)) != 1 {
		return false, errNowhere
	}
	list, err := e.dir.Entities(ctx)
	if err != nil {
		return false, fmt.Errorf("read the directory: %w", err)
	}
	return len(list) == 0, nil
}

// Setup makes the first administrator, and an enterprise where there is none,
// and signs them in. The link is good once.
func (e *Entrance) Setup(w http.ResponseWriter, r *http.Request, key string, a FirstAdministrator) error {
	e.setup.mu.Lock()
	defer e.setup.mu.Unlock()
	ctx := directory.WithActor(r.Context(), directory.Actor{Name: "setup", Address: e.opt.Address(r)})
	needs, err := e.checkSetup(ctx, key)
	if err != nil {
		return err
	}
	if err := checkPassword(a.Password, a.Email); err != nil {
		return err
	}
	if a.Email == "" {
		return fault.New(fault.Invalid, "give the e-mail address that you will sign in with")
	}
	if needs {
		if err := addEnterprise(ctx, e.dir, a.Enterprise); err != nil {
			return err
		}
	}
	who, err := firstPerson(ctx, e.dir, a)
	if err != nil {
		return err
	}
	if err := e.setPassword(r, who, a.Password); err != nil {
		return err
	}
	e.setup.secret = ""
	return e.begin(w, r, who, "setup")
}

func addEnterprise(ctx context.Context, d directory.Directory, slug string) error {
	if slug == "" {
		return fault.New(fault.Invalid, "name the enterprise: a short name for addresses, such as acme")
	}
	id, err := d.Reserve(ctx, 1)
	if err != nil {
		return err
	}
	return d.Put(ctx, []directory.Entity{{ID: id, Kind: directory.Enterprise, Enterprise: id, Slug: slug, Policy: directory.PolicyEnabled}})
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
