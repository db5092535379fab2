package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/database"
	"codegauge/internal/database/databasetest"
	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/metric"
	"codegauge/internal/question"
	"codegauge/internal/report"
	"codegauge/internal/sample"
	"codegauge/internal/store"
)

// kept is a database with the enterprise acme, kept with people or without them.
type kept struct {
	t   *testing.T
	app *app
	*stores
	ctx context.Context
}

// newKept makes the database of an engine with the enterprise.
func newKept(t *testing.T, engine string, without bool) *kept {
	t.Helper()
	options := map[string]string{"people_keys": filepath.Join(t.TempDir(), "keys")}
	if engine == databasetest.Postgres {
		at := databasetest.New(t, engine)
		at.Open(t)
		options["database"] = at.URL
	}
	k := &kept{t: t, app: newTestAppWith(t, options), ctx: access.With(t.Context(), access.NewOperator())}
	k.open()
	t.Cleanup(func() { k.stores.Close() })
	if _, err := k.admin().PutEntity(k.ctx, admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: "acme"}, New: true, WithoutPeople: without}); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kept) open() {
	k.t.Helper()
	var err error
	now := func() time.Time { return time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC) }
	if k.stores, err = k.app.openStores(k.t.Context(), storeOptions{Log: k.app.quiet(), Now: now}); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kept) operator() context.Context { return k.ctx }

// analyst is somebody who may see figures and no people.
func (k *kept) analyst() context.Context {
	k.t.Helper()
	e, err := k.Entity(k.ctx, question.Parameters{Enterprise: "acme"})
	if err != nil {
		k.t.Fatal(err)
	}
	return access.With(k.t.Context(), access.NewProgram(e.ID, access.ViewEnterprise, access.ViewOrganization, access.ViewTeam))
}

func (k *kept) admin() *admin.Admin {
	return admin.New(k.directory, k.product, nil).WithKeys(k.peopleKeys)
}

func (k *kept) bring(name, text string) (*intake.Report, error) {
	return k.Import(k.ctx, intake.Request{Enterprise: "acme", Inputs: []report.Input{{Name: name, Size: -1,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}})
}

// eachRow calls f with every value of a table, row by row, and the name of its column.
func eachRow(t *testing.T, db *database.DB, table string, f func(column string, value any)) {
	t.Helper()
	err := database.Each(t.Context(), db, func(rows *sql.Rows) error {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return err
		}
		for i, v := range values {
			f(columns[i], *v.(*any))
		}
		return nil
	}, `SELECT * FROM `+table)
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
}

// contents lists every value of every table, with what is packed in it.
func (k *kept) contents() string {
	k.t.Helper()
	list := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if !k.database.Embedded() {
		list = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	tables, err := database.Collect(k.ctx, k.database, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) }, list)
	if err != nil || len(tables) < 20 {
		k.t.Fatalf("tables %q: %v", tables, err)
	}
	var out bytes.Buffer
	for _, table := range tables {
		eachRow(k.t, k.database, table, func(_ string, value any) {
			if b, ok := value.([]byte); ok {
				out.Write(b)
				out.Write(unpacked(b))
			} else {
				fmt.Fprint(&out, value)
			}
			out.WriteByte('\n')
		})
	}
	return strings.ToLower(out.String())
}

// cohort is reports of people, in parts that come one after the other, and who they are: in
// every way in which a report says it.
type cohort struct {
	parts []string
	// logins and ids are whose records there are, names everything that names them, and own
	// are the logins of one person.
	logins, ids, names, own []string
}

