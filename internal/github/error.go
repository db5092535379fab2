package github

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what kept GitHub from giving what was asked for.
type Kind string

// The kinds of error.
const (
	// Unauthorized is a credential that GitHub does not know, or no more.
	Unauthorized Kind = "unauthorized"
	// PolicyOff is the policy "Copilot usage metrics", which no credential helps against.
	PolicyOff Kind = "policy-off"
	// Forbidden is a credential without the permission.
	Forbidden Kind = "forbidden"
	// NotFound is what is not there, or not to be known by this credential.
	NotFound Kind = "not-found"
	// Limited is a limit of calls, until a time.
	Limited Kind = "limited"
	// Unavailable is no answer, or one of a fault at GitHub's side.
	Unavailable Kind = "unavailable"
	// Malformed is an answer that is not what it should be.
	Malformed Kind = "malformed"
	// Blocked is what this client does not do: a host that is not allowed, an address
	// that is not public.
	Blocked Kind = "blocked"
	// expired is a download link that no longer works.
	expired Kind = "expired"
)

// Error is why GitHub did not give what was asked for.
type Error struct {
	Kind Kind
	// Status is the HTTP status, 0 if there was no answer.
	Status int
	// Message says what happened, in words for people.
	Message string
	// Until is when a limit ends.
	Until time.Time
}

func (e *Error) Error() string { return e.Message }

// KindOf returns the kind of an error, "" if it is none of this package.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// StatusOf returns the HTTP status behind an error, 0 if there is none.
func StatusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

func blocked(format string, args ...any) error {
	return &Error{Kind: Blocked, Message: fmt.Sprintf(format, args...)}
}

func malformed(status int, format string, args ...any) error {
	return &Error{Kind: Malformed, Status: status, Message: fmt.Sprintf(format, args...)}
}
