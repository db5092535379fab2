package cli

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/sample"
)

type generateCmd struct {
	Users int    `default:"400" placeholder:"N" help:"Number of people. Default: ${default}."`
	Days  int    `name:"days" default:"28" placeholder:"N" help:"Number of days, ending with --end. Default: ${default}."`
	Seed  uint64 `default:"1" placeholder:"S" help:"Random seed; the same seed gives the same files. Default: ${default}."`
	End   string `placeholder:"DAY" help:"Last day. Default: today (UTC)."`
	Demo  bool   `help:"Generate the demo, with the imperfections of real reports; otherwise everybody is active every day."`
	Out   string `required:"" placeholder:"DIR" help:"Directory to write to, or - for one stream on standard output."`
}

// Help is shown below the flags.
func (generateCmd) Help() string {
	return `The output depends on the flags only, on any machine.

Examples:

  codegauge generate --users 1000 --days 90 --seed 1 --out reports
  codegauge generate --users 10 --days 7 --seed 1 --out - | codegauge import --enterprise acme -`
}

// Run generates.
func (c *generateCmd) Run(a *app) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	files := sample.New(cfg).Files()
	if c.Out == "-" {
		return a.stream(files)
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	for _, f := range files {
		if err := a.generateFile(filepath.Join(c.Out, f.Name), f); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.stdout, "wrote %s to %s: %s, %s to %s, seed %d\n",
		english.Count(len(files), "file", "files"), c.Out, english.Count(cfg.Users, "person", "people"), cfg.End-day.Day(cfg.Days)+1, cfg.End, cfg.Seed)
	return nil
}

func (c *generateCmd) config() (sample.Config, error) {
	cfg := sample.Config{Users: c.Users, Days: c.Days, Seed: c.Seed, End: day.Of(time.Now()), Demo: c.Demo}
	if c.Users < 1 || c.Users > 10_000_000 {
		return cfg, fault.New(fault.Invalid, "--users %d is out of range: use 1 to 10,000,000", c.Users)
	}
	if c.Days < 1 || c.Days > 10_000 {
		return cfg, fault.New(fault.Invalid, "--days %d is out of range: use 1 to 10,000", c.Days)
	}
	if c.End != "" {
		end, err := day.Parse(c.End)
		if err != nil {
			return cfg, fault.New(fault.Invalid, "--end: %v", err)
		}
		cfg.End = end
	}
	return cfg, nil
}

func (a *app) stream(files []sample.File) error {
	w := bufio.NewWriterSize(a.stdout, 1<<16)
	for _, f := range files {
		if err := a.ctx.Err(); err != nil {
			return err
		}
		if err := f.Write(w); err != nil {
			return err
		}
	}
	return w.Flush()
}

func (a *app) generateFile(path string, f sample.File) error {
	if err := a.ctx.Err(); err != nil {
		return err
	}
	return writeFile(path, func(out *os.File) error {
		w := bufio.NewWriterSize(out, 1<<16)
		if err := f.Write(w); err != nil {
			return err
		}
		return w.Flush()
	})
}
