package codegen

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
)

// export answers with the figures of the whole page as one file: a ZIP archive of a CSV
// for each question of the page, and about.json, which says what they are of. It asks the
// same questions as the page, so its figures are the page's.
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
	if d.Answers, err = cards.AskAll(r.Context(), d.Data, d.questions()); err != nil {
		return err
	}
	if err := sh.Options.Privacy.Exported(r.Context(), b.Entity, "code generation, "+b.Window.From.String()+" to "+b.Window.To.String()+", csv"); err != nil {
		return err
	}
	shell.Attach(w, "application/zip", shell.FileName("zip", b.Entity.Key(), "code-generation", b.Window.From.String(), b.Window.To.String()))
	_ = d.writeArchive(w) // the reader went away, if anything
	return nil
}

// About says what the figures of an export are of.
type About struct {
	Enterprise   string            `json:"enterprise"`
	Organization string            `json:"organization,omitempty"`
	Team         string            `json:"team,omitempty"`
	From         string            `json:"from"`
	To           string            `json:"to"`
	CompleteTo   string            `json:"complete_to,omitempty"`
	Where        []string          `json:"where"`
	Definition   string            `json:"definition"`
	DataVersion  int64             `json:"data_version"`
	Files        map[string]File   `json:"files"`
	Refused      map[string]string `json:"refused,omitempty"`
}

// File says what a file of an export holds.
type File struct {
	Measures []string `json:"measures"`
	By       []string `json:"by,omitempty"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Warnings []string `json:"warnings,omitempty"`
}

func (d *dashboard) writeArchive(w io.Writer) error {
	s := d.Effective
	about := About{Enterprise: s.Enterprise, Organization: s.Org, Team: s.Team, From: d.Window.From.String(), To: d.Window.To.String(),
		Where: append([]string{}, s.Words(d.Window).Where...), Definition: string(s.Reading()), DataVersion: d.Status.DataVersion, Files: map[string]File{}, Refused: map[string]string{}}
	if d.Status.CompleteTo != 0 {
		about.CompleteTo = d.Status.CompleteTo.String()
	}
	z := zip.NewWriter(w)
	modified := time.Unix(0, 0).UTC() // equal figures are equal bytes
	if d.Window.To != 0 {
		modified = d.Window.To.Time()
	}
	create := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: modified})
	}
	for _, q := range d.questions() {
		if refused := d.Answers.Refused[q.Name]; refused != nil {
			about.Refused[q.Name] = refused.Error()
			continue
		}
		answer := d.Answers.Of(q.Name)
		if answer == nil {
			continue
		}
		name := strings.ReplaceAll(q.Name, " ", "-") + ".csv"
		about.Files[name] = File{Measures: q.Words.Measures, By: q.Words.By, From: answer.From.String(), To: answer.To.String(), Warnings: answer.Warnings}
		f, err := create(name)
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := answer.Write(f, "csv"); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	f, err := create("about.json")
	if err != nil {
		return fmt.Errorf("write about.json: %w", err)
	}
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	if err := e.Encode(about); err != nil {
		return fmt.Errorf("write about.json: %w", err)
	}
	return z.Close()
}
