package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/report"
	"codegauge/internal/sample"
)

// demoFile marks a data directory that holds the demo; it says which one, once
// all of it is loaded.
const demoFile = "demo"

// demo is the sample enterprise in a data directory of its own.
type demo struct {
	app    *app
	today  day.Day
	stamp  []byte // what demoFile says of this build's demo of today
	kept   bool   // the directory holds it already
	loaded atomic.Bool
}

func newDemo(a *app) *demo {
	today := day.Of(time.Now())
	return &demo{app: a, today: today, stamp: fmt.Appendf(nil, "%s %s\n", today, readBuild().identity())}
}

// path is the page that the demo is about.
func (d *demo) path() string {
	return "/enterprises/" + sample.EnterpriseSlug + "/insights/code-generation"
}

// prepare makes the directory ready: it keeps a demo that was made today by
// this build, empties the directory of any other, and refuses one that holds
// anything else.
func (d *demo) prepare() error {
	stamp, err := os.ReadFile(d.file())
	if err == nil && bytes.Equal(stamp, d.stamp) {
		d.kept = true
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = d.refuseOther()
	}
	if err != nil {
		return err
	}
	// From here on a kill leaves a marked directory, which the next start empties.
	if err := os.WriteFile(d.file(), []byte("loading\n"), 0o600); err != nil {
		return fmt.Errorf("mark demo: %w", err)
	}
	return d.empty()
}

func (d *demo) file() string { return filepath.Join(d.app.cfg.Data, demoFile) }

func (d *demo) refuseOther() error {
	entries, err := os.ReadDir(d.app.cfg.Data)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != lockFile {
			return fault.New(fault.Invalid, "the data directory %s holds other data (%s), which serve --demo would not touch: leave --data out or name an empty directory", d.app.cfg.Data, e.Name())
		}
	}
	return nil
}

// empty removes the database's files, by name: nothing else that somebody may have
// put there.
func (d *demo) empty() error {
	names := []string{erasuresFile, database.FileName + ".new", serverFile, convertDir, stageDir, spoolDir}
	for _, file := range append(formerFiles, database.FileName) {
		names = append(names, file, file+".wal", file+"-wal", file+"-shm", file+"-journal")
	}
	for _, name := range names {
		if err := os.RemoveAll(filepath.Join(d.app.cfg.Data, name)); err != nil {
			return fmt.Errorf("empty demo directory: %w", err)
		}
	}
	return nil
}

// load imports the demo, unless the directory has it.
func (d *demo) load(ctx context.Context, s *stores, imports *instrumentedService) error {
	if d.kept {
		d.loaded.Store(true)
		return nil
	}
	began := time.Now()
	d.app.log.Info("loading the demo")
	g := sample.New(sample.DemoConfig(d.today))
	if err := register(ctx, s.directory, g); err != nil {
		return fmt.Errorf("load demo: %w", err)
	}
	if err := s.ReconcileIdentities(ctx, 0); err != nil {
		return fmt.Errorf("load demo: %w", err)
	}
	result, err := imports.Import(ctx, intake.Request{Inputs: inputs(g.Files()), Enterprise: sample.EnterpriseSlug})
	if err != nil {
		return fmt.Errorf("load demo: %w", err)
	}
	if result.RejectedTotal > 0 {
		return fmt.Errorf("load the demo: %s rejected, the first: %s", english.Count(result.RejectedTotal, "line", "lines"), result.Rejected[0].Reason)
	}
	if err := enact(ctx, s, g); err != nil {
		return fmt.Errorf("load demo: %w", err)
	}
	if err := os.WriteFile(d.file(), d.stamp, 0o600); err != nil {
		return fmt.Errorf("mark demo: %w", err)
	}
	d.loaded.Store(true)
	d.app.log.Info("demo loaded", "records", sum(result.Records), "seconds", time.Since(began).Seconds())
	return nil
}

// register gives the sample's entities their names; reports carry ids alone.
func register(ctx context.Context, dir directory.Directory, g *sample.Generator) error {
	root, err := newEntity(ctx, dir, directory.Entity{
		Kind: directory.Enterprise, Slug: sample.EnterpriseSlug, Name: sample.EnterpriseName, Aliases: []string{sample.EnterpriseID}, Policy: directory.PolicyEnabled,
	})
	if err != nil {
		return err
	}
	root.Enterprise = root.ID
	entities := []directory.Entity{root}
	for _, o := range g.Organizations() {
		e, err := newEntity(ctx, dir, directory.Entity{
			Kind: directory.Organization, Enterprise: root.ID, Slug: o.Slug, Name: o.Name, Aliases: []string{o.ID},
		})
		if err != nil {
			return err
		}
		entities = append(entities, e)
	}
	for _, t := range g.Teams() {
		i := slices.IndexFunc(entities, func(e directory.Entity) bool { return e.Kind == directory.Organization && e.Slug == t.Organization })
		e, err := newEntity(ctx, dir, directory.Entity{
			Kind: directory.Team, Enterprise: root.ID, Organization: entities[i].ID, Slug: t.Slug, Name: t.Name, Aliases: []string{t.ID},
		})
		if err != nil {
			return err
		}
		entities = append(entities, e)
	}
	if err := dir.Put(ctx, entities); err != nil {
		return err
	}
	return populate(ctx, dir, entities, g)
}

func newEntity(ctx context.Context, dir directory.Directory, e directory.Entity) (directory.Entity, error) {
	id, err := dir.Reserve(ctx, 1)
	e.ID, e.Created = id, time.Now().UTC()
	return e, err
}

// inputs makes report inputs of generated files, which are written as they are read.
func inputs(files []sample.File) []report.Input {
	var list []report.Input
	for _, f := range files {
		list = append(list, report.Input{Name: f.Name, Size: -1, Open: func() (io.ReadCloser, error) {
			r, w := io.Pipe()
			go func() { w.CloseWithError(f.Write(w)) }()
			return r, nil
		}})
	}
	return list
}
