package apptest

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/question"
	"codegauge/internal/web/text"
)

// movement is one that the page of organizations names.
type movement struct{ Sentence, Main, Shares, Link, Label string }

const readMovements = `[...document.querySelectorAll("#changes .movement")].map((m) => ({
	sentence: m.querySelector(".said").firstChild.textContent.trim(), main: m.querySelector(".said b").textContent,
	shares: m.querySelector(".causes small").textContent, link: m.querySelector(".said a")?.getAttribute("href") ?? "", label: m.querySelector(".kind").textContent.trim() }))`

// TestWhatChanged finds the demo's step under "What changed": the organization that let agents
// do more, with the figures that the API has of it and with what moved it.
func TestWhatChanged(t *testing.T) {
	p := newTab(t, demo.url)
	p.look(1440, 900, "light")
	p.open(insights + "organizations")
	list := eval[[]movement](p, readMovements)
	var found *movement
	for i := range list {
		if strings.HasPrefix(list[i].Sentence, "Lines of code changed with AI of Platform Engineering rose") {
			found = &list[i]
		}
	}
	if found == nil {
		t.Fatalf("the step is not among %+v", list)
	}
	now := (day.Of(time.Now()) - question.ProvisionalDays + 1).Week() - 28
	lines := func(from day.Day) float64 {
		q := url.Values{"enterprise": {"acme"}, "org": {"platform"}, "measures": {"loc_changed"}, "from": {from.String()}, "to": {(from + 27).String()}, "format": {"csv"}}
		return figure(t, parseCSV(t, "lines", fetch(t, "/api/v1/query?"+q.Encode())).rows[0]["loc_changed"])
	}
	if to, from := text.Compact(lines(now)), text.Compact(lines(now-28)); !strings.Contains(found.Sentence, "to "+to+", from "+from) {
		t.Errorf("the API has %s and %s: %s", to, from, found.Sentence)
	}
	sum := 0
	for _, share := range regexp.MustCompile(`(\d+)%`).FindAllStringSubmatch(found.Shares, -1) {
		n, _ := strconv.Atoi(share[1])
		sum += n
	}
	if !strings.HasSuffix(found.Main, "%") || sum < 99 || sum > 101 {
		t.Errorf("what moved it: %s; %s", found.Main, found.Shares)
	}
	// How much can be recovery from a client fault depends on whose days they are.
	if share := regexp.MustCompile(`^recovery from the SDK fault, at most (\d+)%`).FindStringSubmatch(found.Shares); (share != nil) != (found.Label == "client fault") || found.Label != "use" && found.Label != "client fault" {
		t.Errorf("the kind is %q with %s", found.Label, found.Shares)
	}
	if said := eval[string](p, `document.querySelector("#changes").textContent`); !strings.Contains(said, "Agent edits in files, mostly with claude-opus-4.7") {
		t.Errorf("the mode and the model are not named: %s", said)
	}
	for _, scheme := range []string{"light", "dark"} {
		p.look(390, 844, scheme)
		if wide := eval[int](p, `document.scrollingElement.scrollWidth - innerWidth`); wide > 0 {
			t.Errorf("%s: the page is %d px too wide for a phone", scheme, wide)
		}
	}
	p.look(1440, 900, "light")
	p.follow("the organization", `#changes .movement a[href*="platform"]`)
	p.wait("its page", `location.pathname.endsWith("/orgs/platform/insights/code-generation")`)
	p.clean("what changed")
}
