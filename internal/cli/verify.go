package cli

import (
	"bufio"
	"fmt"
	"io"
	"text/tabwriter"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/question"
)

type verifyCmd struct {
	JSON bool `name:"json" help:"Print everything as JSON."`
}

// Help is shown below the flags.
func (verifyCmd) Help() string {
	return `Recomputes everything derived from the stored records, checks the audit log's hash chain, and shows for each enterprise how its lines add up: total = user + agent + unclassified + discrepancy, and the total against the sum of each breakdown, with the cause of every difference. Every finding names the enterprise and the day. The exit code is 1 if something is wrong with the database; reports that contradict themselves are shown but do not count as an error.`
}

// Run verifies.
func (c *verifyCmd) Run(a *app) error {
	if err := a.needData(); err != nil {
		return err
	}
	v := &verified{}
	err := a.connect(func(cl *client) (err error) {
		if v.Verification, err = cl.verify(a.ctx); err != nil {
			return err
		}
		v.Audit, err = operate(a.ctx, cl, admin.VerifyAudit, access.ScopeNames{})
		return err
	})
	if err != nil {
		return err
	}
	v.Clean = v.Clean && v.Audit.Broken == 0
	if err := c.print(a.stdout, v); err != nil {
		return err
	}
	if !v.Clean {
		return exit(exitFailed)
	}
	return nil
}

// verified is what verify found in the data and in the audit log.
type verified struct {
	*question.Verification
	Audit directory.AuditCheck `json:"audit"`
}

func (c *verifyCmd) print(out io.Writer, v *verified) error {
	if c.JSON {
		return printJSON(out, v)
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
	tellAudit(w, v.Audit)
	if v.Clean {
		fmt.Fprintln(w, "clean")
	} else {
		fmt.Fprintln(w, "not clean")
	}
	return w.Flush()
}

// tellAudit says whether the log is as it was written. Whoever notes the last
// entry's hash elsewhere can tell later that nothing before it was rewritten.
func tellAudit(w io.Writer, c directory.AuditCheck) {
	if c.Broken != 0 {
		fmt.Fprintf(w, "finding: audit log: entry %d was changed or is missing\n", c.Broken)
		return
	}
	fmt.Fprintf(w, "audit log: %s, intact; the last entry's hash is %.16s\n", english.Count(c.Entries, "entry", "entries"), c.Head)
}

func tellEnterprise(out io.Writer, e question.VerifiedEnterprise) {
	r := e.Reconciliation
	if r == nil || r.From == 0 {
		fmt.Fprintf(out, "%s: no data\n\n", clean(e.Enterprise))
		return
	}
	fmt.Fprintf(out, "%s: %s to %s, definition %s\n", clean(e.Enterprise), r.From, r.To, r.Definition)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "added\tdeleted\tchanged\t\n")
	line := func(label string, l question.Lines) {
		fmt.Fprintf(w, "%s\t%s\t%s\t  %s\n", english.NumberOr(l.Added), english.NumberOr(l.Deleted), english.NumberOr(l.Changed), clean(label))
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

func tellAddsUp(w io.Writer, e question.VerifiedEnterprise) {
	if n := len(e.Reconciliation.Days); n > 0 {
		fmt.Fprintf(w, "reports contradict themselves on %s\n", english.Count(n, "day", "days"))
	}
	if e.AddsUp {
		fmt.Fprintf(w, "the parts equal the total\n\n")
	} else {
		fmt.Fprintf(w, "the parts do NOT equal the total\n\n")
	}
}
