package privacy

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/store"
)

// Erased is what an erasure removed, or would.
type Erased struct {
	// Pseudonym names the person in the audit log.
	Pseudonym string `json:"pseudonym"`
	// Identities are the user ids that were theirs; Person is their number in the
	// directory, 0 if it knew none, and PersonStays says that their account stays:
	// the operator or another enterprise manages it, or another knows them too.
	Identities  []store.Identity `json:"identities"`
	Person      int64            `json:"person,omitempty"`
	PersonStays bool             `json:"person_stays,omitempty"`
	store.Removed
}

// Erase forgets one person of an enterprise: whom the words name, by login, user
// id or e-mail address, and whatever else is linked to the same person. A dry run
// only says what would go. Imports do not bring the person back.
func (p *Privacy) Erase(ctx context.Context, enterprise int64, words []string, dryRun bool) (Erased, error) {
	eraser, err := p.eraser()
	if err != nil {
		return Erased{}, err
	}
	who, err := p.whom(ctx, enterprise, words)
	if err != nil {
		return Erased{}, err
	}
	out := Erased{Pseudonym: who.Pseudonym, Person: who.Person, Identities: storeIdentities(who.Identities)}
	if dryRun {
		out.Removed, err = eraser.Erase(ctx, store.Erasure{Enterprise: enterprise, Identities: inRecords(out.Identities), Preview: true})
		return out, err
	}
	// What has begun is ended, also when whoever asked has gone.
	ctx = context.WithoutCancel(ctx)
	if out.Removed, err = p.forget(ctx, eraser, who); err != nil {
		return out, err
	}
	if who.Person != 0 {
		_, err = p.dir.Person(ctx, who.Person)
		out.PersonStays = err == nil
	}
	return out, nil
}

func (p *Privacy) eraser() (store.Eraser, error) {
	eraser, ok := p.store.(store.Eraser)
	if !ok {
		return nil, fault.New(fault.Unsupported, "this database does not support erasing people")
	}
	return eraser, nil
}

// forget erases one person. The directory goes first: it marks the user ids, and what
// marks say is made up for at the next start if the program ends in between
// (forgetMarked).
func (p *Privacy) forget(ctx context.Context, eraser store.Eraser, who directory.Erasure) (store.Removed, error) {
	privacy, err := p.dir.Privacy(ctx, who.Enterprise)
	if err != nil {
		return store.Removed{}, fmt.Errorf("read privacy settings: %w", err)
	}
	if err := p.dir.Erase(ctx, who); err != nil {
		return store.Removed{}, err
	}
	removed, err := eraser.Erase(ctx, store.Erasure{Enterprise: who.Enterprise, Identities: inRecords(storeIdentities(who.Identities)), Minimum: privacy.MinimumGroup, At: p.now()})
	if err != nil {
		return removed, fmt.Errorf("names were erased, but records were not: the next start of the program will finish the erasure: %w", err)
	}
	// Those that were begun between both had the person's records to read.
	return removed, p.dir.RemoveExports(ctx, who.Enterprise)
}

// storeIdentities returns a person's identities as the store takes them.
func storeIdentities(list []directory.Identity) []store.Identity {
	var out []store.Identity
	for _, i := range list {
		out = append(out, store.Identity{Tool: i.Tool, UserID: i.UserID, Login: i.Login})
	}
	return out
}

// inRecords leaves the identities that records can have: a list of seats may say a login
// and no user id.
func inRecords(list []store.Identity) []store.Identity {
	return slices.DeleteFunc(slices.Clone(list), func(i store.Identity) bool { return i.UserID == "" })
}

// whom finds the person that words name.
func (p *Privacy) whom(ctx context.Context, enterprise int64, words []string) (directory.Erasure, error) {
	out := directory.Erasure{Enterprise: enterprise}
	known, err := p.knownIdentities(ctx, enterprise)
	if err != nil {
		return out, err
	}
	key, err := p.key(ctx, enterprise)
	if err != nil {
		return out, err
	}
	persons := map[int64]bool{}
	for _, word := range words {
		found, err := p.called(ctx, enterprise, word, known)
		if key != nil && err == nil && len(found) == 0 {
			if found, err = p.called(ctx, enterprise, key.ID(word), known); err == nil && len(found) == 0 {
				found, err = p.called(ctx, enterprise, key.Login(word), known)
			}
		}
		if err != nil {
			return out, err
		}
		for _, i := range found {
			if i.Person != 0 {
				persons[i.Person] = true
			}
			out.Identities = append(out.Identities, i)
		}
	}
	if len(persons) > 1 {
		return out, fault.New(fault.Invalid, "%s belong to %s: erase one person at a time", strings.Join(words, ", "), english.Count(len(persons), "person", "people"))
	}
	for person := range persons {
		out.Person = person
		for _, i := range known {
			if i.Person == person {
				out.Identities = append(out.Identities, i)
			}
		}
	}
	out.Identities = distinctIdentities(out.Identities)
	out.Identities = append(out.Identities, otherLogins(known, out.Identities)...)
	if len(out.Identities) == 0 && out.Person == 0 {
		return out, fault.New(fault.NotFound, "no person or identity in the enterprise is called %s", strings.Join(words, ", "))
	}
	secret, err := p.dir.Secret(ctx, enterprise)
	if err != nil {
		return out, err
	}
	name := words[0]
	if len(out.Identities) > 0 {
		name = cmp.Or(out.Identities[0].UserID, out.Identities[0].Login)
	}
	out.Pseudonym = secret.Pseudonym(name)
	return out, nil
}

