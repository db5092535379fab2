package github

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the kind of an Error.
type Kind string

// The kinds of error.
const (
	// Unauthorized means that GitHub does not accept the credential.
	Unauthorized Kind = "unauthorized"
	// PolicyOff means that the policy "Copilot usage metrics" is off. No credential helps.
	PolicyOff Kind = "policy-off"
	// Forbidden means that the credential lacks a permission.
	Forbidden Kind = "forbidden"
	// NotFound means that something does not exist, or is not visible to the credential.
	NotFound Kind = "not-found"
	// Limited means that a rate limit is exhausted; Error.Until is when it ends.
	Limited Kind = "limited"
	// Unavailable means that there was no complete response, or a server error. Trying
	// again may help.
	Unavailable Kind = "unavailable"
	// Malformed means that the response is not as documented.
	Malformed Kind = "malformed"
	// Blocked means that this client refuses to connect: the host is not allowed, its
	// address is not public, or its certificate is not trusted.
	Blocked Kind = "blocked"
	// expired is a download link that no longer works.
	expired Kind = "expired"
)

// Error is the error of a call or a download.
type Error struct {
	Kind Kind
	// Status is the HTTP status, 0 if there was no response.
	Status int
	// Message describes the error for users.
	Message string
	// Until is when the rate limit ends; zero unless Kind is Limited.
	Until time.Time
}

func (e *Error) Error() string { return e.Message }

// KindOf returns the kind of an error, "" if it is not an *Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// StatusOf returns the HTTP status of an error, 0 if there is none.
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
