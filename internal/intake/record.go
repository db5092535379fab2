package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/metric"
	"codegauge/internal/store"
)

// The actions of the audit log that are about data. Their targets are ImportTarget's
// for an import and its undoing.
const (
	DataImported = "data.imported"
	DataUndone   = "data.undone"
	DataDeleted  = "data.deleted"
)

// ImportTarget names an import in the audit log.
func ImportTarget(id int64) string { return "import " + strconv.FormatInt(id, 10) }

// recordImport writes an import into the audit log of each of its enterprises.
func (it *items) recordImport(ctx context.Context, id int64) error {
	var records int64
	for _, f := range it.rd.Stats() {
		for _, n := range f.Records {
			records += n
		}
	}
	detail := it.data.After(english.Count(records, "record", "records") + " from " + it.resolver.register.origin(&it.resolver.req))
	for _, enterprise := range slices.Sorted(maps.Keys(it.resolver.involved())) {
		e := directory.Event{Enterprise: enterprise, Action: DataImported, Target: ImportTarget(id), Detail: detail}
		if err := it.resolver.register.dir.Record(ctx, e); err != nil {
			return fmt.Errorf("write the import into the audit log: %w", err)
		}
	}
	return nil
}

func dataName(k *metric.DataKind) string {
	if k == nil {
		return ""
	}
	return k.String()
}

// recordDeletion writes a deletion into the audit log, without the name of a person.
func (in *Intake) recordDeletion(ctx context.Context, d store.Deletion) error {
	e := directory.Event{Enterprise: d.Enterprise, Action: DataDeleted, Target: "records"}
	if d.Import != 0 {
		e.Action, e.Target = DataUndone, ImportTarget(d.Import)
	}
	var of []string
	for _, part := range []struct {
		set  bool
		text string
	}{
		{d.Source != 0, "of one organization's reports"},
		{d.User != "", "of one person"},
		{d.Tool != "", "of the tool " + d.Tool},
		{d.Data != nil, "of the kind of data " + dataName(d.Data)},
		{d.Range.To != 0, "of " + d.Range.String()},
	} {
		if part.set {
			of = append(of, part.text)
		}
	}
	e.Detail = strings.Join(of, ", ")
	if err := in.dir.Record(ctx, e); err != nil {
		return fmt.Errorf("write the deletion into the audit log: %w", err)
	}
	return nil
}
