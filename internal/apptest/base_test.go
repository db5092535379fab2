package apptest

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// basePath is the path below which every server of the tests is, as CODEGAUGE_BASE_PATH
// says: /codegauge. Then every tab fails its test where a page has an address beside it,
// or asks for one.
var basePath = os.Getenv("CODEGAUGE_BASE_PATH")

// pathname is the path of the page that a tab shows, without the base path; an expression.
var pathname = fmt.Sprintf("location.pathname.slice(%d)", len(basePath))

// addressFlags returns the flags of a server on a free port, below the base path if
// there is one.
func addressFlags() ([]string, error) {
	if basePath == "" {
		return []string{"--listen", "127.0.0.1:0"}, nil
	}
	l, err := listenLocal()
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	return []string{"--listen", address, "--public-url", "http://" + address + basePath}, l.Close()
}

// astray notes a request for an address of the server that is beside the base path.
func (p *tab) astray(address string) {
	origin := strings.TrimSuffix(p.base, basePath)
	if basePath != "" && strings.HasPrefix(address, origin+"/") && !strings.HasPrefix(address, p.base+"/") {
		p.beside = append(p.beside, address)
	}
}

// below fails the test for each address in the page that is beside the base path, but those of
// GitHub's documentation.
func (p *tab) below() {
	p.Helper()
	if basePath == "" {
		return
	}
	base, _ := json.Marshal(basePath + "/")
	for _, address := range eval[[]string](p, `["href", "src", "action", "formaction", "data-url", "data-print-url"].flatMap((name) =>
		[...document.querySelectorAll("[" + name + "]")].map((e) => e.getAttribute(name)))
		.filter((a) => !a.startsWith("#") && !a.startsWith("https://docs.github.com/") && !a.startsWith(`+string(base)+`))`) {
		p.Errorf("%s has the address %s", eval[string](p, `location.href`), address)
	}
}
