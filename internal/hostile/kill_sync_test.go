package hostile

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/github"
	"codegauge/internal/github/githubtest"
)

// TestKillSync kills rounds at random moments until one comes to its end: what is stored
// then is what a round stores that nobody kills.
func TestKillSync(t *testing.T) {
	kills := 12
	if soaking() {
		kills = 200
	}
	gh := githubtest.New(t, githubtest.Plain)
	gh.Today = day.Of(time.Now())
	gh.Fill(60)
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte(githubtest.Token), 0o600); err != nil {
		t.Fatal(err)
	}
	connected := func(name string) string {
		data := filepath.Join(dir, name)
		codegauge(t, "source", "add", "github", "--data", data, "--enterprise", "acme", "--base-url", gh.BaseURL(), "--allow-host", gh.FilesHost(), "--token-file", token).want(t, 0)
		return data
	}
	sync := func(data string) []string { return []string{"sync", "--data", data, "--days", "62"} }
	whole := connected("whole")
	took := timed(func() { codegauge(t, sync(whole)...).want(t, 0) })
	want := synced(t, whole)

	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	killed, data := 0, ""
	for n := 0; killed < kills; n++ {
		data = connected("killed-" + strconv.Itoa(n))
		rounds := 0
		for ; struck(t, random, took, sync(data)) && rounds < 50; rounds++ {
			killed++
		}
		codegauge(t, sync(data)...).want(t, 0)
		verified(t, data)
		if got := synced(t, data); got != want {
			t.Fatalf("after %d kills (seed %d) other things are stored than without:\n%.3000s\nwant\n%.3000s", rounds, seed, got, want)
		}
	}
	t.Logf("counted: %d rounds were killed (seed %d)", killed, seed)

	corrected := gh.Today - 3 // not settled yet
	gh.PutReport(githubtest.Acme, github.Users, corrected, githubtest.Users(corrected, 9, 1, 2, 3))
	for _, d := range []string{whole, data} {
		codegauge(t, sync(d)...).want(t, 0)
	}
	if got, now := synced(t, data), synced(t, whole); got != now || now == want {
		t.Errorf("a corrected day: changed %t, equal %t", now != want, got == now)
	}
	if leaks := gh.Leaks(); len(leaks) > 0 {
		t.Errorf("the credential was shown to %s", leaks[0].Host)
	}
}

// synced returns what is stored, in one way of writing it.
func synced(t *testing.T, data string) string {
	t.Helper()
	var out strings.Builder
	from, to := (day.Of(time.Now()) - 70).String(), day.Of(time.Now()).String()
	for _, r := range []string{"users-1-day", "enterprise-1-day", "user-teams-1-day"} {
		text := codegauge(t, "export", "--data", data, "--enterprise", "acme", "--report", r, "--from", from, "--to", to).want(t, 0).out
		fmt.Fprintln(&out, r, settled(t, text))
	}
	out.WriteString(codegauge(t, "query", "--data", data, "--enterprise", "acme", "--measures", "loc_added,active_users", "--by", "day,organization", "--from", from, "--to", to, "--format", "csv").want(t, 0).out)
	return out.String()
}
