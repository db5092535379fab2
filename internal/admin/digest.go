package admin

import (
	"context"

	"codegauge/internal/access"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/source"
)

// Digests writes and sends what changed since last month; package digest has it.
type Digests interface {
	Preview(ctx context.Context, e directory.Entity) (Digest, error)
	Send(ctx context.Context, e directory.Entity) (Digest, error)
}

// Digest is what changed since last month as a message, and over which channels it was sent.
type Digest struct {
	Subject string               `json:"subject"`
	Text    string               `json:"text"`
	URL     string               `json:"url,omitempty"`
	Sent    []source.AlertResult `json:"sent"`
}

// WithDigests returns the administration with the digests that it sends.
func (a *Admin) WithDigests(d Digests) *Admin {
	a.digests = d
	return a
}

// PreviewDigest shows those who manage an enterprise what would be sent.
func (a *Admin) PreviewDigest(ctx context.Context, r access.ScopeNames) (Digest, error) {
	e, err := a.digestOf(ctx, r)
	if err != nil {
		return Digest{}, err
	}
	return a.digests.Preview(ctx, e)
}

// SendDigest sends it now. Channels are of the whole installation, so only its operator may.
func (a *Admin) SendDigest(ctx context.Context, r access.ScopeNames) (Digest, error) {
	if access.Of(ctx).Kind != access.Operator {
		return Digest{}, fault.New(fault.Forbidden, "only the command line can send a digest")
	}
	e, err := a.digestOf(ctx, r)
	if err != nil {
		return Digest{}, err
	}
	return a.digests.Send(ctx, e)
}

func (a *Admin) digestOf(ctx context.Context, r access.ScopeNames) (directory.Entity, error) {
	e, err := a.enterprise(ctx, access.Manage, r)
	if err == nil && a.digests == nil {
		err = fault.New(fault.Unsupported, "this server writes no digests")
	}
	return e, err
}
