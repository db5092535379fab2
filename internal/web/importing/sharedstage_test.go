package importing

import (
	"net/http"
	"os"
	"path"
	"reflect"
	"strings"
	"testing"

	"codegauge/internal/database/databasetest"
	"codegauge/internal/directory"
	"codegauge/internal/directory/sqldirectory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/webtest"
)

// replicas returns the pages of two processes that share a database.
func replicas(t *testing.T, maxUploads int64) (one, two http.Handler, data *webtest.Fake, dir *sqldirectory.Directory) {
	t.Helper()
	data = webtest.New()
	target := databasetest.New(t, databasetest.Postgres)
	page := func() http.Handler {
		dir = sqldirectory.New(target.Open(t))
		p := pagesOver(t, data, shell.Options{StageDir: t.TempDir(), Expiring: dir, Uploads: dir, MaxUploads: maxUploads})
		t.Cleanup(func() {
			if entries, _ := os.ReadDir(p.stage.root); len(entries) != 0 {
				t.Errorf("uploads left %v", entries)
			}
		})
		return served(p)
	}
	return page(), page(), data, dir
}

func TestUploadIsImportedByAnotherReplica(t *testing.T) {
	one, two, data, dir := replicas(t, 0)
	content := strings.Repeat("{\"a line\": true}\n", 200_000) // several chunks
	for _, c := range []struct {
		confirmed, again http.Handler
	}{{two, one}, {one, two}} {
		data.Imports, data.Bodies = nil, nil
		w := upload(t, one, "/enterprises/acme/import", "a b.json", content, map[string]string{"tool": "cursor", "scope": "enterprise", "org": "web", "alias": "1"})
		m := confirmAction.FindStringSubmatch(w.Body.String())
		if m == nil {
			t.Fatalf("status %d: no form to confirm", w.Code)
		}
		if w := post(c.confirmed, m[1]); w.Code != http.StatusSeeOther {
			t.Fatalf("commit: status %d", w.Code)
		}
		if len(data.Imports) != 2 || data.Bodies[1] != content {
			t.Fatalf("%d imports, the last of %d bytes", len(data.Imports), len(data.Bodies[len(data.Bodies)-1]))
		}
		before, after := data.Imports[0], data.Imports[1]
		if in := after.Inputs[0]; in.Name != "a b.json" || in.Size != int64(len(content)) || after.Preview {
			t.Errorf("commit asked for %+v", after)
		}
		before.Preview, before.Inputs, after.Inputs = false, nil, nil
		if !reflect.DeepEqual(before, after) {
			t.Errorf("commit asked for %+v, the preview for %+v", after, before)
		}
		if w := post(c.again, m[1]); w.Code != http.StatusNotFound {
			t.Errorf("second commit: status %d, want 404", w.Code)
		}
		if _, err := dir.ReadChunk(t.Context(), directory.SecretKey(path.Base(m[1])), 0); fault.KindOf(err) != fault.NotFound {
			t.Errorf("chunks are left: %v", err)
		}
	}
}

func TestUploadsOfReplicasHaveAQuota(t *testing.T) {
	one, two, _, _ := replicas(t, 100)
	try := func(h http.Handler, size, want int) string {
		t.Helper()
		w := upload(t, h, "/enterprises/acme/import", "a.json", strings.Repeat("x", size), nil)
		if w.Code != want {
			t.Errorf("%d bytes: status %d, want %d", size, w.Code, want)
		}
		if m := confirmAction.FindStringSubmatch(w.Body.String()); m != nil {
			return m[1]
		}
		return ""
	}
	try(one, 101, http.StatusRequestEntityTooLarge)
	at := try(one, 60, http.StatusOK)
	try(two, 60, http.StatusServiceUnavailable)
	if w := post(two, at+"/discard"); w.Code != http.StatusSeeOther {
		t.Errorf("discard: status %d", w.Code)
	}
	try(two, 60, http.StatusOK)
}

// TestSharedRequestIsWhole fills every field of a request.
func TestSharedRequestIsWhole(t *testing.T) {
	dir := sqldirectory.New(databasetest.Open(t, databasetest.SQLite))
	s := &sharedStage{kept: dir, uploads: dir, quota: 1}
	var want intake.Request
	for v, i := reflect.ValueOf(&want).Elem(), 0; i < v.NumField(); i++ {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(v.Type().Field(i).Name)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice, reflect.Func, reflect.Pointer: // its files; who is told; what no upload is
		default:
			t.Fatalf("a request has a %s: %s", f.Kind(), v.Type().Field(i).Name)
		}
	}
	want.Preview = false
	token, err := s.hold(t.Context(), &staged{stage: &stage{used: map[string]int64{}}, request: want, dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	up, err := s.take(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(up.request, want) {
		t.Errorf("got %+v, want %+v", up.request, want)
	}
}
