package question

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"codegauge/internal/access"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/privacy"
	"codegauge/internal/query"
	"codegauge/internal/sorting"
)

// SeatsElsewhere says who else assigned seats to people of an organization.
type SeatsElsewhere struct {
	// People counts who was active in the organization in the 28 days, Seated those of
	// them whose seat somebody else assigned; both are 0 for who may not view people.
	People, Seated int
	By             []AssignedBy
}

// AssignedBy counts the organization's people with a seat of another organization, or of
// the enterprise; People is 0 for who may not view people.
type AssignedBy struct {
	Entity directory.Entity
	People int
}

// seatsElsewhere looks for the seats of an organization's people that it did not assign,
// own being those that it did. It tells only of organizations that whoever asks may view,
// and is nil if there are none; small says that the groups are too small to be told of.
func (a *Answerer) seatsElsewhere(ctx context.Context, v *view, own []directory.Seat, people activity, asOf day.Day) (out *SeatsElsewhere, small bool, err error) {
	if v.scope.Organization == 0 {
		return nil, false, nil
	}
	here := map[string]bool{}
	for _, seat := range own {
		here[people.name(seat)] = true
	}
	out = &SeatsElsewhere{People: len(people.last)}
	seated := map[string]bool{}
	for _, e := range append([]*directory.Entity{v.enterprise}, v.names.In(directory.Organization, v.scope.Enterprise)...) {
		if e.ID == v.scope.Organization || !viewsMetrics(ctx, *e) {
			continue
		}
		seats, err := a.seatsOf(ctx, v.scope.Enterprise, e)
		if err != nil {
			return nil, false, err
		}
		theirs := map[string]bool{}
		for _, seat := range seats {
			if name := people.name(seat); name != "" && !here[name] {
				theirs[name], seated[name] = true, true
			}
		}
		if len(theirs) > 0 {
			out.By = append(out.By, AssignedBy{*e, len(theirs)})
		}
	}
	if out.Seated = len(seated); out.Seated == 0 {
		return nil, false, nil
	}
	sorting.Stable(out.By, func(a, b AssignedBy) int {
		return cmp.Or(cmp.Compare(b.People, a.People), strings.Compare(a.Entity.Label(), b.Entity.Label()))
	})
	if privacy.ViewsPeople(ctx, v.entity()) {
		return out, false, nil
	}
	small, err = a.hideElsewhere(ctx, v, out, asOf)
	return out, small, err
}

// hideElsewhere leaves what those may see who may not view people: who assigned the
// seats of as many people as a group needs, and no number, since the numbers of several
// organizations would add up to what is hidden. It reports whether that is nobody.
func (a *Answerer) hideElsewhere(ctx context.Context, v *view, out *SeatsElsewhere, asOf day.Day) (small bool, err error) {
	mask, err := a.privacy.Mask(ctx, v.ofPrivacy(), day.Range{From: asOf - seatDays + 1, To: asOf})
	if err != nil {
		return false, err
	}
	out.By = slices.DeleteFunc(out.By, func(by AssignedBy) bool { return by.People < mask.Minimum })
	for i := range out.By {
		out.By[i].People = 0
	}
	out.People, out.Seated = 0, 0
	return len(out.By) == 0 || mask.Hides(v.scope.Organization, day.Range{From: asOf - seatDays + 1, To: asOf}), nil
}

// viewsMetrics reports whether whoever asks may see an entity's metrics: the program
// itself does.
func viewsMetrics(ctx context.Context, e directory.Entity) bool {
	who, ok := access.Asker(ctx)
	return !ok || who.CanView(e)
}

// seatsOf lists the seats that an organization assigned, or the enterprise itself.
func (a *Answerer) seatsOf(ctx context.Context, enterprise int64, e *directory.Entity) ([]directory.Seat, error) {
	sc := query.Scope{Enterprise: enterprise, Organization: e.ID}
	if e.Kind == directory.Enterprise {
		sc.Organization = 0
	}
	list, err := a.dir.Seats(ctx, sc.Enterprise, sc.Organization)
	if err != nil {
		return nil, fmt.Errorf("seats: %w", err)
	}
	return slices.DeleteFunc(list, func(seat directory.Seat) bool { return seat.Organization != sc.Organization }), nil
}
