package access

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// errCredentials is the one answer to every sign-in that fails: it does not say
// whether there is such an account.
var errCredentials = fault.New(fault.Invalid, "wrong e-mail address or password")

// errTries is the answer to too many.
var errTries = fault.New(fault.TooMany, "too many attempts: wait a minute and try again")

// SignIn signs a person in with a password.
func (e *Authenticator) SignIn(w http.ResponseWriter, r *http.Request, email, password string) error {
	ctx, address := r.Context(), e.opt.Address(r)
	account := accountKey(email)
	device, err := e.device(r, account)
	if err != nil {
		return err
	}
	rank, ok := e.limit.arrive(e.opt.Now(), account, addressKey(address), device)
	if !ok {
		return errTries
	}
	if device != "" {
		rank = 0
	}
	done, err := e.work.turn(ctx, rank)
	if err != nil {
		return err
	}
	defer done()
	if err := e.limit.signIn(ctx, e.opt.Now(), account, addressKey(address), device); err != nil {
		return err
	}
	if len(password) > maxPassword {
		password = "" // not worth hashing; the work is the same
	}
	who, hash, err := e.account(ctx, email)
	if err != nil {
		return err
	}
	// Unknown, disabled and password-less people cost as much as others.
	if !e.work.matches(password, hash) || who.ID == 0 || who.Disabled {
		return e.refuse(ctx, address, who, "password")
	}
	if device == "" {
		if err := e.rememberDevice(ctx, w, account); err != nil {
			return err
		}
	}
	return e.begin(w, r, who, "password")
}

// account returns whose e-mail it is and their password's hash; nobody and ""
// if there is none.
func (e *Authenticator) account(ctx context.Context, email string) (who directory.Person, hash string, err error) {
	who, err = e.dir.PersonByEmail(ctx, email)
	if fault.KindOf(err) == fault.NotFound {
		who, err = directory.Person{}, nil
	}
	if err == nil {
		hash, err = e.dir.Password(ctx, who.ID)
	}
	if err != nil {
		err = fmt.Errorf("read account: %w", err)
	}
	return who, hash, err
}

// refuse records a sign-in that failed. Of unknown people nothing is kept but
// where they came from.
func (e *Authenticator) refuse(ctx context.Context, address string, who directory.Person, how string) error {
	target := "unknown person"
	if who.ID != 0 {
		target = fmt.Sprintf("person %d", who.ID)
	}
	ctx = directory.WithActor(ctx, directory.Actor{Name: string(Anonymous), Address: address})
	if err := e.dir.Record(ctx, directory.Event{Action: "signin.refused", Target: target, Subject: who.ID, Detail: how}); err != nil {
		return fmt.Errorf("record sign-in: %w", err)
	}
	return errCredentials
}

// invitationDays is how long an invitation can be used.
const invitationDays = 7

// Invite returns the secret of a link with which a person can set a password,
// once.
func Invite(ctx context.Context, d directory.Directory, person int64, now time.Time) (secret string, err error) {
	secret, hash := newSecret()
	return secret, d.Invite(ctx, person, hash, now.AddDate(0, 0, invitationDays))
}

// InvitationPath returns the page of an invitation.
func InvitationPath(secret string) string { return "/invitation?key=" + secret }

// Invited returns whom an invitation is for.
func (e *Authenticator) Invited(r *http.Request, secret string) (directory.Person, error) {
	return e.dir.Invited(r.Context(), hashOf(secret), e.opt.Now())
}

// Accept sets an invited person's password and signs them in.
func (e *Authenticator) Accept(w http.ResponseWriter, r *http.Request, secret, password string) error {
	if err := e.limit.allow(r.Context(), e.opt.Now(), addressKey(e.opt.Address(r))); err != nil {
		return err
	}
	who, err := e.Invited(r, secret)
	if err != nil {
		return err
	}
	if who.Disabled {
		return errCredentials
	}
	if err := e.setPassword(r, who, password); err != nil {
		return err
	}
	if err := e.rememberDevice(r.Context(), w, accountKey(who.Email)); err != nil {
		return err
	}
	return e.begin(w, r, who, "invitation")
}

func (e *Authenticator) setPassword(r *http.Request, who directory.Person, password string) error {
	if err := checkPassword(password, who.Email); err != nil {
		return err
	}
	ctx := directory.WithActor(r.Context(), directory.PersonActor(who.ID, e.opt.Address(r)))
	hash, err := e.work.hash(ctx, password)
	if err != nil {
		return err
	}
	return e.dir.SetPassword(ctx, who.ID, hash)
}

// HasOIDC reports whether people can sign in with an identity provider, and
// what it is called.
func (e *Authenticator) HasOIDC() (name string, ok bool) {
	if e.opt.OIDC == nil {
		return "", false
	}
	return e.opt.OIDC.Name(), true
}
