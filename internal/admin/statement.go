package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/query"
)

// Statement says what is kept and shown of people in an enterprise, as it is configured now:
// what a works council can hold the enterprise to.
type Statement struct {
	Enterprise string    `json:"enterprise"`
	At         time.Time `json:"at"`
	Sentences  []string  `json:"sentences"`
}

// Statement writes the statement for those who see the settings.
func (a *Admin) Statement(ctx context.Context, r access.ScopeNames) (Statement, error) {
	e, err := a.enterprise(ctx, access.ViewSettings, r)
	if err != nil {
		return Statement{}, err
	}
	p, err := a.dir.Privacy(ctx, e.ID)
	if err != nil {
		return Statement{}, err
	}
	out := Statement{Enterprise: e.Key(), At: time.Now().UTC().Truncate(time.Second)}
	say := func(format string, args ...any) { out.Sentences = append(out.Sentences, fmt.Sprintf(format, args...)) }
	few := english.Count(p.MinimumGroup, "person", "people")
	say("Whoever may not view people is shown no figure of fewer than %s but the totals of the enterprise, and none of which one person makes more than 85%% of the lines or credits.", few)
	say("No sum or difference of the figures of a week that they can obtain is about 1 to %d people. Organizations and teams have figures of whole weeks.", p.MinimumGroup-1)
	say("A correction of a figure that was shown of a week is held back until the records of %s or more in it have changed; an erasure applies at once.", few)
	say("Aggregates that came without people's records are broken down only where %d people or more were active.", query.AggregateUsers)
	if e.WithoutPeople() {
		say("The enterprise is kept without people: their logins, ids, names and e-mail addresses become pseudonyms before anything is stored, by a key that lies outside the database, and there is nothing about single people on pages, in queries or for themselves. This cannot be changed for what is stored. Files that wait to be imported are kept as they came, for two hours at most. Accounts are those of the people who sign in.")
	} else {
		say("%s", map[bool]string{
			true:  "Pages, queries and exports about single people are on for those who may view people; each look is recorded, and the person sees it.",
			false: "Pages, queries and exports about single people are off for everybody but the person themself."}[p.PersonViews])
		say("%s", map[bool]string{
			true:  "Those who may view people see pseudonyms in the place of names.",
			false: "Those who may view people see names."}[p.Pseudonyms])
	}
	if p.RetentionMonths == 0 {
		say("What single people did is kept for good.")
	} else {
		say("What single people did is removed after %s; totals stay.", english.Count(p.RetentionMonths, "month", "months"))
	}
	if p.Reason != "" {
		say("The reason given for the last change of these settings: %s", p.Reason)
	}
	viewers, guardians, err := a.viewersAndGuardians(ctx, e)
	if err != nil {
		return Statement{}, err
	}
	if e.WithoutPeople() {
		say("%s may view figures of fewer people (the permission view-people).", english.Count(viewers, "person", "people"))
	} else {
		say("%s may view people.", english.Count(viewers, "person", "people"))
	}
	if guardians == 0 {
		say("No guardian is named: an owner of the enterprise can let more be seen of people, which everybody sees with the reason.")
	} else {
		say("%s named: what lets more be seen of people, by more, or for longer, needs their approval.", english.Count(guardians, "guardian is", "guardians are"))
	}
	return out, nil
}

// viewersAndGuardians counts who may view people of the enterprise, or of something in it,
// and who guards privacy there.
func (a *Admin) viewersAndGuardians(ctx context.Context, e directory.Entity) (viewers, guardians int, err error) {
	grants, err := a.dir.Grants(ctx, 0)
	if err != nil {
		return 0, 0, err
	}
	all, err := a.dir.Entities(ctx)
	if err != nil {
		return 0, 0, err
	}
	custom, err := a.dir.Roles(ctx, e.ID)
	if err != nil {
		return 0, 0, err
	}
	roles := map[string][]string{}
	for _, b := range access.BuiltInRoles {
		roles[b.Name] = permissionNames(b.Permissions)
	}
	for _, c := range custom {
		roles[c.Name] = c.Permissions
	}
	here := map[int64]bool{0: true, e.ID: true}
	for _, x := range all {
		here[x.ID] = here[x.ID] || x.Enterprise == e.ID
	}
	views, guards := map[int64]bool{}, map[int64]bool{}
	for _, g := range grants {
		switch {
		case !here[g.Entity]:
		case g.Role == directory.Guardian:
			guards[g.Person] = true
		case slices.Contains(roles[g.Role], string(access.ViewPeople)):
			views[g.Person] = true
		}
	}
	return len(views), len(guards), nil
}
