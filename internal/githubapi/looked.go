package githubapi

import (
	"fmt"
	"net/http"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/fault"
)

const (
	// looking is the kind of what is remembered of looks, for lookFor.
	looking = "api v3 look"
	lookFor = time.Hour
)

// recordLookOnce records a look at people's data unless the same look was recorded within the last
// hour: the many pages of a list, and the files of a report, are one.
func (a *API) recordLookOnce(r *http.Request, what string, record func() error) error {
	switch _, err := a.opt.Looks.Unexpired(r.Context(), looking, lookKey(r, what), a.opt.Now()); {
	case err == nil:
		return nil
	case fault.KindOf(err) != fault.NotFound:
		return err
	}
	return a.recordLook(r, what, record)
}

// recordLook records a look, to which others belong for an hour.
func (a *API) recordLook(r *http.Request, what string, record func() error) error {
	if err := record(); err != nil {
		return err
	}
	return a.opt.Looks.PutExpiring(r.Context(), looking, lookKey(r, what), nil, a.opt.Now().Add(lookFor))
}

func lookKey(r *http.Request, what string) string {
	return fmt.Sprintf("%s %d %s", access.Of(r.Context()).AskerKey(), access.PlaceOf(r.Context()).Entity().ID, what)
}

// recordPage records a look at a page of a list of people. The first page is a look of its own,
// to which the others belong.
func (a *API) recordPage(r *http.Request, p page, what string) error {
	record := func() error {
		return a.opt.Recorder.Viewed(r.Context(), *access.PlaceOf(r.Context()).Entity(), "API: "+what)
	}
	if p.number > 1 {
		return a.recordLookOnce(r, what, record)
	}
	return a.recordLook(r, what, record)
}
