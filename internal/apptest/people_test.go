package apptest

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pageRow is a row of a page's table: its key, and the figures of its cells.
type pageRow struct {
	Key   string
	Cells []string
}

// readTable returns the rows of a table's body and foot.
func readTable(p *tab, selector string) []pageRow {
	p.Helper()
	return eval[[]pageRow](p, `[...document.querySelectorAll("`+selector+` tbody tr, `+selector+` tfoot tr")].map((r) => ({
		key: r.dataset.key ?? "", cells: [...r.querySelectorAll("td.n")].map((c) => c.dataset.value ?? "") }))`)
}

// entityColumns are the columns of tables of organizations and teams that are measures, by the
// columns of their files; lines per active user are of teams alone.
var entityColumns = []string{"loc_changed", "agent_contribution", "active_users", "lines_changed_per_active_user", "share_of_seats", "acceptance_rate", "ai_credits_usd", "later_phases", "complete_to"}

// TestEntitiesAgree compares the tables of organizations and teams with their files, with the
// API, and with what Impact says of phases, as somebody who may view people and as somebody who
// may not, and adds their rows up.
func TestEntitiesAgree(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	text := func(address string) string {
		return eval[string](p, `fetch("`+strings.TrimPrefix(address, basePath)+`").then((r) => r.text())`)
	}
	for _, c := range []struct{ role, path string }{
		{"enterprise-owner", insights + "teams"}, {"enterprise-owner", insights + "teams?days=90&compare=1&sort=loc_changed"}, {"enterprise-owner", "/orgs/payments/insights/teams"},
		{"enterprise-owner", insights + "teams?where=organization%3Dweb&sort=later_phases"}, {"enterprise-owner", insights + "teams?where=language%3Dpython"},
		{"enterprise-owner", insights + "organizations"}, {"enterprise-owner", insights + "organizations?days=7&sort=complete_to"}, {"enterprise-owner", insights + "organizations?where=tool%3Dcopilot"},
		{"enterprise-owner", insights + "organizations?where=language%3Dpython"}, {"enterprise-owner", "/orgs/payments/insights/organizations"},
		{"billing-manager", insights + "teams"}, {"billing-manager", insights + "organizations"}, {"organization-owner", "/orgs/payments/insights/teams"},
	} {
		at := c.role + " " + c.path
		p.as(c.role)
		p.open(c.path)
		kind := "team"
		if strings.Contains(c.path, "/organizations") {
			kind = "organization"
		}
		rows := readTable(p, "#"+kind+"s")
		link := eval[string](p, `document.querySelector('details.export a[href*="file="]').getAttribute("href")`)
		file := parseCSV(t, at, text(link)).rows
		if len(file) != len(rows) || len(rows) == 0 {
			t.Fatalf("%s: %d rows on the page, %d in the file", at, len(rows), len(file))
		}
		columns := slices.DeleteFunc(slices.Clone(entityColumns), func(c string) bool { return kind == "organization" && c == "lines_changed_per_active_user" })
		lines, credits := 0.0, 0.0
		byKey := map[string]map[string]string{}
		for i, row := range rows {
			of := file[slices.IndexFunc(file, func(r map[string]string) bool {
				return r[kind] == row.Key && (row.Key != "" || (r["row"] == "total") == (i == len(rows)-1))
			})]
			for n, name := range columns {
				if name == "complete_to" {
					if (of[name] == "") != (row.Cells[n] == "") {
						t.Errorf("%s: %q of %s in the file, %q on the page", at, of[name], row.Key, row.Cells[n])
					}
				} else if of[name] != row.Cells[n] {
					t.Errorf("%s: %s of %q is %q on the page, %q in the file", at, name, row.Key, row.Cells[n], of[name])
				}
			}
			if of["row"] == "total" {
				if total := figure(t, of["loc_changed"]); lines != total {
					t.Errorf("%s: the rows add up to %v lines, the total is %v", at, lines, total)
				}
				if total := figure(t, of["ai_credits"]); math.Abs(credits-total) > 1e-6 {
					t.Errorf("%s: the rows add up to %v credits, the total is %v", at, credits, total)
				}
				continue
			}
			byKey[row.Key] = of
			lines, credits = lines+figure(t, of["loc_changed"]), credits+figure(t, of["ai_credits"])
		}
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		q := url.Values{"enterprise": {"acme"}, "from": u.Query()["from"], "to": u.Query()["to"], "where": u.Query()["where"], "format": {"csv"}}
		if strings.HasPrefix(c.path, "/orgs/payments/") {
			q.Set("org", "payments")
		}
		for _, measure := range []string{"loc_changed", "agent_contribution", "active_users", "acceptance_rate", "ai_credits"} {
			if measure == "ai_credits" && strings.Contains(c.path, "language") {
				continue
			}
			asked := maps.Clone(q)
			asked.Set("measures", measure)
			if !(kind == "organization" && q.Has("org")) {
				asked.Set("by", kind)
			}
			for _, row := range parseCSV(t, at, text("/api/v1/query?"+asked.Encode())).rows {
				key := row[kind]
				if !asked.Has("by") {
					key = "payments"
				}
				if got := byKey[key][measure]; got != row[measure] {
					t.Errorf("%s: %s of %q is %q on the page, %q over the API", at, measure, key, got, row[measure])
				}
			}
		}
		told := 0
		for key, of := range byKey {
			if of["row"] != kind || c.role != "enterprise-owner" || len(q["where"]) > 0 && !slices.Contains(q["where"], "tool=copilot") {
				continue
			}
			asked := maps.Clone(q)
			asked.Set("figures", "phases")
			if asked.Set("org", key); kind == "team" {
				asked.Set("org", of["organization"])
				asked.Set("team", key)
			}
			for _, row := range parseCSV(t, at, text("/api/v1/impact?"+asked.Encode())).rows {
				told++
				if got := of["people_in_"+strings.ReplaceAll(strings.ToLower(row["phase"]), " ", "_")]; got != row["people"] {
					t.Errorf("%s: %q people of %s are in %s here, %q on Impact", at, got, key, row["phase"], row["people"])
				}
			}
		}
		if c.role == "enterprise-owner" && !strings.Contains(c.path, "where") && told == 0 {
			t.Errorf("%s: no phases are compared", at)
		}
	}
	p.as("enterprise-owner")
	p.open(insights + "teams")
	order := eval[[]string](p, `[...document.querySelectorAll("#teams tbody tr[data-key] th a")].map((a) => a.textContent.toLowerCase())`)
	if !slices.IsSorted(order) {
		t.Errorf("teams are not in the order of their names: %v", order)
	}
	p.follow("a team", `#teams tr[data-key=checkout] a`)
	if at := eval[string](p, pathname); at != "/orgs/payments/teams/checkout/insights/code-generation" {
		t.Errorf("the team leads to %s", at)
	}
	p.clean("organizations and teams")
}

