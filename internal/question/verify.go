package question

import (
	"context"
	"fmt"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/store"
)

// Verification is what verify found.
type Verification struct {
	Enterprises []VerifiedEnterprise `json:"enterprises"`
	Findings    []store.Finding      `json:"findings"`
	Clean       bool                 `json:"clean"`
}

// VerifiedEnterprise is an enterprise's reconciliation over all its days.
type VerifiedEnterprise struct {
	Enterprise     string          `json:"enterprise"`
	Reconciliation *Reconciliation `json:"reconciliation,omitempty"`
	// AddsUp says that parts equal the total to the line.
	AddsUp bool `json:"adds_up"`
}

// Verify checks what is stored, and that the numbers of each enterprise add up
// over all its days.
func (a *Answerer) Verify(ctx context.Context) (*Verification, error) {
	findings, err := a.store.Verify(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify the database: %w", err)
	}
	out := &Verification{Enterprises: []VerifiedEnterprise{}, Findings: append([]store.Finding{}, findings...)}
	out.Clean = len(findings) == 0
	n, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	lost, err := a.lostEnterprises(ctx, n)
	if err != nil {
		return nil, err
	}
	out.Findings, out.Clean = append(out.Findings, lost...), out.Clean && len(lost) == 0
	for i := range out.Findings {
		f := &out.Findings[i]
		if e := n.ByID[f.Enterprise]; e != nil {
			f.Scope = e.Key()
		}
	}
	for _, e := range n.In(directory.Enterprise, 0) {
		v, err := a.verifyEnterprise(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("verify %s: %w", e.Key(), err)
		}
		out.Enterprises = append(out.Enterprises, *v)
		out.Clean = out.Clean && v.AddsUp
	}
	return out, nil
}

// lostEnterprises finds records whose enterprise the directory does not know.
func (a *Answerer) lostEnterprises(ctx context.Context, n *directory.Names) ([]store.Finding, error) {
	have, err := a.store.Enterprises(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify the database: %w", err)
	}
	var out []store.Finding
	for _, id := range have {
		if n.ByID[id] == nil {
			out = append(out, store.Finding{Check: "every record's enterprise exists in the directory",
				Detail: fmt.Sprintf("the database has reports of enterprise %d, which does not exist in the directory: restore the directory from a backup", id)})
		}
	}
	return out, nil
}

// verifyEnterprise reconciles the last maxDays of all that the enterprise has.
func (a *Answerer) verifyEnterprise(ctx context.Context, e *directory.Entity) (*VerifiedEnterprise, error) {
	w := Parameters{Enterprise: e.Key()}
	v, err := a.view(ctx, w)
	if err != nil || v.data.Len() == 0 {
		return &VerifiedEnterprise{Enterprise: e.Key(), AddsUp: true}, err
	}
	r := day.Range{From: max(v.data.From, v.data.To-maxDays+1), To: v.data.To}
	w.From, w.To = r.From.String(), r.To.String()
	rec, err := a.Reconcile(ctx, w)
	if err != nil {
		return nil, err
	}
	return &VerifiedEnterprise{Enterprise: e.Key(), Reconciliation: rec, AddsUp: rec.addsUp()}, nil
}

// addsUp reports whether the parts, and each breakdown with its residuals,
// equal the total to the line.
func (r *Reconciliation) addsUp() bool {
	parts := make([]Lines, 0, len(r.Parts))
	for _, p := range r.Parts {
		parts = append(parts, p.Lines)
	}
	ok := equalSum(r.Total, parts)
	for _, c := range r.Checks {
		lines := []Lines{c.Sum}
		for _, res := range c.Residuals {
			lines = append(lines, res.Lines)
		}
		ok = ok && equalSum(r.Total, lines)
	}
	return ok
}

func equalSum(total Lines, parts []Lines) bool {
	ok := true
	for _, of := range []func(Lines) *int64{
		func(l Lines) *int64 { return l.Added },
		func(l Lines) *int64 { return l.Deleted },
		func(l Lines) *int64 { return l.Changed },
	} {
		var sum int64
		for _, p := range parts {
			if n := of(p); n != nil {
				sum += *n
			}
		}
		if n := of(total); n != nil {
			ok = ok && sum == *n
		}
	}
	return ok
}
