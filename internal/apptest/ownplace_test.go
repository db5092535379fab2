package apptest

import (
	"net/url"
	"slices"
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
	user := eval[string](p, `document.querySelector("#identities td small").textContent`)
	from, to := ownPlaceWindow(p)
	asked := func(where ...string) []map[string]string { // as the operator, who has no pseudonyms
		return commandRows(t, "own place", url.Values{"enterprise": {"acme"}, "measures": {"loc_changed"}, "by": {"user"}, "where": append([]string{"tool=copilot"}, where...), "from": {from}, "to": {to}})
	}
	rows, mine := asked(), asked("user="+user)
	var lines []float64
	for _, row := range rows {
		if n, err := strconv.ParseFloat(row["loc_changed"], 64); err == nil {
			lines = append(lines, n)
		}
	}
	slices.Sort(lines)
	if len(mine) == 0 {
		t.Fatalf("%s has no records from %s to %s", user, from, to)
	}
	own, err := strconv.ParseFloat(mine[0]["loc_changed"], 64)
	if err != nil || len(lines) < 100 || len(mine) != 1 {
		t.Fatalf("%d people, own %v: %v", len(lines), mine, err)
	}
	less := slices.IndexFunc(lines, func(n float64) bool { return n >= own })
	words := []string{"Lowest quarter", "Second-lowest quarter", "Second-highest quarter", "Highest quarter"}
	quarter := 4 * less / len(lines)
	if want := strconv.Itoa(quarter) + " " + words[quarter]; len(got) != 2 || got[0] != want {
		t.Errorf("the page says %q, want %q: %d of %d have less", got, want, less, len(lines))
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