// TestUsersAgree compares every page of users with the same question on the
// command line, and one person's page with theirs.
func TestUsersAgree(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	var got []string
	sum := 0.0
	total := 0.0
	for path := insights + "users"; path != ""; path = eval[string](p, `[...document.querySelectorAll(".pager a")].find((a) => a.textContent === "Next")?.getAttribute("href") ?? ""`) {
		p.open(path)
		for _, row := range readTable(p, "#users") {
			if row.Key != "" {
				got = append(got, row.Cells[0])
				sum += figure(t, row.Cells[0])
			}
		}
		rows := readTable(p, "#users")
		total = figure(t, rows[len(rows)-1].Cells[0])
	}
	byName := map[string]string{} // the page has one row of an id that several tools have
	for _, row := range commandRows(t, "users", url.Values{"enterprise": {"acme"}, "measures": {"loc_changed"}, "by": {"user"}}) {
		name, lines := row["user"], row["loc_changed"]
		if before := byName[name]; before != "" && lines != "" {
			lines = strconv.FormatFloat(figure(t, before)+figure(t, lines), 'f', -1, 64)
		} else {
			lines = before + lines
		}
		byName[name] = lines
	}
	delete(byName, "")
	want := slices.Collect(maps.Values(byName))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(got) < 300 {
		t.Errorf("%d people on the pages, %d by the command, or other figures", len(got), len(want))
	}
	if sum != total {
		t.Errorf("people add up to %v lines, the total is %v", sum, total)
	}
	logins := map[string]bool{}
	for _, row := range commandRows(t, "logins", url.Values{"enterprise": {"acme"}, "measures": {"loc_changed"}, "by": {"user"}}) {
		logins[row["user"]] = true
	}
	p.open(insights + "users")
	names := eval[[]string](p, `[...document.querySelectorAll("#users tr[data-key]")].map((r) => r.dataset.key)`)
	for _, name := range names {
		if logins[name] {
			t.Errorf("%s is called by their login, though pseudonyms are on", name)
		}
	}
	p.follow("a person", `#users tr[data-key] a`)
	if !eval[bool](p, `!!document.querySelector("#daily canvas")`) {
		t.Error("a person's page has no chart")
	}
	p.open(settings + "audit?action=people.")
	if log := eval[string](p, `[...document.querySelectorAll('tr[data-action="people.viewed"]')].map((r) => r.textContent).join("\n")`); !strings.Contains(log, "One person's page") || !strings.Contains(log, "times since") {
		t.Errorf("the views in the audit log: %s", log)
	}
	p.clean("users")
}

