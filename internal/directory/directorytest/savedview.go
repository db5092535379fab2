package directorytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// savedViews keeps views for whom they are, until they, their person or their place go.
func savedViews(t *testing.T, p *place) {
	ctx := t.Context()
	acme, other := p.enterprise("acme"), p.enterprise("other")
	pay := p.organization(acme, "pay")
	ann, bo := p.person(acme, "ann@acme.example"), p.person(acme, "bo@acme.example")
	view := func(who directory.Person, in, of directory.Entity, name string) directory.SavedView {
		return directory.SavedView{Person: who.ID, Enterprise: in.ID, Place: of.ID, Name: name, Page: "impact", Query: "days=90&where=tool%3Dcopilot", Definition: "v1-strict", DataVersion: 41}
	}
	save := func(v directory.SavedView) directory.SavedView {
		t.Helper()
		got, err := p.SaveView(ctx, v)
		p.ok("SaveView", err)
		return got
	}
	names := func(who directory.Person, in directory.Entity) (out []string) {
		t.Helper()
		list, err := p.SavedViews(ctx, who.ID, in.ID)
		p.ok("SavedViews", err)
		for _, v := range list {
			out = append(out, v.Name)
		}
		return out
	}
	want := func(what string, who directory.Person, in directory.Entity, want ...string) {
		t.Helper()
		if got := names(who, in); !slices.Equal(got, want) {
			t.Errorf("%s: views %q, want %q", what, got, want)
		}
	}
	monthly := save(view(ann, acme, acme, " Monthly "))
	pays := save(view(ann, acme, pay, "Agents in pay"))
	save(view(ann, other, other, "Monthly"))
	save(view(bo, acme, acme, "Monthly"))
	p.stop()
	p.start()
	list, err := p.SavedViews(ctx, ann.ID, acme.ID)
	p.ok("SavedViews", err)
	if len(list) != 2 || list[0] != pays || list[1] != monthly || list[1].Name != "Monthly" || list[1].Saved.IsZero() || list[1].DataVersion != 41 || list[0].Place != pay.ID {
		t.Errorf("views %+v", list)
	}
	// A name is a person's once, and is one that people can read.
	for name, kind := range map[string]fault.Kind{"Monthly": fault.Conflict, " ": fault.Invalid, "a\nb": fault.Invalid, strings.Repeat("ä", directory.MaxViewName+1): fault.Invalid} {
		_, err := p.SaveView(ctx, view(ann, acme, acme, name))
		p.refused(fmt.Sprintf("saving %.10q", name), err, kind)
		p.refused(fmt.Sprintf("renaming to %.10q", name), p.RenameView(ctx, ann.ID, pays.ID, name), kind)
	}
	long := view(ann, acme, acme, "long")
	long.Query = strings.Repeat("x", directory.MaxViewQuery+1)
	_, err = p.SaveView(ctx, long)
	p.refused("a long query", err, fault.Invalid)
	_, err = p.SaveView(ctx, directory.SavedView{Person: 99, Enterprise: acme.ID, Place: acme.ID, Name: "x"})
	p.refused("a view of nobody", err, fault.NotFound)
	p.ok("RenameView to what it is called", p.RenameView(ctx, ann.ID, pays.ID, "Agents in pay"))
	p.ok("RenameView", p.RenameView(ctx, ann.ID, pays.ID, strings.Repeat("ä", directory.MaxViewName)))
	// Nobody changes another's.
	p.refused("renaming another's", p.RenameView(ctx, bo.ID, monthly.ID, "Mine"), fault.NotFound)
	p.refused("removing another's", p.RemoveView(ctx, bo.ID, monthly.ID), fault.NotFound)
	want("as it was", ann, acme, "Monthly", strings.Repeat("ä", directory.MaxViewName))
	p.ok("RemoveView", p.RemoveView(ctx, ann.ID, monthly.ID))
	p.refused("removing it again", p.RemoveView(ctx, ann.ID, monthly.ID), fault.NotFound)
	want("without Monthly", ann, acme, strings.Repeat("ä", directory.MaxViewName))
	for i := range directory.MaxSavedViews - 1 {
		save(view(ann, acme, acme, fmt.Sprint("view ", i)))
	}
	_, err = p.SaveView(ctx, view(ann, acme, acme, "one too many"))
	p.refused("one too many", err, fault.TooMany)

	log, err := p.AuditLog(ctx, directory.AuditFilter{Enterprise: acme.ID, Action: "view.", Subject: ann.ID, Limit: 1000})
	p.ok("AuditLog", err)
	var got []string
	for _, e := range log[len(log)-5:] {
		got = append(got, e.Action+" "+e.Target+e.Detail)
	}
	if want := []string{"view.removed saved view 1", "view.renamed saved view 2", "view.renamed saved view 2", "view.saved saved view 2", "view.saved saved view 1"}; !slices.Equal(got, want) {
		t.Errorf("the log has %q, want %q", got, want)
	}
	// They go with their place, and with their person: of one whom another enterprise knows,
	// those of the enterprise that erases them.
	p.ok("Remove", p.Remove(ctx, pay.ID))
	if got := names(ann, acme); len(got) != directory.MaxSavedViews-1 {
		t.Errorf("%d views without pay's, want %d", len(got), directory.MaxSavedViews-1)
	}
	p.ok("Link", p.Link(ctx, []directory.Identity{{Enterprise: other.ID, Tool: "copilot", UserID: "1", Person: ann.ID, How: directory.LinkedByHand}}))
	p.ok("Erase", p.Erase(ctx, directory.Erasure{Enterprise: acme.ID, Person: ann.ID, Pseudonym: "p"}))
	want("erased from acme", ann, acme)
	want("known elsewhere", ann, other, "Monthly")
	want("somebody else", bo, acme, "Monthly")
	p.ok("RemovePerson", p.RemovePerson(ctx, bo.ID))
	want("removed", bo, acme)
}