func newCohort(t *testing.T) *cohort {
	t.Helper()
	end, err := day.Parse("2026-05-31")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range sample.New(sample.Config{Users: 30, Days: 24, Seed: 5, End: end, Demo: true}).Files() {
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, b.String())
	}
	c, userID, userLogin := &cohort{}, regexp.MustCompile(`"user_id":"?([^",]+)`), regexp.MustCompile(`"user_login":"([^"]+)`)
	people, holders := map[string]string{}, map[string]map[string]bool{} // logins by id, and ids by login
	for _, text := range lines {
		for line := range strings.Lines(text) {
			id, login := userID.FindStringSubmatch(line), userLogin.FindStringSubmatch(line)
			if id == nil || login == nil {
				continue
			}
			people[id[1]] = login[1]
			if holders[login[1]] == nil {
				holders[login[1]] = map[string]bool{}
			}
			holders[login[1]][id[1]] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(people)) {
		login := people[id]
		c.ids, c.logins = append(c.ids, "5550"+id), append(c.logins, login)
		c.names = append(c.names, "5550"+id, login, "mail."+login[1:], "Family "+login[1:])
		if len(holders[login]) == 1 {
			c.own = append(c.own, login)
		}
	}
	if len(c.ids) < 25 {
		t.Fatalf("only %d people", len(c.ids))
	}
	id := regexp.MustCompile(`"(user_id|id)":("?)(` + strings.Join(slices.Collect(maps.Keys(people)), "|") + `)\b`)
	said := regexp.MustCompile(`"user_login":"(.)([^"]+)"`)
	for _, text := range lines {
		text = id.ReplaceAllString(text, `"$1":${2}5550$3`)
		text = said.ReplaceAllString(text, `"user_login":"$1$2","mail":"mail.$2@acme.example","owner":{"name":"Family $2","contact":["$1$2"]}`)
		text = strings.ReplaceAll(text, `"totals_by_ide":[{`, fmt.Sprintf(`"totals_by_ide":[{"author":%q,`, "Family "+c.logins[0][1:]))
		if n := len(c.parts); n == 0 || len(c.parts[n-1]) > 1<<18 || strings.Contains(text, `"seats":`) {
			c.parts = append(c.parts, "")
		}
		c.parts[len(c.parts)-1] += text
	}
	// Seats in two pages, and the CSV list, whose people are found by their logins alone.
	for page := range 2 {
		var seats []string
		for i := page; i < 20; i += 2 {
			seats = append(seats, fmt.Sprintf(`{"created_at":"2026-01-0%d","last_activity_at":"2026-05-1%dT01:02:03Z","last_activity_editor":"vscode/1.99","plan_type":"business","pending_cancellation_date":null,`+
				`"assignee":{"login":%q,"id":%s,"html_url":"https://github.com/%[5]s","type":"User"},"organization":{"login":"core","id":90211004},"note":%[5]q}`, i%9+1, i%10, strings.ToUpper(c.logins[i]), c.ids[i], c.logins[i]))
		}
		c.parts = append(c.parts, `{"total_seats":20,"seats":[`+strings.Join(seats, ",")+`]}`)
	}
	list := "Report Time,Login,Last Authenticated At,Last Activity At,Last Surface Used\n"
	for i, login := range c.logins[:22] {
		list += fmt.Sprintf("2026-06-01T00:00:00Z,%s,None,2026-05-2%dT01:02:03Z,vscode/1.99\n", login, i%10)
	}
	c.parts = append(c.parts, list)
	// Corrections, and lines that are refused or warned of, with names in them.
	c.parts = append(c.parts, fmt.Sprintf(`{"day":"2026-05-20","user_id":%s,"user_login":%q,"enterprise_id":"4021","created_at":"2026-06-05T00:00:00Z","loc_added_sum":7,"used_chat":%[2]q}
{"day":"2026-05-20","user_login":%[2]q,"loc_added_sum":"%[2]s"}
{"day":"2026-05-20","repo_id":5,"enterprise_id":"4021","owner":%[2]q,"user_id":%[1]s}
not JSON: %[2]s
`, c.ids[0], c.logins[0]))
	return c
}

// in lists which of the cohort's names are in a text in lower case.
func (c *cohort) in(text string) (out []string) {
	for _, name := range c.names {
		if strings.Contains(text, strings.ToLower(name)) {
			out = append(out, name)
		}
	}
	return out
}

