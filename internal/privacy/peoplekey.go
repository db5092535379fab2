package privacy

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/query"
	"codegauge/internal/report"
)

// Keys are the keys of the enterprises that are kept without people, each in a file of one
// folder, outside the database. A nil *Keys has none and makes none.
type Keys struct {
	folder string
	// exposed reports whether others can read or change a secret's file.
	exposed func(fs.FileInfo) bool
}

// NewKeys returns the keys in a folder, which is made when it is needed. "" is no folder.
// exposed reports whether others can read or change a secret's file.
func NewKeys(folder string, exposed func(fs.FileInfo) bool) *Keys { return &Keys{folder, exposed} }

// Key turns an enterprise's people into pseudonyms: the same person into the same one, and
// without the key nobody back.
type Key struct {
	secret []byte
}

// minKey is how many characters a key has at least.
const minKey = 32

// keyName is what the short name of an enterprise has to be like to name a file.
var keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// file returns the file of an enterprise's key.
func (k *Keys) file(slug string) (string, error) {
	switch {
	case k == nil || k.folder == "":
		return "", fault.New(fault.Invalid, "an enterprise without people needs the option people_keys: a folder outside the database, the same for every server and command")
	case !keyName.MatchString(slug):
		return "", fault.New(fault.Invalid, "%.60q is not a valid short name: use 1 to 100 letters, digits, '-', '_' and '.', beginning with a letter or digit", slug)
	}
	return filepath.Join(k.folder, strings.ToLower(slug)+".key"), nil
}

// Make makes the key of an enterprise that is to be kept without people, unless its file is
// there, and returns its fingerprint.
func (k *Keys) Make(slug string) (fingerprint string, err error) {
	path, err := k.file(slug)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return "", fault.New(fault.Unavailable, "cannot make the key of people: %v", err)
		}
	}
	key, err := k.read(path)
	if err != nil {
		return "", err
	}
	return key.fingerprint(), nil
}

// makeKey writes a new key. Of several processes that would, one does.
func makeKey(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".key.*") // which nobody else can read
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(rand.Text() + rand.Text() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// read reads a key that nobody else may read or change.
func (k *Keys) read(path string) (*Key, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Conflict, "the key of people %s is missing: put it there from where it was kept (option people_keys). With another key everybody would be a new person", path)
	}
	if err != nil {
		return nil, fault.New(fault.Conflict, "cannot read the key of people: %v", err)
	}
	if k.exposed(info) {
		return nil, fault.New(fault.Conflict, "the key of people %s is readable by other users (mode %04o): run chmod 600 %[1]s", path, info.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Conflict, "cannot read the key of people: %v", err)
	}
	secret := strings.TrimSpace(string(b))
	if len(secret) < minKey {
		return nil, fault.New(fault.Conflict, "the key of people %s has %d characters: it needs %d at least", path, len(secret), minKey)
	}
	return &Key{[]byte(secret)}, nil
}

// Of returns the key of an enterprise that is kept without people, nil for any other. A key
// that is missing, that others can read, or that is not the enterprise's is an error.
func (k *Keys) Of(e directory.Entity) (*Key, error) {
	if !e.WithoutPeople() {
		return nil, nil
	}
	path, err := k.file(e.Slug)
	if err != nil {
		return nil, err
	}
	key, err := k.read(path)
	if err != nil {
		return nil, err
	}
	if key.fingerprint() != e.PeopleKey {
		return nil, fault.New(fault.Conflict, "%s is not the key that the people of enterprise %s have become pseudonyms by (option people_keys): with it everybody would be a new person. Put the former key there", path, e.Key())
	}
	return key, nil
}

// fingerprint tells the key from others, and nothing of it.
func (k *Key) fingerprint() string { return hex.EncodeToString(k.sum("fingerprint", "")[:8]) }

func (k *Key) sum(kind, name string) []byte {
	h := hmac.New(sha256.New, k.secret)
	h.Write([]byte(kind + "\x00" + name))
	return h.Sum(nil)
}

var pseudonymText = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// ID returns what stands for a user id. 128 bits: no two people get the same.
func (k *Key) ID(id string) string {
	if id == "" {
		return ""
	}
	return pseudonymText.EncodeToString(k.sum("id", id)[:16])
}

// Login returns what stands for a login, in any case of its letters.
func (k *Key) Login(login string) string {
	if login == "" {
		return ""
	}
	return "person-" + pseudonymText.EncodeToString(k.sum("login", strings.ToLower(login))[:16])
}

// Anonymize makes a record one of a pseudonym.
func (k *Key) Anonymize(r *report.Record) { r.Anonymize(k.ID, k.Login) }

// Words returns what a word that names somebody names in an enterprise without people: the
// word itself, since it may be a pseudonym, and what stands for the id and the login.
func (k *Key) Words(word string) []string {
	out, n := []string{word}, query.ParseName(word)
	if n.ID != "" {
		out = append(out, query.IDWithin(n.Tool, k.ID(n.ID)))
	}
	if n.Login != "" {
		out = append(out, "login:"+k.Login(n.Login))
	}
	return out
}
