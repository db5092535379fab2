package codegen

import (
	"net/http"

	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

// export answers with the figures of the whole page as one file. It asks the same questions as
// the page, so its figures are the page's.
func export(sh *shell.Shell, name string, w http.ResponseWriter, r *http.Request) error {
	b, _, err := cards.New(sh, name, r)
	if err != nil {
		return err
	}
	b.Effective = b.State.Effective()
	d := &dashboard{Builder: b}
	if err := d.prepare(r.Context()); err != nil {
		return err
	}
	questions := d.questions()
	if d.Answers, err = cards.AskAll(r.Context(), d.Data, questions); err != nil {
		return err
	}
	return d.SendArchive(w, name, "code generation", questions, nil)
}
