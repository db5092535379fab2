package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"codegauge/internal/query"
	"codegauge/internal/service"
)

type verifyCmd struct {
	JSON bool `name:"json" help:"Print everything as JSON."`
}

// Help is shown below the flags.
func (verifyCmd) Help() string {
	return `Recomputes what is derived from the stored records, and shows for each enterprise how its lines add up: total = user + agent + unclassified + discrepancy, and the total against each breakdown's sum, with every difference named. The exit code is 1 if something is wrong with the store; reports that contradict themselves are shown, but are no fault of the store.`
}

// Run verifies.
func (c *verifyCmd) Run(a *app) error {
	if err := a.needData(); err != nil {
		return err
	}
	return a.use("verify", func(api service.API) error {
		v, err := api.Verify(a.ctx)
		if err != nil {
			return err
		}
		if err := c.print(a.stdout, v); err != nil {
			return err
		}
		if !v.Clean {
			return exit(exitFailed)
		}
		return nil
	})
}

func (c *verifyCmd) print(out io.Writer, v *service.Verification) error {
	if c.JSON {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	w := bufio.NewWriter(out)
	for _, e := range v.Enterprises {
		tellEnterprise(w, e)
	}
	for _, f := range v.Findings {
		fmt.Fprintf(w, "finding: %s", clean(f.Check))
		if f.Scope != "" {
			fmt.Fprintf(w, " %s", clean(f.Scope))
		}
		if f.Day != 0 {
			fmt.Fprintf(w, " %s", f.Day)
		}
		fmt.Fprintf(w, ": %s\n", clean(f.Detail))
	}
	if v.Clean {
		fmt.Fprintln(w, "clean")
	} else {
		fmt.Fprintln(w, "not clean")
	}
	return w.Flush()
}

func tellEnterprise(out io.Writer, e service.VerifiedEnterprise) {
	r := e.Reconciliation
	if r == nil || r.From == 0 {
		fmt.Fprintf(out, "%s: no data\n\n", clean(e.Enterprise))
		return
	}
	fmt.Fprintf(out, "%s: %s to %s, definition %s\n", clean(e.Enterprise), r.From, r.To, r.Definition)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "added\tdeleted\tchanged\t\n")
	line := func(label string, l service.Lines) {
		fmt.Fprintf(w, "%s\t%s\t%s\t  %s\n", count(l.Added), count(l.Deleted), count(l.Changed), clean(label))
	}
	line("total", r.Total)
	for _, p := range r.Parts {
		line("  "+p.Name, p.Lines)
	}
	for _, c := range r.Checks {
		line("sum by "+c.Breakdown, c.Sum)
		for _, d := range c.Residuals {
			line("  "+d.Cause, d.Lines)
		}
	}
	w.Flush()
	tellAddsUp(out, e)
}

func tellAddsUp(w io.Writer, e service.VerifiedEnterprise) {
	if n := len(e.Reconciliation.Days); n > 0 {
		fmt.Fprintf(w, "reports contradict themselves on %s\n", plural(int64(n), "day", "days"))
	}
	if e.AddsUp {
		fmt.Fprintf(w, "the parts equal the total\n\n")
	} else {
		fmt.Fprintf(w, "the parts do NOT equal the total\n\n")
	}
}

// count shows a number that may not be known.
func count(n *int64) string {
	if n == nil {
		return "–"
	}
	return query.Thousands(*n)
}
