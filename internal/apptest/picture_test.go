package apptest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestPictures writes pictures of the pages, and some as they are printed, to
// CODEGAUGE_PICTURES, and the README's picture if CODEGAUGE_UPDATE_PICTURE=1.
func TestPictures(t *testing.T) {
	dir := os.Getenv("CODEGAUGE_PICTURES")
	update := os.Getenv("CODEGAUGE_UPDATE_PICTURE") == "1"
	if dir == "" && !update {
		t.Skip("neither CODEGAUGE_PICTURES nor CODEGAUGE_UPDATE_PICTURE is set")
	}
	p := newTab(t, demo.url)
	if update {
		p.look(1440, 900, "light")
		p.open(insights + "code-generation")
		write(p, filepath.Join("..", "..", "docs", "dashboard.png"), false)
	}
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	person := aPerson(p)
	for i, c := range append(rolePages, struct{ role, path string }{"enterprise-owner", person}) {
		p.look(1280, 900, "light")
		p.as(c.role)
		for _, look := range looks[:3] {
			p.look(look.width, 900, look.scheme)
			p.open(c.path)
			write(p, filepath.Join(dir, fmt.Sprintf("as-%d-%s-%s-%d.png", i, c.role, look.scheme, look.width)), true)
		}
	}
	p.look(1280, 900, "light")
	p.as("enterprise-owner")
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 1280, 390} {
			p.look(width, 900, scheme)
			for _, path := range pages {
				p.open(path)
				write(p, filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name(path), scheme, width)), true)
			}
		}
	}
	p.look(1280, 900, "dark")
	for _, path := range printed {
		p.open(path)
		eval[bool](p, `document.documentElement.dataset.theme = "dark", true`)
		sheet := call(p, page.PrintToPDF, page.PrintToPDFParams{})
		if err := os.WriteFile(filepath.Join(dir, name(path)+"-print.pdf"), sheet.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// printed are the pages whose print TestPictures writes, as a reader of dark pages prints them.
var printed = []string{insights + "code-generation", insights + "copilot-usage", insights + "impact", insights + "organizations"}

// write saves a picture of what is seen, or of the whole page.
func write(p *tab, file string, whole bool) {
	p.Helper()
	var picture []byte
	if whole {
		var err error
		if picture, err = chromedp.Run(p.ctx, chromedp.FullScreenshot(100)); err != nil {
			p.Fatal(err)
		}
	} else {
		picture = call(p, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "png"}).Data
	}
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		p.Fatal(err)
	}
}
