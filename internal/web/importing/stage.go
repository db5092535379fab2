package importing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"codegauge/internal/fault"
	"codegauge/internal/intake"
	"codegauge/internal/report"
)

// stageLife is how long uploaded files wait for their confirmation.
const stageLife = time.Hour

// stage keeps uploaded files on disk between preview and confirmation.
type stage struct {
	dir   string
	own   bool // the directory is made if it is not there
	limit int64
	// quota bounds what all uploads that are here have together; those of one person have
	// at most limit. 0 is any number.
	quota int64

	mu   sync.Mutex
	root string
	held map[string]*staged
	used map[string]int64 // by person, in bytes
}

// waiting is where uploads wait for their confirmation.
type waiting interface {
	// hold keeps an upload and returns the token that confirms it.
	hold(ctx context.Context, up *staged) (token string, err error)
	// take gives out an upload, once.
	take(ctx context.Context, token string) (*staged, error)
}

// staged is one upload. Its files are named by numbers: names that users gave
// are shown, never used.
type staged struct {
	stage   *stage
	who     string
	size    int64
	dir     string
	request intake.Request
	created time.Time
	// drop removes an upload that has no directory here.
	drop func() error
}

// remove removes the upload's files.
func (up *staged) remove() error {
	if up.drop != nil {
		return up.drop()
	}
	up.stage.mu.Lock()
	defer up.stage.mu.Unlock()
	return up.removeLocked()
}

func (up *staged) removeLocked() error {
	if up.stage.used[up.who] -= up.size; up.stage.used[up.who] <= 0 {
		delete(up.stage.used, up.who)
	}
	up.size = 0
	return os.RemoveAll(up.dir)
}

var (
	errUploadTooLarge = fault.New(fault.TooLarge, "the upload is larger than the server takes; use codegauge import on the command line")
	errUploadQuota    = fault.New(fault.TooMany, "uploads of yours that wait to be confirmed take all the room that you have: confirm or discard them first")
	errUploadsFull    = fault.New(fault.Unavailable, "there is no room for this upload while others wait to be confirmed: try again later, or use codegauge import on the command line")
)

// Write counts bytes of the upload against what its person, and everybody, may have here.
func (up *staged) Write(p []byte) (int, error) {
	s := up.stage
	s.mu.Lock()
	defer s.mu.Unlock()
	all := int64(len(p))
	for _, n := range s.used {
		all += n
	}
	switch {
	case up.size+int64(len(p)) > s.limit, s.quota > 0 && up.size+int64(len(p)) > s.quota:
		return 0, errUploadTooLarge
	case s.used[up.who]+int64(len(p)) > s.limit:
		return 0, errUploadQuota
	case s.quota > 0 && all > s.quota:
		return 0, errUploadsFull
	}
	up.size += int64(len(p))
	s.used[up.who] += int64(len(p))
	return len(p), nil
}

// errUploadGone is the answer to a token that stands for no upload.
var errUploadGone = fault.New(fault.NotFound, "this upload is gone: it was imported, discarded, or waited for more than an hour; choose the files again")

// newStage returns a stage whose uploads are in a directory, from which those that a
// kill left are removed. "" is the system's temporary one, where nothing is removed:
// it is others' too.
func newStage(dir string, limit, quota int64) (*stage, error) {
	if dir == "" {
		return &stage{dir: os.TempDir(), limit: limit, quota: quota, held: map[string]*staged{}, used: map[string]int64{}}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for old uploads: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), uploadPrefix) {
			_ = os.RemoveAll(filepath.Join(dir, e.Name())) // on a read-only disk the next start removes it
		}
	}
	return &stage{dir: dir, own: true, limit: limit, quota: quota, held: map[string]*staged{}, used: map[string]int64{}}, nil
}

const uploadPrefix = "codegauge-upload-"

