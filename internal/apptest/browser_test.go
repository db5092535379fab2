package apptest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is started by the first test that needs it, and shared: each test
// has a browser context of its own, with its own storage.
var chromium struct {
	once    sync.Once
	ctx     context.Context
	closing []func()
	missing bool
	err     error
}

func startBrowser() {
	path := os.Getenv("CODEGAUGE_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		chromium.missing = true
		return
	}
	profile, err := os.MkdirTemp("", "codegauge-chromium-")
	if err != nil {
		chromium.err = err
		return
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
	}
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync",
		"disable-dev-shm-usage", "hide-scrollbars", "mute-audio", "disable-extensions", "disable-default-apps", "disable-domain-reliability"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, closeAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	chromium.ctx = ctx
	chromium.closing = []func(){closeBrowser, closeAllocator, func() { os.RemoveAll(profile) }}
	chromium.err = chromedp.Do(ctx, chromedp.Navigate("about:blank"))
}

func closeBrowser() {
	for _, end := range chromium.closing {
		end()
	}
}

// tab is a page in the browser, and everything that went wrong in it.
type tab struct {
	*testing.T
	ctx context.Context
	// base is the server that paths are of.
	base string
	// plain says that scripts are off.
	plain bool

	mu       sync.Mutex
	troubles []string
	requests []string // addresses, in order
	beside   []string // those that are not below the base path
}

// newTab opens a tab on the demo. A missing Chromium skips the test, but not in CI.
func newTab(t *testing.T, base string) *tab {
	t.Helper()
	chromium.once.Do(startBrowser)
	switch {
	case chromium.missing && os.Getenv("CI") == "":
		t.Skip("needs Chromium: install it, or name it in CODEGAUGE_CHROMIUM")
	case chromium.missing:
		t.Fatal("Chromium is not installed, and CI is set")
	case chromium.err != nil:
		t.Fatalf("start Chromium: %v", chromium.err)
	}
	p := &tab{T: t, base: base}
	t.Cleanup(func() { // once the tab is closed
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, address := range p.beside {
			t.Errorf("%s was asked for, which is not below %s", address, base)
		}
	})
	ctx, closeTab := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.listen))
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	limited, cancel := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	p.ctx = limited
	call(p, cdplog.Enable, cdp.Empty{})
	call(p, audits.Enable, cdp.Empty{})
	call(p, network.Enable, network.EnableParams{})
	return p
}

// call sends a protocol command, which must succeed.
func call[P, R any](p *tab, cmd cdp.Command[P, R], params P) R {
	p.Helper()
	r, err := chromedp.Call(p.ctx, cmd, params)
	if err != nil {
		p.Fatalf("%s: %v", cmd.Method, err)
	}
	return r
}

// isTabIcon reports whether an address is the tab's icon, which the browser asks for at a time of
// its own, or not at all.
func isTabIcon(address string) bool {
	return strings.HasPrefix(path.Base(address), "icon.") && strings.HasSuffix(address, ".svg")
}

// listen notes console errors, exceptions, violations and the requests that the page makes.
func (p *tab) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		p.trouble("exception: %s at %s:%d", text, e.ExceptionDetails.URL, e.ExceptionDetails.LineNumber+1)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			words, _ := json.Marshal(e.Args)
			p.trouble("console.%s: %s", e.Type, words)
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" || e.Entry.Source == "security" {
			p.trouble("%s (%s): %s %s", e.Entry.Level, e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *audits.EventIssueAdded:
		details, _ := json.Marshal(e.Issue.Details)
		p.trouble("issue %s: %s", e.Issue.Code, details)
	case *network.EventRequestWillBeSent:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.astray(e.Request.URL)
		if !isTabIcon(e.Request.URL) {
			p.requests = append(p.requests, e.Request.URL)
		}
	}
}

func (p *tab) trouble(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.troubles = append(p.troubles, fmt.Sprintf(format, args...))
}

// reset forgets troubles and requests so far.
func (p *tab) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.troubles, p.requests = nil, nil
}

// clean fails the test for each trouble since the last reset; where says what
// was being done.
func (p *tab) clean(where string) {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, trouble := range p.troubles {
		p.Errorf("%s: %s", where, trouble)
	}
	p.troubles = nil
}

// requested returns the addresses that the page asked for since the last reset.
func (p *tab) requested() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.requests...)
}

// do runs steps, which must succeed.
func (p *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatalf("%s: %v", what, err)
	}
}

// open loads a path, with or without the base path, and waits until its charts are drawn.
func (p *tab) open(path string) {
	p.Helper()
	p.do("open "+path, chromedp.Navigate(p.base+strings.TrimPrefix(path, basePath)))
	p.settle()
}

// settle waits until the page's scripts have run and nothing moves any more.
func (p *tab) settle() {
	p.Helper()
	if p.plain {
		p.wait("the page to be loaded", `document.readyState === "complete"`)
	} else {
		p.wait("the page to be drawn", `document.readyState === "complete" && window.codegauge !== undefined &&
			[...document.querySelectorAll("[data-chart]")].every((c) => !c.querySelector("canvas") || window.codegauge.charts[c.id])`)
	}
	p.below()
}

// wait polls until a condition of the page holds. It survives a navigation.
func (p *tab) wait(what, condition string) {
	p.Helper()
	var last error
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`!!(`+condition+`)`))
		if ok && err == nil {
			return
		}
		last = err
	}
	where, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`location.href + " " + document.readyState + " " + Object.keys(window.codegauge?.charts ?? { none: 0 })`))
	p.Fatalf("waited in vain for %s at %s (%v); troubles: %v", what, where, last, p.troubles)
}

// eval returns the value of an expression, a promise's once it is there.
func eval[T any](p *tab, expression string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		if len(expression) > 300 {
			expression = expression[:300] + "…"
		}
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// look sets the width, height and colour scheme of the page.
func (p *tab) look(width, height int64, scheme string) {
	p.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// follow clicks an element that opens a page, and waits for it.
func (p *tab) follow(what, selector string) {
	p.Helper()
	eval[bool](p, `window.apptestOld = true`)
	p.press(what, selector)
	p.wait("the page that "+what+" opens", `window.apptestOld === undefined`)
	p.settle()
}

// press clicks an element where it is, as a reader would.
func (p *tab) press(what, selector string) {
	p.Helper()
	p.Logf("%s click %s", time.Now().Format("15:04:05"), what)
	quoted, _ := json.Marshal(selector)
	at := eval[struct {
		X, Y float64
		Hit  string
	}](p, `(() => {
		const e = document.querySelector(`+string(quoted)+`);
		if (!e) return { x: 0, y: 0, hit: "nothing matches" };
		e.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
		const r = e.getClientRects()[0] ?? { left: 0, top: 0, width: 0, height: 0 };
		const x = r.left + r.width / 2, y = r.top + r.height / 2;
		const there = document.elementFromPoint(x, y);
		return { x, y, hit: there && (e.contains(there) || there.contains(e)) ? "" : "covered by " + there?.outerHTML.slice(0, 120) };
	})()`)
	if at.Hit != "" {
		p.Fatalf("click %s (%s): %s", what, selector, at.Hit)
	}
	p.do("click "+what, chromedp.MouseClickXY(at.X, at.Y))
}

// name makes a path a name for a subtest or file.
func name(path string) string {
	n := strings.Trim(strings.ReplaceAll(strings.TrimPrefix(path, insights), "/", "-"), "-")
	if n == "" {
		return "home"
	}
	return n
}
