package cards

import (
	"codegauge/internal/access"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
)

// Empty is a page without figures: why, and what to do next.
type Empty struct {
	Kind           string
	Title, Message string
	Actions        []shell.Link
	// Import shows the form that takes report files.
	Import *ImportForm
}

// ImportForm takes report files. Enterprise is the slug they are imported into,
// "" asks for one.
type ImportForm struct {
	Action, Enterprise string
	Tools              []metric.Tool
	DataKinds          []DataKind
}

// DataKind is a kind of data by its name, and the key of what it is called.
type DataKind struct{ Name, Text string }

// NewImportForm returns the form for an enterprise.
func NewImportForm(enterprise string) *ImportForm {
	f := &ImportForm{Action: "/import", Enterprise: enterprise, Tools: metric.Tools}
	for _, name := range metric.DataKindNames() {
		f.DataKinds = append(f.DataKinds, DataKind{name, "import.data." + name})
	}
	if enterprise != "" {
		f.Action = shell.EnterprisePath(enterprise) + "/import"
	}
	return f
}

// Empty is an empty page of a kind, which has texts of its own.
func (b *Builder) Empty(kind string, actions []shell.Link) *Empty {
	return &Empty{Kind: kind, Title: b.T("empty." + kind), Message: b.T("empty." + kind + ".message"), Actions: actions}
}

// MayImport reports whether whoever asks may import data of the enterprise.
func (b *Builder) MayImport() bool {
	return access.Of(b.HTTP.Context()).Can(access.Import, *b.Place.Enterprise)
}

// EmptyOfFiles is an empty page for want of files: those who may import give them there, and
// others are told whom to ask.
func (b *Builder) EmptyOfFiles(kind string) *Empty {
	e := b.Empty(kind, nil)
	if b.MayImport() {
		e.Import = NewImportForm(b.Place.Enterprise.Key())
	} else {
		e.Message = b.T("empty." + kind + ".ask")
	}
	return e
}

// LastDays leads to the page of the last days.
func (b *Builder) LastDays(n int) shell.Link {
	return shell.Link{Label: b.T("empty.lastdays", text.Grouped(int64(n))), URL: b.State.Last(n).URL()}
}

// EmptyBefore returns why nothing needs to be asked, nil if there is data.
func (b *Builder) EmptyBefore() *Empty {
	data := b.Status.Data
	switch {
	case data.Len() == 0 && (b.State.Has("organization") || b.State.Has("team")):
		return b.Empty("scope", []shell.Link{{Label: b.T("empty.clear"), URL: b.State.With(func(s *shell.State) { s.Where = nil }).URL()}})
	case data.Len() == 0 && len(b.Status.Apart) > 0:
		return b.emptyApart()
	case data.Len() == 0:
		return b.EmptyOfFiles("source")
	case b.Window.Len() == 0 || b.Window.To < data.From || b.Window.From > data.To:
		e := b.Empty("range", []shell.Link{b.LastDays(shell.DefaultDays)})
		e.Message = b.T("empty.range.message", text.Span(data))
		return e
	}
	return nil
}

// emptyApart leads to the organizations whose aggregates are there: the
// enterprise itself has none.
func (b *Builder) emptyApart() *Empty {
	var to []shell.Link
	var names []string
	for _, o := range b.Status.Apart {
		at := access.Place{Enterprise: b.Place.Enterprise, Organization: &o}
		to = append(to, shell.Link{Label: o.Label(), URL: shell.InsightsPath(at, "code-generation")})
		names = append(names, o.Label())
	}
	e := b.Empty("apart", to)
	e.Message = b.T("empty.apart.message", b.List(names))
	return e
}

// EmptyRetained says that retention left nothing of people in the window, nil
// if the window has later days.
func (b *Builder) EmptyRetained() *Empty {
	days := b.Status.TotalsOnly
	if len(days) == 0 || days[len(days)-1] < min(b.Window.To, b.Status.Data.To) {
		return nil
	}
	return b.Empty("retained", []shell.Link{b.LastDays(shell.DefaultDays)})
}

// HiddenGroup is the page of a group that is not shown, nil for
// every other error.
func (b *Builder) HiddenGroup(err error) *Empty {
	if fault.KindOf(err) != fault.Forbidden {
		return nil
	}
	e := b.Empty("small", nil)
	e.Message = b.Message(fault.Forbidden, err)
	return e
}
