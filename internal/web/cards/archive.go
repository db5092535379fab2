package cards

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"codegauge/internal/query"
	"codegauge/internal/web/shell"
)

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
	Measures []string `json:"measures,omitempty"`
	By       []string `json:"by,omitempty"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Warnings []string `json:"warnings,omitempty"`
}

// Sheet is a file of figures that are no answer to a question, by its name: as of the API, if
// it has them. Of its answer only the columns, rows and warnings count.
type Sheet struct {
	Name string
	query.Answer
}

// NewSheet returns a table as a sheet; notes say what has to be known to read it.
func NewSheet(name string, columns []query.Column, rows [][]any, notes ...string) Sheet {
	return Sheet{name, query.Answer{Columns: columns, Rows: rows, Warnings: notes}}
}

// SendArchive answers with the figures of a page as one file: a ZIP archive of a CSV for each
// of its questions and each sheet, and about.json, which says what they are of. title is what
// the audit log calls the page.
func (b *Builder) SendArchive(w http.ResponseWriter, page, title string, questions []Question, sheets []Sheet) error {
	if err := b.exported(title, "csv"); err != nil {
		return err
	}
	shell.Attach(w, "application/zip", shell.FileName("zip", b.Entity.Key(), page, b.Window.From.String(), b.Window.To.String()))
	_ = b.writeArchive(w, questions, sheets) // the reader went away, if anything
	return nil
}

// SendSheet answers with a sheet.
func (b *Builder) SendSheet(w http.ResponseWriter, page, title string, s *Sheet) error {
	if err := b.exported(title+", "+s.Name, "csv"); err != nil {
		return err
	}
	shell.Attach(w, "text/csv; charset=utf-8", shell.FileName("csv", b.Entity.Key(), page, s.Name, b.Window.From.String(), b.Window.To.String()))
	_ = s.Write(w, "csv") // the reader went away, if anything
	return nil
}

// exported notes in the audit log that figures are taken.
func (b *Builder) exported(what, format string) error {
	return b.Options.Privacy.Exported(b.HTTP.Context(), b.Entity, what+", "+b.Window.From.String()+" to "+b.Window.To.String()+", "+format)
}

// fileName is that of a table in an archive: letters, digits and "-" for what lies between.
func fileName(table string) string {
	words := strings.FieldsFunc(table, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "-") + ".csv"
}

func (b *Builder) writeArchive(w io.Writer, questions []Question, sheets []Sheet) error {
	s := b.Effective
	about := About{Enterprise: s.Enterprise, Organization: s.Org, Team: s.Team, From: b.Window.From.String(), To: b.Window.To.String(),
		Where: append([]string{}, s.Words(b.Window).Where...), Definition: string(s.Reading()), DataVersion: b.Status.DataVersion, Files: map[string]File{}, Refused: map[string]string{}}
	if b.Status.CompleteTo != 0 {
		about.CompleteTo = b.Status.CompleteTo.String()
	}
	z := zip.NewWriter(w)
	modified := time.Unix(0, 0).UTC() // equal figures are equal bytes
	if b.Window.To != 0 {
		modified = b.Window.To.Time()
	}
	create := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: modified})
	}
	for name, refused := range b.Answers.Refused {
		about.Refused[name] = refused.Error()
	}
	for _, q := range questions {
		answer := b.Answers.Of(q.Name)
		if answer == nil {
			continue
		}
		name := fileName(q.Name)
		about.Files[name] = File{Measures: q.Words.Measures, By: q.Words.By, From: answer.From.String(), To: answer.To.String(), Warnings: answer.Warnings}
		f, err := create(name)
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := answer.Write(f, "csv"); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	for _, s := range sheets {
		name := fileName(s.Name)
		about.Files[name] = File{From: b.Window.From.String(), To: b.Window.To.String(), Warnings: s.Warnings}
		f, err := create(name)
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := s.Write(f, "csv"); err != nil {
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
