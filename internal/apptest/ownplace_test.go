package apptest

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// TestOwnPlace asks, as a member of the demo, for their place among others: it is where their
// figures are among those that a command lists, and it goes as it came.
func TestOwnPlace(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1280, 900, "light")
	call(p, network.SetCookie, network.SetCookieParams{Name: "codegauge_demo_role", Value: "member", URL: demo.url})
	p.open("/me/acme")
	if eval[bool](p, `document.querySelector("#place .quarters") !== null`) {
		t.Fatal("the place is shown unasked")
	}
	p.follow("show", `#place button[value="show-place"]`)
	got := eval[[]string](p, `[...document.querySelectorAll("#place dd")].map((d) => [...d.querySelectorAll("rect")].findIndex((r) => r.classList.contains("here")) + " " + d.textContent.trim())`)
	me := eval[string](p, `document.querySelector("#identities td span").firstChild.textContent.trim()`)
	from, to := ownPlaceWindow(p)
	// As the operator asks, who has no pseudonyms.
	asked := func(measure string, by ...string) []map[string]string {
		return commandRows(t, "own place", url.Values{"enterprise": {"acme"}, "measures": {measure}, "by": by, "where": {"tool=copilot"}, "from": {from}, "to": {to}})
	}
	lines, days := map[string]float64{}, map[string]float64{}
	for _, row := range asked("loc_changed", "user") {
		if n, err := strconv.ParseFloat(row["loc_changed"], 64); err == nil {
			lines[row["user"]] = n
		}
	}
	for _, row := range asked("daily_active_users", "user", "day") {
		if row["daily_active_users"] == "1" {
			days[row["user"]]++
		}
	}
	if days[me] == 0 || len(days) < 100 {
		t.Fatalf("%s was active on %v days, of %d people", me, days[me], len(days))
	}
	for i, figures := range []map[string]float64{lines, days} {
		less := 0
		for _, n := range figures {
			if n < figures[me] {
				less++
			}
		}
		words := []string{"Lowest quarter", "Second-lowest quarter", "Second-highest quarter", "Highest quarter"}
		quarter := 4 * less / len(figures)
		if want := strconv.Itoa(quarter) + " " + words[quarter]; len(got) != 2 || got[i] != want {
			t.Errorf("row %d: the page says %q, want %q: of %d people %d have less than %v", i, got, want, len(figures), less, figures[me])
		}
	}
	p.open("/me/acme")
	p.follow("hide", `#place button[value="hide-place"]`)
	if eval[bool](p, `document.querySelector("#place .quarters") !== null`) {
		t.Error("the place is still shown")
	}
	p.clean("own place")
}

// ownPlaceWindow reads the days that the place is of.
func ownPlaceWindow(p *tab) (from, to string) {
	p.Helper()
	words := eval[string](p, `document.querySelector("#place .sum").textContent`)
	_, span, _ := strings.Cut(words, "others, ")
	return eval[string](p, `(() => {
		const [from, to] = `+strconv.Quote(span)+`.split(" – "), end = new Date(to + " UTC");
		const begin = new Date((/[A-Z]/.test(from) ? from : from + " " + to.split(" ")[1]) + (/\d{4}/.test(from) ? "" : " " + end.getUTCFullYear()) + " UTC");
		return begin.toISOString().slice(0, 10);
	})()`), eval[string](p, `new Date(`+strconv.Quote(span)+`.split(" – ")[1] + " UTC").toISOString().slice(0, 10)`)
}
