// Command codegauge shows how much code AI coding tools change, from GitHub's
// usage reports and from the tools themselves. See codegauge --help.
package main

import (
	"os"

	"codegauge/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}
