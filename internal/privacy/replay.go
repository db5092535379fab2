package privacy

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/sorting"
	"codegauge/internal/store"
)

// Erasure is what is kept of the erasure of one person, or several: marks, by which
// they are known again and nobody else is (directory.Erasure).
type Erasure struct {
	At         time.Time `json:"at"`
	Enterprise int64     `json:"enterprise"`
	Marks      []string  `json:"marks"`
}

// Erasures lists the erasures of every enterprise, oldest first.
func (p *Privacy) Erasures(ctx context.Context) ([]Erasure, error) {
	n, err := p.names(ctx)
	if err != nil {
		return nil, err
	}
	var out []Erasure
	for _, e := range n.In(directory.Enterprise, 0) {
		marks, err := p.dir.ErasedMarks(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, ErasuresOf(e.ID, marks)...)
	}
	sorting.Stable(out, func(a, b Erasure) int { return a.At.Compare(b.At) })
	return out, nil
}

// ErasuresOf returns the erasures that an enterprise's marks, in the order of their times,
// are of: marks of one time are one erasure's.
func ErasuresOf(enterprise int64, marks []directory.ErasedMark) []Erasure {
	var out []Erasure
	for _, m := range marks {
		if last := len(out) - 1; last >= 0 && out[last].At.Equal(m.At) {
			out[last].Marks = append(out[last].Marks, m.Mark)
		} else {
			out = append(out, Erasure{At: m.At, Enterprise: enterprise, Marks: []string{m.Mark}})
		}
	}
	return out
}

// Replayed is what came of a list of erasures.
type Replayed struct {
	// Erasures are those of the list; Elsewhere of them are of enterprises that are not
	// there.
	Erasures  int `json:"erasures"`
	Elsewhere int `json:"elsewhere"`
	// People are those who were there and are erased now, and user ids of nobody.
	People int `json:"people"`
	store.Removed
}

// ReplayErasures erases everybody whom a list of erasures names and who is there: a
// backup that was restored has brought them back. The marks are noted, so that imports
// do not either. What is so already stays, so that the same list can be replayed again.
func (p *Privacy) ReplayErasures(ctx context.Context, list []Erasure) (Replayed, error) {
	out := Replayed{Erasures: len(list)}
	eraser, err := p.eraser()
	if err != nil {
		return out, err
	}
	n, err := p.names(ctx)
	if err != nil {
		return out, err
	}
	byEnterprise := map[int64][]directory.ErasedMark{}
	for _, e := range list {
		if known := n.ByID[e.Enterprise]; known == nil || known.Kind != directory.Enterprise {
			out.Elsewhere++
			continue
		}
		for _, m := range e.Marks {
			byEnterprise[e.Enterprise] = append(byEnterprise[e.Enterprise], directory.ErasedMark{Mark: m, At: e.At})
		}
	}
	ctx = context.WithoutCancel(ctx)
	for _, e := range n.In(directory.Enterprise, 0) {
		if marks := byEnterprise[e.ID]; marks != nil {
			if err := p.replay(ctx, eraser, e, marks, &out); err != nil {
				return out, fmt.Errorf("replay the erasures of %s: %w", e.Key(), err)
			}
		}
	}
	return out, nil
}

// replay erases whom the marks of one enterprise name.
func (p *Privacy) replay(ctx context.Context, eraser store.Eraser, e *directory.Entity, marks []directory.ErasedMark, out *Replayed) error {
	if err := p.noteMarks(ctx, e.ID, marks); err != nil {
		return err
	}
	list, err := p.markedPeople(ctx, e.ID, marks)
	if err != nil {
		return err
	}
	for _, who := range list {
		removed, err := p.forget(ctx, eraser, who)
		if err != nil {
			return err
		}
		out.People++
		out.Removed.Add(removed)
	}
	return p.ReconcileIdentities(ctx, e.ID)
}

// noteMarks notes those marks that are not noted yet.
func (p *Privacy) noteMarks(ctx context.Context, enterprise int64, marks []directory.ErasedMark) error {
	known, err := p.dir.Erased(ctx, enterprise)
	if err != nil {
		return err
	}
	marks = slices.DeleteFunc(slices.Clone(marks), func(m directory.ErasedMark) bool { return known[m.Mark] })
	if len(marks) == 0 {
		return nil
	}
	return p.dir.PutErasedMarks(ctx, enterprise, marks)
}

// markedPeople lists those of an enterprise whom marks name, one person or user id of
// nobody each: by a user id, or by the e-mail address of a person who was there then.
func (p *Privacy) markedPeople(ctx context.Context, enterprise int64, marks []directory.ErasedMark) ([]directory.Erasure, error) {
	secret, err := p.dir.Secret(ctx, enterprise)
	if err != nil {
		return nil, err
	}
	at := map[string]time.Time{}
	for _, m := range marks {
		if m.At.After(at[m.Mark]) {
			at[m.Mark] = m.At
		}
	}
	known, err := p.knownIdentities(ctx, enterprise)
	if err != nil {
		return nil, err
	}
	persons := map[int64]bool{}
	var unlinked []directory.Identity
	for _, i := range known {
		switch {
		case at[secret.Mark(i.Tool, i.UserID)].IsZero() && (i.UserID != "" || at[secret.LoginMark(i.Login)].IsZero()):
		case i.Person != 0:
			persons[i.Person] = true
		default:
			unlinked = append(unlinked, i)
		}
	}
	people, err := p.dir.People(ctx, enterprise)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if p.Email != "" && p.Created.Before(at[secret.EmailMark(p.Email)]) {
			persons[p.ID] = true
		}
	}
	var out []directory.Erasure
	add := func(person int64, name string, identities []directory.Identity) {
		out = append(out, directory.Erasure{Enterprise: enterprise, Person: person, Identities: identities, Pseudonym: secret.Pseudonym(name)})
	}
	for _, person := range slices.Sorted(maps.Keys(persons)) {
		var theirs []directory.Identity
		for _, i := range known {
			if i.Person == person {
				theirs = append(theirs, i)
			}
		}
		name := fmt.Sprint(person)
		if theirs = distinctIdentities(theirs); len(theirs) > 0 {
			name = theirs[0].UserID
		}
		add(person, name, theirs)
	}
	for _, i := range distinctIdentities(unlinked) {
		add(0, cmp.Or(i.UserID, i.Login), []directory.Identity{i})
	}
	return out, nil
}
