package directorytest

import (
	"bytes"
	"testing"
	"time"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
)

// exports keeps exports for whom they are, until they expire, fail, are removed, or somebody
// of the enterprise is erased.
func exports(t *testing.T, p *place) {
	ctx := t.Context()
	at := func(seconds int) time.Time { return at(0).Add(time.Duration(seconds) * time.Second) }
	acme, globex := p.enterprise("acme"), p.enterprise("globex")
	p.put(acme, globex)
	limit := directory.ExportLimit{Each: 3, Bytes: 1000}
	begin := func(id string, enterprise int64, owner string, created int) directory.PreparedExport {
		return directory.PreparedExport{ID: id, Enterprise: enterprise, Owner: owner, About: []byte(`{"a":1}`), Status: directory.ExportWaiting,
			Total: 9, Created: at(created), Beat: at(created), Expires: at(created + 1000)}
	}
	status := func(id string, enterprise int64, now int) directory.ExportStatus {
		t.Helper()
		e, err := p.PreparedExport(ctx, enterprise, id, at(now))
		if fault.KindOf(err) == fault.NotFound {
			return "gone"
		}
		p.ok("PreparedExport", err)
		return e.Status
	}
	e := begin("a", acme.ID, "person 5", 10)
	p.ok("PutExport", p.PutExport(ctx, e, limit))
	p.ok("PutExport", p.PutExport(ctx, begin("b", acme.ID, "person 5", 11), limit))
	p.ok("PutExport", p.PutExport(ctx, begin("c", acme.ID, "person 6", 12), limit))
	p.ok("PutExport", p.PutExport(ctx, begin("d", globex.ID, "person 5", 12), limit))
	for n, body := range []string{"one", "\x00two"} {
		p.ok("PutExportChunk", p.PutExportChunk(ctx, "a", n, []byte(body), limit))
	}
	p.refused("a chunk beyond the quota", p.PutExportChunk(ctx, "b", 0, bytes.Repeat([]byte{1}, 994), limit), fault.Unavailable)
	p.refused("a chunk of nothing", p.PutExportChunk(ctx, "x", 0, []byte("x"), limit), fault.NotFound)
	e.Status, e.Records, e.Size, e.About = directory.ExportDone, 9, 7, []byte(`{"a":2}`)
	p.ok("NoteExport", p.NoteExport(ctx, e))
	p.stop()
	p.start()
	got, err := p.PreparedExport(ctx, acme.ID, "a", at(20))
	e.Stored = 7
	if p.ok("PreparedExport", err); !got.Created.Equal(e.Created) || !got.Expires.Equal(e.Expires) || got.Status != e.Status || got.Records != 9 || got.Stored != 7 || string(got.About) != `{"a":2}` || got.Owner != e.Owner {
		t.Errorf("got %+v, want %+v", got, e)
	}
	if body, err := p.ExportChunk(ctx, "a", 1); err != nil || string(body) != "\x00two" {
		t.Errorf("chunk %q, %v", body, err)
	}
	if s := status("a", globex.ID, 20); s != "gone" {
		t.Errorf("another enterprise has it: %s", s)
	}
	if list, err := p.PreparedExports(ctx, acme.ID, "person 5", at(20)); err != nil || len(list) != 2 || list[0].ID != "b" || list[1].ID != "a" {
		t.Errorf("person 5 has %+v, %v", list, err)
	}
	// What fails has no chunks and does not count; nor what nobody prepares any more.
	p.ok("PutExportChunk", p.PutExportChunk(ctx, "c", 0, []byte("c"), limit))
	p.ok("NoteExport", p.NoteExport(ctx, directory.PreparedExport{ID: "c", Status: directory.ExportFailed, Error: "why", About: []byte("{}"), Beat: at(20)}))
	_, err = p.ExportChunk(ctx, "c", 0)
	p.refused("chunk of what failed", err, fault.NotFound)
	silent := at(11).Add(directory.ExportSilence)
	if e, err := p.PreparedExport(ctx, acme.ID, "b", silent); err != nil || e.Status != directory.ExportFailed || e.Error != directory.ErrorStopped {
		t.Errorf("what nobody prepares is %+v, %v", e, err)
	}
	p.ok("Sweep", p.Sweep(ctx, silent))
	if e, err := p.PreparedExport(ctx, acme.ID, "b", at(12)); err != nil || e.Status != directory.ExportFailed {
		t.Errorf("swept: %+v, %v", e, err)
	}
	for _, id := range []string{"f", "g"} {
		p.ok("PutExport", p.PutExport(ctx, begin(id, 1, "person 5", 30), limit))
	}
	p.refused("one too many", p.PutExport(ctx, begin("h", acme.ID, "person 5", 30), limit), fault.TooMany)
	p.ok("RemoveExport of another enterprise", p.RemoveExport(ctx, globex.ID, "f"))
	if s := status("f", acme.ID, 31); s != directory.ExportWaiting {
		t.Errorf("removed from another enterprise: %s", s)
	}
	p.ok("RemoveExport", p.RemoveExport(ctx, acme.ID, "f"))
	p.refused("NoteExport of a removed one", p.NoteExport(ctx, begin("f", acme.ID, "person 5", 30)), fault.NotFound)
	p.refused("a chunk of a removed one", p.PutExportChunk(ctx, "f", 0, []byte("f"), limit), fault.NotFound)
	// An erasure removes all of its enterprise's.
	p.ok("Erase", p.Erase(ctx, directory.Erasure{Enterprise: acme.ID, Pseudonym: "p", Identities: []directory.Identity{{Enterprise: acme.ID, UserID: "7"}}}))
	for id, enterprise := range map[string]int64{"a": acme.ID, "c": acme.ID, "g": acme.ID} {
		if s := status(id, enterprise, 31); s != "gone" {
			t.Errorf("after the erasure %s is %s", id, s)
		}
	}
	_, err = p.ExportChunk(ctx, "a", 0)
	p.refused("chunk after an erasure", err, fault.NotFound)
	p.ok("Sweep", p.Sweep(ctx, at(1012)))
	if s := status("d", globex.ID, 13); s != "gone" {
		t.Errorf("expired, but %s", s)
	}
	p.ok("PutExport", p.PutExport(ctx, begin("i", globex.ID, "person 5", 2000), limit))
	p.ok("RemoveExports", p.RemoveExports(ctx, globex.ID))
	if s := status("i", globex.ID, 2001); s != "gone" {
		t.Errorf("removed, but %s", s)
	}
}
