package web

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func TestScratch(t *testing.T) {
	host := os.Getenv("SCRATCH")
	if host == "" {
		t.Skip()
	}
	axe, _ := os.ReadFile("/tmp/cgweb/package/axe.min.js")
	dir := t.TempDir()
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(dir), chromedp.ExecPath("/usr/bin/chromium"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	actx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel2 := chromedp.NewContext(actx)
	defer cancel2()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	chromedp.Call(ctx, cdplog.Enable, cdp.Empty{})
	go chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			fmt.Printf("EXC %+v\n", e.ExceptionDetails)
		case *runtime.EventConsoleAPICalled:
			fmt.Println("CONSOLE", e.Type)
		case *cdplog.EventEntryAdded:
			fmt.Println("LOG", e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	})
	urls := strings.Fields(os.Getenv("SCRATCH_URLS"))
	for _, width := range []int64{1280, 320} {
		for _, dark := range []string{"light", "dark"} {
			for _, u := range urls {
				chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1})
				chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: dark}}})
				chromedp.Do(ctx, chromedp.Navigate(host+u), chromedp.Sleep(500*time.Millisecond), chromedp.Evaluate[chromedp.Void](string(axe)+";0"))
				res, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelectorAll('details').forEach(d=>{ if(!d.closest('.title')) d.open = `+os.Getenv("SCRATCH_OPEN")+`}); axe.run({runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}).then(r=>JSON.stringify({w:document.documentElement.scrollWidth, v:r.violations.map(v=>({id:v.id,n:v.nodes.length,t:v.nodes.slice(0,4).map(n=>n.target.join(' ')+' :: '+n.html.slice(0,120)+' '+(n.any[0]||{}).message)}))}))`, chromedp.EvalAwaitPromise))
				if err != nil {
					t.Error(u, err)
					continue
				}
				var out struct {
					W int
					V []struct {
						ID string
						N  int
						T  []string
					}
				}
				json.Unmarshal([]byte(res), &out)
				fmt.Println(width, dark, u, "scrollWidth", out.W)
				for _, v := range out.V {
					fmt.Println("   AXE", v.ID, v.N)
					for _, x := range v.T {
						fmt.Println("       ", x)
					}
				}
			}
		}
	}
}

func TestLook(t *testing.T) {
	host := os.Getenv("LOOK")
	if host == "" {
		t.Skip()
	}
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()), chromedp.ExecPath("/usr/bin/chromium"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	actx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel2 := chromedp.NewContext(actx)
	defer cancel2()
	shot := func(name string, w, h int64, url, js string) {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(w, h), chromedp.Navigate(host+url), chromedp.Sleep(700*time.Millisecond)); err != nil {
			t.Error(err)
		}
		if js != "" {
			if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](js), chromedp.Sleep(400*time.Millisecond)); err != nil {
				t.Error(name, err)
			}
		}
		png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Error(err)
		}
		os.WriteFile("/tmp/cgweb/"+name+".png", png, 0o600)
	}
	c := "/enterprises/acme/insights/code-generation"
	chromedp.Do(ctx, chromedp.EmulateViewport(760, 1900), chromedp.Navigate(host+c), chromedp.Sleep(700*time.Millisecond))
	chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void]("dispatchEvent(new Event('beforeprint'))"), chromedp.Sleep(500*time.Millisecond))
	png, _ := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	os.WriteFile("/tmp/cgweb/k7.png", png, 0o600)
	chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	_ = shot
	chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(host+c), chromedp.Sleep(700*time.Millisecond))
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF())
	if err != nil {
		t.Error(err)
	}
	os.WriteFile("/tmp/cgweb/print.pdf", pdf, 0o600)
	res, err := chromedp.Run(ctx, chromedp.Evaluate[string](`JSON.stringify([Object.keys(window.codegauge.charts), window.codegauge.charts['agent-mode'].datasets, new PerformanceObserver(()=>{}).constructor.name, performance.getEntriesByType('resource').map(r=>r.name.split('/').pop())])`))
	fmt.Println(res, err)
}