// answers asks everything that names nobody, as somebody.
func (k *kept) answers(ctx context.Context) map[string]any {
	k.t.Helper()
	out := map[string]any{}
	keep := func(what string, answer any, err error) {
		if err != nil {
			answer = "refused: " + err.Error()
		}
		b, err := json.Marshal(answer)
		if err != nil {
			k.t.Fatal(err)
		}
		var plain any
		if err := json.Unmarshal(b, &plain); err != nil {
			k.t.Fatal(err)
		}
		out[what] = withoutPlace(plain)
	}
	var measures []string
	for _, m := range metric.Measures {
		measures = append(measures, m.Name)
	}
	bys := [][]string{nil}
	for _, d := range metric.Dimensions {
		if d.Name != "user" {
			bys = append(bys, []string{d.Name})
		}
	}
	bys = append(bys, []string{"organization"}, []string{"team"}, []string{"day"}, []string{"week"}, []string{"organization", "day"}, []string{"model", "day"}, []string{"tool", "day"})
	for _, place := range []question.Parameters{{}, {Org: "core"}} {
		for _, by := range bys {
			asked := [][]string{{"active_users"}, {"loc_changed", "loc_added", "loc_deleted"}, {"agent_contribution", "agent_contribution_max"}, {"generations", "acceptances"}}
			if by == nil {
				asked = nil
				for _, one := range measures {
					asked = append(asked, []string{one})
				}
			}
			for _, list := range asked {
				w := place
				w.Measures, w.By, w.From, w.To = list, by, "2026-05-04", "2026-05-31"
				answer, err := k.Query(ctx, w)
				for fault.KindOf(err) == fault.Unavailable { // weeks are judged in the background
					time.Sleep(100 * time.Millisecond)
					answer, err = k.Query(ctx, w)
				}
				keep(fmt.Sprint(place.Org, by, list), answer, err)
			}
		}
		place.From, place.To = "2026-05-04", "2026-05-31"
		use, err := k.SeatUse(ctx, place)
		if use != nil {
			use.Seats = nil
		}
		keep("seats "+place.Org, use, err)
		st, err := k.Status(ctx, place)
		keep("status "+place.Org, st, err)
		c, err := k.Coverage(ctx, place)
		if c != nil {
			for _, logins := range []any{c.Below, c.NotCounted, c.NotUnderstood, c.Faults} {
				forget(reflect.ValueOf(logins))
			}
		}
		keep("coverage "+place.Org, c, err)
		r, err := k.Reconcile(ctx, place)
		keep("reconcile "+place.Org, r, err)
	}
	return out
}

// forget empties the lists of logins in a value.
func forget(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			forget(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).Name == "Logins" {
				f.SetZero()
			} else if f.CanSet() {
				forget(f)
			}
		}
	}
}

// withoutPlace takes out of an answer what tells the enterprises apart.
func withoutPlace(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			if name == "PeopleKey" || name == "Created" || name == "Imported" {
				delete(v, name)
			} else {
				v[name] = withoutPlace(v[name])
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutPlace(v[i])
		}
	}
	return v
}

