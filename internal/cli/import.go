package cli

import (
	"io"
	"os"
	"sync"

	"codegauge/internal/intake"
	"codegauge/internal/report"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

type importCmd struct {
	Enterprise string   `placeholder:"SLUG" help:"Enterprise that the records belong to; the first enterprise id imported becomes its id. Default: the enterprise with the id in the files, else the only one there is."`
	Org        string   `placeholder:"SLUG" help:"The files are this organization's reports."`
	Scope      string   `placeholder:"SCOPE" enum:",enterprise,organization" default:"" help:"What the files report on: enterprise or organization. Default: decided by each record."`
	Tool       string   `placeholder:"TOOL" help:"Tool for records that name none. Default: copilot."`
	DataKind   string   `placeholder:"KIND" enum:",report,telemetry,vendor" default:"" help:"What the files are: report (usage metrics reports), telemetry, or vendor (a vendor's own daily records). Of several kinds of data about a person's day with a tool one counts, in this order. Default: report."`
	Alias      bool     `help:"Accept an unknown enterprise id in the files as another id of the enterprise. Otherwise such files are refused."`
	Preview    bool     `help:"Show what an import would change without changing anything."`
	JSON       bool     `name:"json" help:"Print the whole report as JSON."`
	Files      []string `arg:"" name:"file" placeholder:"FILE" help:"Report files, directories of them, or - for standard input."`
}

// Help is shown below the flags.
func (importCmd) Help() string {
	return `Files contain records as NDJSON, as a JSON array or as single JSON objects, and may be compressed with gzip or packed with zip or tar. The kind of a record is recognised from its fields. A line that cannot be read is refused and the rest imported; the exit code is then 3. A file that is not a report, such as a README, is named and left out.

If a file has the id of a different enterprise, nothing is imported and the exit code is 2.

Of two reports about the same day the newer one counts, in whichever order they are imported: by created_at, else by the last day that the report covers. A newer report replaces the day, so people missing from it are dropped. Reports of the same version are parts of one report and add up, so its files may be imported together or one by one.

Examples:

  codegauge import --enterprise acme users-2026-05-07.ndjson
  codegauge import --enterprise acme --org platform reports/
  codegauge import --enterprise acme --tool cursor --data-kind vendor cursor-days.ndjson
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
	var result *intake.Report
	err = a.connect(func(cl *client) error {
		progress, finish := a.progress(inputs)
		defer finish()
		result, err = cl.load(a.ctx, intake.Request{
			Inputs: inputs, Enterprise: c.Enterprise, Org: c.Org, Scope: c.Scope, Tool: c.Tool, Data: c.DataKind,
			Alias: c.Alias, Preview: c.Preview, Progress: progress,
		})
		return err
	})
	if err == nil {
		err = a.printReport(result, c.JSON, "imported")
	}
	if err == nil && result.RejectedTotal > 0 {
		return exit(exitRefused)
	}
	return err
}

// printReport prints a result, whole as JSON or told in words.
func (a *app) printReport(l *intake.Report, asJSON bool, verb string) error {
	if asJSON {
		return printJSON(a.stdout, l)
	}
	return writeReport(a.stdout, l, verb)
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
