package config

import (
	"fmt"
	"strings"
)

const docHead = `# Configuration

<!-- Generated from internal/config; go test ./internal/config -update writes it. -->

An option comes from a flag, the environment, the configuration file or its default; the
first of these wins. ` + "`codegauge config`" + ` prints every option with its value and where it
was set.

| option | flag | environment | default | |
|---|---|---|---|---|
`

const docTail = `
Flags of single commands can be set in the environment as well, such as ` + "`--enterprise`" + ` as
` + "`CODEGAUGE_ENTERPRISE`" + `. The exception is ` + "`--yes`" + `.

## The file

` + "`codegauge --config FILE`" + ` (or ` + "`CODEGAUGE_CONFIG`" + `) reads lines of the form
` + "`option = value`" + `. Blank lines are ignored, and so is everything after ` + "`#`" + `. A value may be
enclosed in double quotes. An unknown option, an option set twice or an invalid value is
an error that names the file and the line.

`

// Markdown returns docs/configuration.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString(docHead)
	for _, o := range Options() {
		fmt.Fprintf(&b, "| `%s` | `--%s %s`%s | `%s` | %s | %s |\n",
			o.Name, o.Flag(), o.Placeholder, serveNote(o), o.Env(), o.DescribeDefault(), o.Help)
	}
	b.WriteString(docTail)
	b.WriteString("```\n# /etc/codegauge.conf\n")
	for _, o := range Options() {
		if o.Default != "" {
			fmt.Fprintf(&b, "%s = %s\n", o.Name, o.Default)
		}
	}
	b.WriteString("```\n")
	return b.String()
}

func serveNote(o Option) string {
	if o.Serve {
		return " (serve)"
	}
	return ""
}

// DescribeDefault returns the default as documentation shows it.
func (o Option) DescribeDefault() string {
	if o.DefaultText != "" {
		return o.DefaultText
	}
	return "`" + o.Default + "`"
}
