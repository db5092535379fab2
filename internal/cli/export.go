package cli

import (
	"os"

	"codegauge/internal/fault"
	"codegauge/internal/question"
)

type exportCmd struct {
	Enterprise string `placeholder:"SLUG" help:"Enterprise to export from. Default: the only one there is."`
	Org        string `placeholder:"SLUG" help:"Export this organization's own reports."`
	Report     string `required:"" placeholder:"NAME" help:"users-1-day, users-28-day, enterprise-1-day, enterprise-28-day, organization-1-day, organization-28-day, user-teams-1-day or repos-1-day."`
	Day        string `placeholder:"DAY" help:"The day, or the last of 28 days. Default: the last day with data."`
	From       string `placeholder:"DAY" help:"First day of a range."`
	To         string `placeholder:"DAY" help:"Last day of a range."`
	Tool       string `placeholder:"TOOL" help:"Only this tool's records."`
	DataKind   string `placeholder:"KIND" enum:",report,telemetry,vendor" default:"" help:"Records of this kind of data: report, telemetry or vendor. Default: report."`
	Format     string `enum:"ndjson,csv,parquet" default:"ndjson" help:"ndjson, csv or parquet."`
	Out        string `placeholder:"FILE" help:"File to write; it appears only when complete. Default: standard output."`
}

// Help is shown below the flags.
func (exportCmd) Help() string {
	return `Records are written as they were imported, including fields that Codegauge does not know; NDJSON and Parquet can be imported again and give the same totals.

Examples:

  codegauge export --enterprise acme --report users-1-day --day 2026-05-07
  codegauge export --enterprise acme --report users-28-day --format parquet --out users.parquet`
}

// Run exports.
func (c *exportCmd) Run(a *app) error {
	if c.Format == "parquet" && c.Out == "" && isTerminal(a.stdout) {
		return fault.New(fault.Invalid, "refusing to write binary Parquet to a terminal: use --out FILE")
	}
	if err := a.needData(); err != nil {
		return err
	}
	req := question.ExportRequest{
		Enterprise: c.Enterprise, Org: c.Org, Report: c.Report,
		Day: c.Day, From: c.From, To: c.To, Tool: c.Tool, Data: c.DataKind, Format: c.Format,
	}
	return a.connect(func(cl *client) error {
		if c.Out == "" {
			return cl.export(a.ctx, req, a.stdout)
		}
		return writeFile(c.Out, func(f *os.File) error { return cl.export(a.ctx, req, f) })
	})
}
