package directory

import (
	"context"
	"time"
)

// SavedView is a page of an enterprise as a person saved it for themself.
type SavedView struct {
	ID, Person, Enterprise int64
	// Place is the enterprise, organization or team that the page is about; Page is its name
	// in addresses, Query what its address says besides: filters and window.
	Place             int64
	Name, Page, Query string
	// Definition and DataVersion are what its figures were computed by, and from, when it was
	// saved.
	Definition  string
	DataVersion int64
	Saved       time.Time
}

// Limits of saved views: how many a person has in an enterprise, how many characters a name
// and how many bytes a query has.
const (
	MaxSavedViews = 50
	MaxViewName   = 80
	MaxViewQuery  = 4000
)

// SavedViews keeps what people have saved for themselves. They go with the person, also when
// the person is erased, and with the place.
type SavedViews interface {
	// SavedViews lists a person's of an enterprise, by name.
	SavedViews(ctx context.Context, person, enterprise int64) ([]SavedView, error)
	// SaveView saves a new one and returns it. A name that the person has already given is a
	// fault.Conflict, one more than MaxSavedViews a fault.TooMany.
	SaveView(ctx context.Context, v SavedView) (SavedView, error)
	// RenameView and RemoveView change one of a person's; of nobody else's: that is a
	// fault.NotFound.
	RenameView(ctx context.Context, person, id int64, name string) error
	RemoveView(ctx context.Context, person, id int64) error
}
