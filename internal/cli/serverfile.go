package cli

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"codegauge/internal/api"
	"codegauge/internal/basepath"
	"codegauge/internal/server"
)

// serverFile is the file in the data directory through which commands find the
// running server. Only the owner can read it.
const serverFile = "server.json"

// running is what the file says.
type running struct {
	Address string `json:"address"`
	// Base is the path below which the server answers.
	Base basepath.Base `json:"base,omitempty"`
	// PublicURL is where people reach it, "" for the address.
	PublicURL string `json:"public_url,omitempty"`
	// Credential opens the server's local routes; it is new with each start.
	Credential string    `json:"credential"`
	PID        int       `json:"pid"`
	Since      time.Time `json:"since"`
}

func newCredential() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// write puts the file in place whole: a reader must not find a part of it.
func (r running) write(dir string) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, serverFile), func(f *os.File) error {
		_, err := f.Write(append(b, '\n'))
		return err
	})
}

func removeServerFile(dir string) error {
	err := os.Remove(filepath.Join(dir, serverFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// findServer returns the server that the data directory names, nil unless it
// proves itself. The caller knows that another process holds the directory.
func findServer(ctx context.Context, dir string) *client {
	r, ok := readServerFile(dir)
	if !ok || !server.LoopbackHost(r.Address) {
		return nil
	}
	c := newClient(r)
	if !c.proves(ctx) {
		return nil
	}
	return c
}

func readServerFile(dir string) (running, bool) {
	var r running
	f, err := os.Open(filepath.Join(dir, serverFile))
	if err != nil {
		return r, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || othersMayRead(info) {
		return r, false // others could have read the credential, or written the address
	}
	err = json.NewDecoder(f).Decode(&r)
	return r, err == nil && len(r.Credential) == 64
}

// helloWait bounds the wait for a server that may not be one.
const helloWait = 2 * time.Second

// proves sends a challenge that only a holder of the credential can meet. The
// credential itself is sent to nobody before.
func (c *client) proves(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, helloWait)
	defer cancel()
	challenge := newCredential()
	target := c.base + "/api/v1/local/hello?" + url.Values{"challenge": {challenge}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return false
	}
	res, err := c.http.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	var hello api.Hello
	if res.StatusCode != http.StatusOK || json.NewDecoder(http.MaxBytesReader(nil, res.Body, 1<<16)).Decode(&hello) != nil {
		return false
	}
	return hmac.Equal([]byte(hello.Proof), []byte(api.Proof(c.credential, challenge)))
}

// writeFile writes a file beside path and renames it: path holds all of it or
// what it held before.
func writeFile(path string, write func(*os.File) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
