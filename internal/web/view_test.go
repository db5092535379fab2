package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"

	"codegauge/internal/web/shell"
)

// TestViewsHideNothingOfThePage reads the source of every view: a field of the name that
// a field of the page's frame has would stand in its place in the frame, too.
func TestViewsHideNothingOfThePage(t *testing.T) {
	frame := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[shell.Page]()) {
		frame[f.Name] = true
	}
	views := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			view, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			fields, ok := view.Type.(*ast.StructType)
			if !ok || !embedsPage(fields) {
				return true
			}
			views++
			for _, f := range fields.Fields.List {
				for _, name := range f.Names {
					if frame[name.Name] {
						t.Errorf("%s: %s.%s hides the page's", path, view.Name, name)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil || views < 10 {
		t.Errorf("%d views, %v", views, err)
	}
}

func embedsPage(s *ast.StructType) bool {
	for _, f := range s.Fields.List {
		switch x := f.Type.(type) {
		case *ast.Ident:
			if len(f.Names) == 0 && (x.Name == "Page" || x.Name == "Settings") {
				return true
			}
		case *ast.SelectorExpr:
			if len(f.Names) == 0 && x.Sel.Name == "Page" {
				return true
			}
		}
	}
	return false
}