// TestWithoutPeople brings the same reports into an enterprise with people and into one that
// is kept without them: whatever names nobody has the same answer, and nothing that names
// somebody is anywhere in the database of the second.
func TestWithoutPeople(t *testing.T) {
	c := newCohort(t)
	for _, engine := range databasetest.Engines {
		t.Run(engine, func(t *testing.T) {
			with, without := newKept(t, engine, false), newKept(t, engine, true)
			asked, refused := 0, 0
			compare := func(when string) {
				t.Helper()
				for _, who := range []func(*kept) context.Context{(*kept).operator, (*kept).analyst} {
					a, b := with.answers(who(with)), without.answers(who(without))
					for what, answer := range a {
						asked++
						if text, ok := answer.(string); ok && strings.HasPrefix(text, "refused") {
							refused++
						}
						if !reflect.DeepEqual(answer, b[what]) {
							x, _ := json.Marshal(answer)
							y, _ := json.Marshal(b[what])
							t.Errorf("%s: %s: with people\n%.600s\nwithout\n%.600s", when, what, x, y)
						}
					}
				}
			}
			both := func(do func(k *kept) error) {
				t.Helper()
				for _, k := range []*kept{with, without} {
					if err := do(k); err != nil {
						t.Fatal(err)
					}
				}
			}
			var tell [2]*intake.Report
			for i, text := range c.parts {
				for n, k := range []*kept{with, without} {
					var err error
					if tell[n], err = k.bring(c.logins[0]+".ndjson", text); err != nil {
						t.Fatalf("part %d: %v", i, err)
					}
				}
				if a, b := tell[0], tell[1]; !reflect.DeepEqual(a.Days, b.Days) || !reflect.DeepEqual(a.Records, b.Records) || a.Users != b.Users || a.RejectedTotal != b.RejectedTotal {
					t.Errorf("part %d did different things:\n%+v\n%+v", i, a, b)
				}
			}
			compare("imported")
			both(func(k *kept) error {
				l, err := k.bring("again", c.parts[0])
				if err == nil && len(l.Days) > 0 && slices.ContainsFunc(l.Days, func(d store.DayChange) bool { return d.Before != d.After }) {
					err = fmt.Errorf("importing again changed %+v", l.Days)
				}
				return err
			})
			got := c.in(with.contents())
			if len(got) < len(c.names)*4/5 {
				t.Errorf("with people only %d of %d names are found: the search says nothing", len(got), len(c.names))
			}
			scan := func(when string) {
				t.Helper()
				if got := c.in(without.contents()); got != nil {
					t.Errorf("%s: the tables hold %q", when, got)
				}
			}
			scan("imported")

			both(func(k *kept) error {
				_, err := k.Delete(k.ctx, intake.DeleteRequest{Enterprise: "acme", User: strings.ToUpper(c.own[3])})
				return err
			})
			both(func(k *kept) error {
				_, err := k.Delete(k.ctx, intake.DeleteRequest{Enterprise: "acme", User: "id:" + c.ids[4]})
				return err
			})
			both(func(k *kept) error {
				_, err := k.admin().Erase(k.ctx, admin.EraseRequest{Users: []string{c.own[5]}})
				return err
			})
			both(func(k *kept) error {
				_, err := k.admin().Erase(k.ctx, admin.EraseRequest{Users: []string{c.ids[6]}})
				return err
			})
			for _, text := range c.parts { // which brings nobody back who was erased
				both(func(k *kept) error { _, err := k.bring("again", text); return err })
			}
			compare("deleted and erased")
			scan("deleted and erased")
			t.Logf("%d answers were the same, %d of them refusals", asked, refused)
			if asked-refused < 300 {
				t.Error("that is too little to say anything")
			}

			both(func(k *kept) error { return k.stores.Close() })
			if engine == databasetest.SQLite {
				if left := found(t, without.app.cfg.Data, c.names); left != nil {
					t.Errorf("the files hold %q", left)
				}
				if found(t, with.app.cfg.Data, c.names) == nil {
					t.Error("nothing is found in the files with people either")
				}
			}
			both(func(k *kept) error { k.open(); return nil })
		})
	}
}

// TestPeopleKey imports into an enterprise without people with its key missing, replaced by
// another one, and where others can read it.
func TestPeopleKey(t *testing.T) {
	k := newKept(t, databasetest.SQLite, true)
	path := filepath.Join(k.app.cfg.PeopleKeys, "acme.key")
	const line = `{"day":"2026-05-01","user_id":1,"user_login":"ann","enterprise_id":"7","loc_added_sum":1}`
	if _, err := k.bring("x", line); err != nil {
		t.Fatal(err)
	}
	right, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what, says string) {
		t.Helper()
		l, err := k.bring("x", strings.Replace(line, "05-01", "05-02", 1))
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %+v, %v", what, l, err)
		}
		if _, err := k.Delete(k.ctx, intake.DeleteRequest{Enterprise: "acme", User: "ann"}); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: deleting: %v", what, err)
		}
	}
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	write(string(right), 0o644)
	refused("a key that others can read", "0644")
	write(string(right), 0o640)
	refused("a key that the group can read", "0640")
	write(rand.Text()+rand.Text(), 0o600)
	refused("another key", "not the key")
	write("short", 0o600)
	refused("half a key", "5 characters")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refused("no key", "missing")
	write(strings.TrimSpace(string(right)), 0o400)
	if l, err := k.bring("x", strings.Replace(line, "05-01", "05-02", 1)); err != nil || l.Users != 1 {
		t.Errorf("the right key: %+v, %v", l, err)
	}
	if answer, err := k.Query(k.ctx, question.Parameters{Measures: []string{"active_users"}, From: "2026-05-01", To: "2026-05-02"}); err != nil || fmt.Sprint(answer.Rows) != "[[1]]" {
		t.Errorf("one person of two days: %+v, %v", answer, err)
	}
}