// TestSeatsAgree compares the counts of seats with the list of them.
func TestSeatsAgree(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	for _, at := range []string{insights, "/orgs/payments/insights/"} {
		p.open(at + "seats")
		rows := readTable(p, "#organizations")
		total := rows[len(rows)-1].Cells
		p.follow("all seats", `#people nav a[href*="state=all"]`)
		list := parseCSV(t, "seats", fetch(t, eval[string](p, `document.querySelector("#people a[download]").getAttribute("href")`))).rows
		groups := []string{"active", "new", "cancelling", "uncertain", "unused", "inactive"}
		counts := map[string]int{}
		for _, row := range list {
			counts[row["group"]]++
		}
		if figure(t, total[0]) != float64(len(list)) || len(list) == 0 {
			t.Errorf("%s: %s seats on the page, the list has %d", at, total[0], len(list))
		}
		for i, group := range groups {
			if figure(t, total[1+i]) != float64(counts[group]) {
				t.Errorf("%s: %s %s on the page, the list has %d", at, total[1+i], group, counts[group])
			}
		}
	}
	p.open(insights + "data-quality")
	seats := eval[string](p, `[...document.querySelectorAll(".facts-list div")].find((d) => d.querySelector("dt").textContent === "Seats").querySelector("dd").textContent`)
	p.open(insights + "seats")
	if got := eval[string](p, `document.querySelector("#organizations tfoot td").textContent`); got != seats {
		t.Errorf("%s seats here, %s on the page of data quality", got, seats)
	}
	p.clean("seats")
}

// TestMyData looks at one's own data as the demo's member, who may see nothing
// else, and finds who looked.
func TestMyData(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	p.open("/")
	p.press("open the switch", `details.demo > summary`)
	p.follow("look as member", `details.demo button[value="member"]`)
	p.open("/me")
	user := eval[string](p, `document.querySelector("#identities td small").textContent`)
	rows := commandRows(t, "me", url.Values{"enterprise": {"acme"}, "measures": {"loc_changed"}, "where": {"user=" + user}})
	lines := eval[string](p, `document.querySelector(".facts-list dd").textContent.replaceAll(",", "")`)
	if len(rows) != 1 || rows[0]["loc_changed"] != lines {
		t.Errorf("my lines are %q, the command answers %v", lines, rows)
	}
	for _, want := range []string{"Edda Owner", "its people do not exist"} {
		if text := eval[string](p, `document.querySelector("main").innerText`); !strings.Contains(text, want) {
			t.Errorf("my page lacks %q", want)
		}
	}
	added := strings.ReplaceAll(eval[string](p, `[...document.querySelectorAll(".facts-list dt")].find((e) => e.innerText === "Added").nextElementSibling.innerText`), ",", "")
	sums := map[string]float64{}
	for _, row := range parseCSV(t, "me", eval[string](p, `fetch(document.querySelector(".title a[download]").href).then((r) => r.text())`)).rows {
		sums[row["breakdown"]] += figure(t, row["loc_added"])
		if row["breakdown"] == "tool" && row["value"] != "copilot" {
			t.Errorf("one's own file has a row of a tool that others use: %v", row)
		}
	}
	for _, by := range []string{"tool", "ide", "feature", "language", "model"} {
		if fmt.Sprint(sums[by]) != added {
			t.Errorf("one's own file adds up to %v by %s, the page says %s", sums[by], by, added)
		}
	}
	if links := eval[[]string](p, `[...document.querySelectorAll("main a[href]:not(.foot a)")].map((a) => a.getAttribute("href")).filter((h) => !h.startsWith("`+basePath+`/me") && !h.startsWith("#"))`); len(links) > 0 {
		t.Errorf("my page leads to what I may not see: %v", links)
	}
	if nav := eval[string](p, `[...document.querySelectorAll(".unfolded a")].map((a) => a.getAttribute("href")).join(" ")`); nav != basePath+"/ "+basePath+"/me" {
		t.Errorf("the member's sidebar is %s", nav)
	}
	p.clean("my data")
}

