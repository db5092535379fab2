package config

import (
	"fmt"
	"strings"
)

const docHead = `# Configuration

<!-- Generated from internal/config; go test ./internal/config -update writes it. -->

An option is set, in this order, by a flag, by the environment, by the
configuration file, or has its default. ` + "`codegauge config`" + ` prints every option, its
value and where that came from.

| option | flag | environment | default | |
|---|---|---|---|---|
`

const docTail = `
Flags of single commands, such as ` + "`--enterprise`" + `, can be given in the environment as
well: ` + "`CODEGAUGE_ENTERPRISE`" + `. ` + "`--yes`" + ` cannot.

## The file

` + "`codegauge --config FILE`" + ` (or ` + "`CODEGAUGE_CONFIG`" + `) reads lines of the form
` + "`option = value`" + `. Blank lines and comments, from ` + "`#`" + ` on, are left out. A value may stand
in double quotes. An unknown option, an option that is set twice and a bad value
are errors that name the file and the line.

`

// Markdown returns docs/configuration.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString(docHead)
	for _, o := range Options() {
		fmt.Fprintf(&b, "| `%s` | `--%s %s`%s | `%s` | %s | %s |\n",
			o.Name, o.Flag(), o.Placeholder, onlyServe(o), o.Env(), o.DescribeDefault(), o.Help)
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

func onlyServe(o Option) string {
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
