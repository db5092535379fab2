package cli

import (
	"encoding/json"
	"io"
	"os"
	"sync"

	"codegauge/internal/report"
	"codegauge/internal/service"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

type importCmd struct {
	Enterprise string   `placeholder:"SLUG" help:"Enterprise that the records belong to; the first enterprise id that comes is taken as its id. Default: the one that owns the id in the files, else the only one there is."`
	Org        string   `placeholder:"SLUG" help:"The files are this organization's reports."`
	Scope      string   `placeholder:"SCOPE" enum:",enterprise,organization" default:"" help:"What the files are reports of: enterprise or organization. Default: told from each record."`
	Tool       string   `placeholder:"TOOL" help:"Tool of records that name none. Default: copilot."`
	Alias      bool     `help:"Take an enterprise id that is not known as the enterprise's as one more of its ids. Without it such files are refused."`
	Preview    bool     `help:"Read everything and show what would change, but change nothing."`
	JSON       bool     `name:"json" help:"Print the whole ledger as JSON."`
	Files      []string `arg:"" name:"file" placeholder:"FILE" help:"Report files, directories of them, or - for standard input."`
}

// Help is shown below the flags.
func (importCmd) Help() string {
	return `Files hold records as NDJSON, as a JSON array or as JSON objects, and may be compressed with gzip or packed with zip or tar. What kind of record an object is, is told from the object. A line that cannot be read is refused and the rest is imported: the exit code is then 3. A file that is no report at all, such as a README, is named and left out.

A file with another enterprise's id than the enterprise has is refused whole, exit code 2: nothing of the import is stored.

Of two reports about one day the newer one counts, whichever is imported first: by created_at, else by the last day that the report is about. A newer report replaces the day: who is missing from it goes. Reports of one version are parts of one report and add up, so its files may come together or one by one.

Examples:

  codegauge import --enterprise acme users-2026-05-07.ndjson
  codegauge import --enterprise acme --org platform reports/
  curl -s "$URL" | codegauge import --enterprise acme -`
}

// Run imports.
func (c *importCmd) Run(a *app) error {
	inputs, err := report.Files(c.Files, a.stdin)
	if err != nil {
		return err
	}
	if err := a.makeData(); err != nil {
		return err
	}
	return a.use("import", func(api service.API) error {
		progress, finish := a.progress(inputs)
		ledger, err := api.Import(a.ctx, service.ImportRequest{
			Inputs: inputs, Enterprise: c.Enterprise, Org: c.Org, Scope: c.Scope, Tool: c.Tool,
			Alias: c.Alias, Preview: c.Preview, Progress: progress,
		})
		finish()
		if err != nil {
			return err
		}
		return c.report(a, ledger)
	})
}

func (c *importCmd) report(a *app, l *service.Ledger) error {
	err := a.printLedger(l, c.JSON, "imported")
	if err == nil && l.RefusedTotal > 0 {
		return exit(exitRefused)
	}
	return err
}

// printLedger prints a ledger, whole as JSON or told in words.
func (a *app) printLedger(l *service.Ledger, asJSON bool, verb string) error {
	if !asJSON {
		return tellLedger(a.stdout, l, verb)
	}
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(l)
}

// progress returns what to tell of bytes read, and what to call at the end. It
// is silent unless somebody is looking.
func (a *app) progress(inputs []report.Input) (func(int64), func()) {
	if !isTerminal(a.stderr) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(totalSize(inputs),
		progressbar.OptionSetWriter(a.stderr),
		progressbar.OptionSetDescription("importing"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(pause),
		progressbar.OptionClearOnFinish(),
	)
	_ = bar.RenderBlank() // starts its clock, by which it tells the speed
	var mu sync.Mutex
	tell := func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		_ = bar.Set64(n) // a bar that cannot be drawn stops no import
	}
	return tell, func() { _ = bar.Finish() }
}

// totalSize returns the inputs' bytes, -1 if one is not known.
func totalSize(inputs []report.Input) int64 {
	var total int64
	for _, in := range inputs {
		if in.Size < 0 {
			return -1
		}
		total += in.Size
	}
	return total
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