// TestWithoutPeopleRefuses asks an enterprise without people for what it does not have, and
// to have people after all.
func TestWithoutPeopleRefuses(t *testing.T) {
	m := newMatrixWithout(t)
	operator := asker{header: bearer(m.credential)}
	owner := asker{cookie: true, header: m.session(false, access.EnterpriseOwner, "")}
	gone := 0
	for _, rule := range access.Table {
		method, _, _ := strings.Cut(rule.Pattern, " ")
		if method != http.MethodGet {
			continue
		}
		for _, at := range m.targets(rule) {
			for name, a := range map[string]asker{"the operator": operator, "an owner": owner} {
				status, answer := m.ask(a, method, at.path)
				for _, person := range []string{"canary-checkout-login", "canary-plant-login", "canary-ranking-login"} {
					if strings.Contains(answer, person) {
						t.Errorf("%s: %s tells of %s", name, at.path, person)
					}
				}
				about := rule.At == access.InPath && rule.Shows == access.People && (rule.Need == access.ViewPeople || rule.Need == access.Manage) ||
					rule.At == access.InQuery && at.people && !(at.export && name == "the operator")
				if about && at.place != "" {
					gone++
					if status != http.StatusNotFound || !strings.Contains(answer, "without people") {
						t.Errorf("%s: %s is %d", name, at.path, status)
					}
				} else if status >= 500 {
					t.Errorf("%s: %s is %d", name, at.path, status)
				}
				if strings.Contains(answer, "/insights/users") && rule.Pattern != "GET /api/v1/openapi.json" {
					t.Errorf("%s: %s leads to people", name, at.path)
				}
			}
		}
	}
	if gone < 50 {
		t.Errorf("only %d requests were about people", gone)
	}

	do, ctx := admin.New(m.stores.directory, m.stores.product, nil).WithKeys(m.stores.peopleKeys), access.With(t.Context(), access.NewOperator())
	acme, on, off := access.ScopeNames{Enterprise: "acme"}, true, false
	if _, err := do.AddUser(ctx, admin.AddUserRequest{ScopeNames: acme, Email: "ann@acme.example"}); err != nil {
		t.Fatal(err)
	}
	ann := admin.UserRequest{ScopeNames: acme, User: "ann@acme.example"}
	for what, err := range map[string]error{
		"per-person views": second(do.SetPrivacy(ctx, admin.PrivacyRequest{ScopeNames: acme, PersonViews: &on, Reason: "x"})),
		"names":            second(do.SetPrivacy(ctx, admin.PrivacyRequest{ScopeNames: acme, Pseudonyms: &off, Reason: "x"})),
		"identities":       second(do.Identities(ctx, acme)),
		"a link":           second(do.Link(ctx, admin.LinkRequest{UserRequest: ann, Tool: "copilot", UserID: "1"})),
		"a file of people": second(do.ImportPeople(ctx, admin.ImportRequest{ScopeNames: acme, CSV: "email,github_login\nx@y.example,canary-checkout-login\n", Apply: true})),
		"a person's token": second(do.CreateToken(ctx, admin.TokenRequest{ScopeNames: acme, Scopes: []string{"ingest"}, User: "1"})),
		"a second time":    second(do.PutEntity(ctx, admin.EntityRequest{ScopeNames: acme, New: true, WithoutPeople: true})),
		"an organization":  second(do.PutEntity(ctx, admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: "acme", Org: "new"}, New: true, WithoutPeople: true})),
		"with people after all": func() error {
			e := m.entities["acme"]
			e.PeopleKey = ""
			return m.stores.directory.Put(ctx, []directory.Entity{e})
		}(),
	} {
		if kind := fault.KindOf(err); kind != fault.NotFound && kind != fault.Conflict && kind != fault.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	statement, err := do.Statement(ctx, acme)
	if err != nil || !strings.Contains(strings.Join(statement.Sentences, "\n"), "kept without people") {
		t.Errorf("%+v, %v", statement, err)
	}
}

func second[T any](_ T, err error) error { return err }

// newMatrixWithout is newMatrix with enterprises that are kept without people.
func newMatrixWithout(t *testing.T) *matrix {
	t.Helper()
	return makeMatrix(t, nil, func(m *matrix) {
		do := admin.New(m.stores.directory, m.stores.product, nil).WithKeys(m.stores.peopleKeys)
		for _, name := range []string{"acme", "globex"} {
			_, err := do.PutEntity(access.With(t.Context(), access.NewOperator()), admin.EntityRequest{ScopeNames: access.ScopeNames{Enterprise: name}, New: true, WithoutPeople: true})
			m.fatal(err)
		}
	})
}
