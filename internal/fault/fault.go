// Package fault names the ways in which a request can be wrong, so that errors can
// be turned into exit codes (internal/cli) and HTTP statuses.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says who has to act on an error.
type Kind int

const (
	// Internal is every error that is not one of the kinds below: the log has
	// its chain, the caller sees "internal error".
	Internal Kind = iota
	// Invalid is a request whose words are wrong: a bad date, an unknown measure.
	Invalid
	// NotFound is a well-formed request for something that is not there.
	NotFound
	// Unsupported is a well-formed request that no data can answer, such as a
	// combination of dimensions that reports do not carry.
	Unsupported
	// Conflict is a request that contradicts what is stored.
	Conflict
	// TooLarge is input over a stated limit.
	TooLarge
	// Unavailable is a passing condition: try again.
	Unavailable
	// Forbidden is a request by somebody who may know that the thing is there,
	// but not do this with it.
	Forbidden
	// TooMany is a request beside too many others of whoever sends it.
	TooMany
)

var statuses = map[Kind]int{
	Internal: http.StatusInternalServerError, Invalid: http.StatusBadRequest, NotFound: http.StatusNotFound,
	Unsupported: http.StatusUnprocessableEntity, Conflict: http.StatusConflict, TooLarge: http.StatusRequestEntityTooLarge,
	Unavailable: http.StatusServiceUnavailable, Forbidden: http.StatusForbidden,
	TooMany: http.StatusTooManyRequests,
}

// Status returns the HTTP status of answers to requests that are wrong in this way.
func (k Kind) Status() int { return statuses[k] }

// Error is an error that the user may see as it is.
type Error struct {
	Kind    Kind
	Message string
}

func (e *Error) Error() string { return e.Message }

// New returns an error of the kind with a message for the user.
func New(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// KindOf returns the kind of the first *Error in err's chain, else Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
