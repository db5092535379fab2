package privacy

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"codegauge/internal/directory"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// Marks are what the directory keeps of who was erased.
type Marks interface {
	Secret(ctx context.Context, enterprise int64) (directory.Secret, error)
	Erased(ctx context.Context, enterprise int64) (map[string]bool, error)
}

// Forgotten is who was erased from an enterprise.
type Forgotten struct {
	secret directory.Secret
	marks  map[string]bool
}

// ReadForgotten returns who was erased from the enterprises that there are; those
// from which nobody was are not in it.
func ReadForgotten(ctx context.Context, dir Marks, enterprises []*directory.Entity) (map[int64]*Forgotten, error) {
	out := map[int64]*Forgotten{}
	for _, e := range enterprises {
		marks, err := dir.Erased(ctx, e.ID)
		if err != nil {
			return nil, fmt.Errorf("who was erased: %w", err)
		}
		if len(marks) == 0 {
			continue
		}
		secret, err := dir.Secret(ctx, e.ID)
		if err != nil {
			return nil, fmt.Errorf("who was erased: %w", err)
		}
		out[e.ID] = &Forgotten{secret, marks}
	}
	return out, nil
}

// Are reports whether nobody but these was erased.
func (f *Forgotten) Are(marks map[string]bool) bool {
	if f == nil {
		return len(marks) == 0
	}
	return maps.Equal(f.marks, marks)
}

// Has reports whether a record is about somebody who was erased.
func (f *Forgotten) Has(r *report.Record, tool string) bool {
	switch {
	case f == nil:
		return false
	case r.Kind == report.Seat && r.UserID == "":
		return f.marks[f.secret.LoginMark(r.Login)]
	}
	return r.UserID != "" && f.marks[f.secret.Mark(tool, r.UserID)]
}

// forgetMarked erases from the store whom the directory has marked as erased: if
// the program ended in between, or something brought their names back.
func (p *Privacy) forgetMarked(ctx context.Context, e *directory.Entity) error {
	eraser, ok := p.store.(store.Eraser)
	if !ok {
		return nil
	}
	all, err := ReadForgotten(ctx, p.dir, []*directory.Entity{e})
	if err != nil || all[e.ID] == nil {
		return err
	}
	known, err := p.store.Identities(ctx, e.ID)
	if err != nil {
		return fmt.Errorf("identities: %w", err)
	}
	marked := slices.DeleteFunc(known, func(i store.Identity) bool { return !all[e.ID].marks[all[e.ID].secret.Mark(i.Tool, i.UserID)] })
	if len(marked) == 0 {
		return p.dir.RemoveExports(ctx, e.ID) // which forget may not have come to
	}
	privacy, err := p.dir.Privacy(ctx, e.ID)
	if err != nil {
		return fmt.Errorf("read privacy settings: %w", err)
	}
	if _, err = eraser.Erase(ctx, store.Erasure{Enterprise: e.ID, Identities: marked, Minimum: privacy.MinimumGroup, At: p.now()}); err != nil {
		return err
	}
	return p.dir.RemoveExports(ctx, e.ID)
}