// make makes a directory for this run's uploads, which nobody else can read.
func (s *stage) make() (string, error) {
	if s.own {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return "", err
		}
	}
	return os.MkdirTemp(s.dir, uploadPrefix)
}

// open returns a new upload's directory.
func (s *stage) open(who string) (*staged, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == "" {
		root, err := s.make()
		if err != nil {
			return nil, fmt.Errorf("make upload directory: %w", err)
		}
		s.root = root
	}
	dir, err := os.MkdirTemp(s.root, "")
	if err != nil {
		return nil, fmt.Errorf("make upload directory: %w", err)
	}
	return &staged{stage: s, who: who, dir: dir, created: time.Now()}, nil
}

// receive streams a form's files, which somebody sends, to disk and its other fields into
// the request.
func (s *stage) receive(form *multipart.Reader, who string) (*staged, error) {
	s.sweep()
	up, err := s.open(who)
	if err != nil {
		return nil, err
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = up.take(part)
		}
		if err != nil {
			_ = up.remove() // the error that matters is the upload's
			return nil, uploadError(err)
		}
	}
	if len(up.request.Inputs) == 0 {
		_ = up.remove()
		return nil, fault.New(fault.Invalid, "no file was chosen")
	}
	return up, nil
}

// uploadError keeps faults and says that anything else is an upload cut short.
func uploadError(err error) error {
	if fault.KindOf(err) != fault.Internal || errors.Is(err, os.ErrPermission) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return fault.New(fault.Invalid, "the upload ended before it was complete")
	}
	return fmt.Errorf("receive upload: %w", err)
}

// fieldLimit bounds a form field that is not a file.
const fieldLimit = 1 << 10

func (up *staged) take(part *multipart.Part) error {
	if part.FormName() == "files" {
		if part.FileName() == "" {
			return nil // a chooser without a file
		}
		return up.save(part)
	}
	value, err := io.ReadAll(io.LimitReader(part, fieldLimit+1))
	if err != nil {
		return err
	}
	if len(value) > fieldLimit {
		return fault.New(fault.TooLarge, "field %.40q is too long", part.FormName())
	}
	up.set(part.FormName(), string(value))
	return nil
}

func (up *staged) set(name, value string) {
	r := &up.request
	switch name {
	case "enterprise":
		r.Enterprise = value
	case "org":
		r.Org = value
	case "scope":
		r.Scope = value
	case "tool":
		r.Tool = value
	case "data_kind":
		r.Data = value
	case "alias":
		r.Alias = value == "1"
	}
}

func (up *staged) save(part *multipart.Part) error {
	path := filepath.Join(up.dir, strconv.Itoa(len(up.request.Inputs)))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("save upload: %w", err)
	}
	defer f.Close()
	n, err := io.Copy(io.MultiWriter(up, f), part) // counted before it is written
	if err != nil {
		return err
	}
	up.request.Inputs = append(up.request.Inputs, report.Input{Name: filepath.Base(part.FileName()), Size: n,
		Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	return f.Close()
}

// hold implements waiting for this process's uploads.
func (s *stage) hold(_ context.Context, up *staged) (string, error) {
	token := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[token] = up
	time.AfterFunc(stageLife+time.Second, s.sweep)
	return token, nil
}

// take implements waiting.
func (s *stage) take(_ context.Context, token string) (*staged, error) {
	s.sweep()
	s.mu.Lock()
	defer s.mu.Unlock()
	up := s.held[token]
	if up == nil {
		return nil, errUploadGone
	}
	delete(s.held, token)
	return up, nil
}

// sweep removes what has waited too long.
func (s *stage) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token, up := range s.held {
		if time.Since(up.created) > stageLife {
			_ = up.removeLocked()
			delete(s.held, token)
		}
	}
}

func (s *stage) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held, s.used = map[string]*staged{}, map[string]int64{}
	if s.root == "" {
		return nil
	}
	root := s.root
	s.root = ""
	return os.RemoveAll(root)
}