// knownIdentities lists whom data, seats and people speak of, with their persons.
// The Tool of a number is "", and the UserID of somebody of whom only a list of seats
// without ids speaks.
func (p *Privacy) knownIdentities(ctx context.Context, enterprise int64) ([]directory.Identity, error) {
	seen, err := p.store.Identities(ctx, enterprise)
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	linked, err := p.dir.Identities(ctx, enterprise)
	if err != nil {
		return nil, fmt.Errorf("linked identities: %w", err)
	}
	seats, err := p.dir.Seats(ctx, enterprise, 0)
	if err != nil {
		return nil, fmt.Errorf("seats: %w", err)
	}
	type key struct{ tool, user string }
	owner := map[key]int64{}
	var out []directory.Identity
	for _, i := range linked {
		i.Tool = metric.IdentityTool(i.UserID, i.Tool)
		owner[key{i.Tool, i.UserID}] = i.Person
		out = append(out, i)
	}
	add := func(tool, user, login string) {
		if user != "" {
			out = append(out, directory.Identity{Enterprise: enterprise, Tool: tool, UserID: user, Login: login, Person: owner[key{tool, user}]})
		}
	}
	for _, i := range seen {
		add(i.Tool, i.UserID, i.Login)
		for _, login := range i.Former {
			add(i.Tool, i.UserID, login)
		}
	}
	for _, seat := range seats {
		add(metric.IdentityTool(seat.UserID, metric.Copilot), seat.UserID, seat.Login)
	}
	for _, seat := range seats {
		if seat.UserID == "" && seat.Login != "" && !hasLogin(out, seat.Login) {
			out = append(out, directory.Identity{Enterprise: enterprise, Login: seat.Login})
		}
	}
	return out, nil
}

// otherLogins returns the logins that chosen identities have had besides, and nobody else,
// as identities without an id: lists of seats may name people so.
func otherLogins(known, chosen []directory.Identity) []directory.Identity {
	of := func(i directory.Identity) int {
		return slices.IndexFunc(chosen, func(c directory.Identity) bool { return c.UserID != "" && c.Tool == i.Tool && c.UserID == i.UserID })
	}
	var out []directory.Identity
	for _, i := range known {
		at := of(i)
		if at < 0 || i.Login == "" || strings.EqualFold(i.Login, chosen[at].Login) || hasLogin(out, i.Login) {
			continue
		}
		if !slices.ContainsFunc(known, func(o directory.Identity) bool { return of(o) < 0 && strings.EqualFold(o.Login, i.Login) }) {
			out = append(out, directory.Identity{Enterprise: i.Enterprise, Login: i.Login})
		}
	}
	return out
}

func hasLogin(list []directory.Identity, login string) bool {
	return slices.ContainsFunc(list, func(i directory.Identity) bool { return strings.EqualFold(i.Login, login) })
}

// called returns the identities that a word names: a user id, else a login, else
// the e-mail address of a person. A login that several had is refused.
func (p *Privacy) called(ctx context.Context, enterprise int64, word string, known []directory.Identity) ([]directory.Identity, error) {
	var byID, byLogin []directory.Identity
	users, persons := map[string]bool{}, map[int64]bool{}
	for _, i := range known {
		switch {
		case i.UserID == word:
			byID = append(byID, i)
		case i.Login != "" && strings.EqualFold(i.Login, word):
			byLogin = append(byLogin, i)
			users[i.UserID], persons[i.Person] = true, true
		}
	}
	if len(byID) > 0 {
		return byID, nil
	}
	if linked := len(persons) == 1 && !persons[0]; len(users) > 1 && !linked {
		return nil, fault.New(fault.Conflict, "%s have the login %.60q: name the ids that belong to one person; they are %s", english.Count(len(users), "user id", "user ids"), word, english.ListAtMost(slices.Sorted(maps.Keys(users)), 10))
	}
	if len(byLogin) > 0 || !strings.Contains(word, "@") {
		return byLogin, nil
	}
	person, err := p.dir.PersonByEmail(ctx, word)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case person.Enterprise != enterprise && !slices.ContainsFunc(known, func(i directory.Identity) bool { return i.Person == person.ID }):
		return nil, nil
	}
	return []directory.Identity{{Enterprise: enterprise, Person: person.ID}}, nil
}

// distinctIdentities leaves one for each user id, with a login if any has one.
func distinctIdentities(list []directory.Identity) []directory.Identity {
	var out []directory.Identity
	for _, i := range list {
		if i.UserID == "" && i.Login == "" {
			continue // a person whom no data speaks of
		}
		at := slices.IndexFunc(out, func(o directory.Identity) bool { return o.Tool == i.Tool && o.UserID == i.UserID })
		switch {
		case at < 0:
			out = append(out, i)
		case out[at].Login == "":
			out[at].Login = i.Login
		}
	}
	return out
}
