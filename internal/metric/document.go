package metric

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"codegauge/internal/day"
)

// Document returns docs/metrics.md. A test compares it with the file.
func Document() string {
	var b strings.Builder
	b.WriteString("# Metrics\n\nGenerated from the table in `internal/metric`; `go test ./internal/metric -update` writes it anew.\n")
	b.WriteString("All windows are inclusive UTC days. A ratio with a zero denominator has no value; absent is not zero.\n")
	b.WriteString("\n## Measures\n\n| name | label | kind | unit | formula | from |\n|---|---|---|---|---|---|\n")
	for _, m := range Measures {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", m.Name, m.Label, m.Kind(), m.Unit, m.Formula, m.Source)
	}
	for _, m := range Measures {
		fmt.Fprintf(&b, "\n**%s.** %s How to read it: %s\n", m.Label, m.Definition, m.Reading)
	}
	b.WriteString("\n## Dimensions\n\nThe rows of a breakdown add up to the total: one more row, with null for the dimension, holds what the breakdown lacks.\n\n| name | label | what it is | the null row |\n|---|---|---|---|\n")
	for _, d := range Dimensions {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Name, d.Label, d.Definition, d.Residual)
	}
	b.WriteString("\n## Breakdowns that reports carry\n\nA query needs one breakdown that has all its dimensions and filters; otherwise it is refused.\n\n| field | dimensions | without |\n|---|---|---|\n")
	for _, x := range Breakdowns {
		var lacks []string
		for _, c := range x.Lacks {
			lacks = append(lacks, c.Column())
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", x.Field, joinKeys(x.Keys), strings.Join(lacks, ", "))
	}
	b.WriteString("\n## Features\n\n")
	for _, d := range Definitions {
		fmt.Fprintf(&b, "`%s` (%s): %s\n\n", d.Name, d.Label, d.Description)
	}
	b.WriteString("| feature | label | surface | v1-strict | v1-wide |\n|---|---|---|---|---|\n")
	for _, f := range Features {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.Name, f.Label, f.Surface, Strict.Initiator(f.Name), Wide.Initiator(f.Name))
	}
	b.WriteString("| anything else | its own name | unknown | unclassified | unclassified |\n")
	b.WriteString("\n## Tools\n\n| tool | label | what a line is | adds up with |\n|---|---|---|---|\n")
	for _, t := range Tools {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", t.Name, t.Label, t.LineMeaning, t.Grade)
	}
	b.WriteString("\n## Kinds of data\n\nSeveral kinds of data may have a record of one person's day with a tool. The first of this table counts, whole: figures of two kinds are never added up for one person and day, nor taken from both. ")
	b.WriteString("A person whose identities are linked is one person here too. Of what is stated without people (aggregates, repositories) the first kind of an entity's day counts, and where user records and an aggregate cover it, those of the first kind. ")
	b.WriteString("Nothing is lost: the others are kept, are exported by their kind, count as soon as those before them are deleted, and Data quality and the warnings of imports say where two kinds differ.\n\n| kind | what it is | why it is here |\n|---|---|---|\n")
	for _, d := range DataKinds {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", d.Name, d.Description, d.Why)
	}
	b.WriteString("\n## Dates on which GitHub changed what it counts\n\n")
	for _, x := range Breaks {
		fmt.Fprintf(&b, "- %s: %s\n", x.Day, x.Label)
	}
	b.WriteString("\n## Oldest clients that report lines\n\nOf a client below a row, the lines of that feature are unknown, not 0. ")
	b.WriteString("Missing components of a version are 0, and what follows its numbers counts for nothing (`17.14.14+36414.22` is 17.14.14, `1.5.52-243` is 1.5.52). ")
	b.WriteString("The JetBrains row holds for every JetBrains product; a build such as `251.26927.53` is of the release 2025.1. A version that is not understood is not too old. ")
	b.WriteString("A user record without any line, in which no row of a breakdown has counters of lines or every 0 is of a client too old for it, does not say how many lines there were: the person is active, and the lines of all its rows are unknown.\n\n| IDE | feature | IDE version | Copilot extension |\n|---|---|---|---|\n")
	for _, v := range MinimumVersions {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.Label, v.Feature, v.IDEVersion, v.Extension)
	}
	b.WriteString("\n## Oldest clients that are counted at all\n\nA client below a row sends no usage metrics: what people do in it is in no figure, though they may appear through what GitHub's servers see. Versions are compared as above.\n\n| IDE | IDE version | Copilot extension |\n|---|---|---|\n")
	for _, v := range CountedVersions {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", v.Label, v.IDEVersion, v.Extension)
	}
	b.WriteString("\n## Known faults in what clients report\n\nData quality says how many people have a client that a fault concerns.\n")
	for _, f := range ClientFaults {
		fmt.Fprintf(&b, "\n**%s.** %s Made known on %s (%s); first day: %s; last day: %s.\n\n| figure | the true one is |\n|---|---|\n", f.Label, f.Text, f.Known, f.Source, published(f.From), published(f.Until))
		for _, measure := range slices.Sorted(maps.Keys(f.Bounds)) {
			fmt.Fprintf(&b, "| `%s` | %s what reports say |\n", measure, f.Bounds[measure])
		}
		for _, p := range f.Parts {
			fmt.Fprintf(&b, "| %s (`%s` of `%s=%s`) | %s what reports say |\n", p.Label, p.Measure, p.Dimension, p.Value, p.Bound)
		}
		b.WriteString("\n| IDE | reports correctly from |\n|---|---|\n")
		for _, m := range f.Mended {
			fmt.Fprintf(&b, "| %s | %s |\n", m.Label, m.From())
		}
	}
	return b.String()
}

func published(d day.Day) string {
	if d == 0 {
		return "not published"
	}
	return d.String()
}