// figure reads a cell's number, 0 for none.
func figure(t *testing.T, cell string) float64 {
	t.Helper()
	if cell == "" {
		return 0
	}
	f, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// as looks at the demo in a role.
func (p *tab) as(role string) {
	p.Helper()
	p.open("/")
	p.press("open the switch", `details.demo > summary`)
	p.follow("look as "+role, `details.demo button[value="`+role+`"]`)
}

// aPerson returns the address of the first person's page that the users page has.
func aPerson(p *tab) string {
	p.Helper()
	p.open(insights + "users")
	return eval[string](p, `document.querySelector("#users tr[data-key] a").getAttribute("href")`)
}

// rolePages are pages that look otherwise to those who may not view people.
var rolePages = []struct{ role, path string }{
	{"billing-manager", insights + "teams"}, {"billing-manager", insights + "seats"},
	{"billing-manager", "/orgs/mobile/teams/app-foundation/insights/code-generation"},
	{"team-lead", "/orgs/payments/teams/checkout/insights/code-generation"},
	{"team-lead", "/orgs/payments/teams/checkout/insights/code-generation?days=90&compare=1&split=initiator"},
	{"organization-owner", "/orgs/payments/insights/teams"},
}

// TestHidden looks at the demo as the billing manager, who may not view people,
// and as the lead of a team: a team under the minimum is neither a row nor a
// page, the rows still add up, and a team's page has whole weeks.
func TestHidden(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	p.as("billing-manager")
	p.open(insights + "teams")
	rows := readTable(p, "#teams")
	sum := 0.0
	for _, row := range rows[:len(rows)-1] {
		if row.Key == "app-foundation" {
			t.Error("a team of three is a row")
		}
		sum += figure(t, row.Cells[0])
	}
	if total := figure(t, rows[len(rows)-1].Cells[0]); sum != total {
		t.Errorf("the rows add up to %v lines, the total is %v", sum, total)
	}
	if !slices.ContainsFunc(rows, func(r pageRow) bool { return strings.HasPrefix(r.Key, "Other (hidden") }) {
		t.Errorf("no row says that something is hidden: %v", rows)
	}
	p.open("/orgs/mobile/teams/app-foundation/insights/code-generation")
	if text := eval[string](p, `document.querySelector("[data-empty=small]")?.innerText ?? ""`); !strings.Contains(text, "fewer than 5 people") {
		t.Errorf("the page of a team of three says %q", text)
	}
	p.open(insights + "code-generation?where=team%3Dcheckout")
	if value := eval[string](p, `document.querySelector(".tile data")?.value ?? ""`); value == "" || value == "0" || !strings.Contains(eval[string](p, `document.querySelector(".strip")?.innerText ?? ""`), "Whole weeks only") {
		t.Errorf("filtered by team the page has %q lines, or does not say that it has whole weeks only", value)
	}
	p.open(insights + "teams?days=30")
	if readTable(p, "#teams") == nil {
		t.Error("teams of 30 days have no table")
	}
	p.as("team-lead")
	for _, days := range []string{"7", "14", "28", "90"} {
		p.open("/orgs/payments/teams/checkout/insights/code-generation?days=" + days)
		if text := eval[string](p, `document.querySelector(".strip")?.innerText ?? ""`); !strings.Contains(text, "Whole weeks only") {
			t.Errorf("days=%s: the team's page says %q", days, text)
		}
		if value := eval[string](p, `document.querySelector(".tile data")?.value ?? ""`); value == "" || value == "0" {
			t.Errorf("days=%s: the team has %q lines", days, value)
		}
	}
	p.clean("hidden")
}
