package cli

import (
	"cmp"
	"database/sql"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"text/tabwriter"
)

type versionCmd struct{}

// Run prints the versions.
func (versionCmd) Run(a *app) error {
	engine, err := engineVersion()
	if err != nil {
		return err
	}
	b := readBuild()
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "codegauge\t%s\n", b.version)
	fmt.Fprintf(w, "revision\t%s\n", b.revision)
	fmt.Fprintf(w, "go\t%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(w, "sqlite\t%s\n", engine)
	return w.Flush()
}

// version and revision are set by the linker where the build is told them: in an
// image and in a release. Elsewhere Go's own record of the build has to do.
var version, revision string

// build is what the program knows about how it was built.
type build struct{ version, revision string }

func readBuild() build {
	b := build{version: "(devel)", revision: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			b.revision += " (modified)"
		}
	}
	b.version, b.revision = cmp.Or(version, b.version), cmp.Or(revision, b.revision)
	return b
}

// identity tells one build from another, also where neither has a version: a
// development build is known by its file.
func (b build) identity() string {
	id := b.version + " " + b.revision
	path, err := os.Executable()
	if err != nil {
		return id
	}
	info, err := os.Stat(path)
	if err != nil {
		return id
	}
	return fmt.Sprintf("%s %d %d", id, info.Size(), info.ModTime().UnixNano())
}

// engineVersion asks the linked SQLite.
func engineVersion() (string, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return "", fmt.Errorf("ask SQLite: %w", err)
	}
	defer db.Close()
	var v string
	if err := db.QueryRow("SELECT sqlite_version()").Scan(&v); err != nil {
		return "", fmt.Errorf("ask SQLite: %w", err)
	}
	return v, nil
}
