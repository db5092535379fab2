package cli

import (
	"fmt"
	"text/tabwriter"
)

type configCmd struct{}

// Help is shown below the flags.
func (configCmd) Help() string {
	return `An option comes from a flag (--log-level), the environment (CODEGAUGE_LOG_LEVEL), a line in the configuration file (log_level = debug) or its default; the first of these wins.`
}

// Run prints the options.
func (configCmd) Run(a *app) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, v := range a.cfg.Values {
		fmt.Fprintf(w, "%s\t%s\t%s\n", v.Option.Name, v.Text, v.Origin)
	}
	return w.Flush()
}
