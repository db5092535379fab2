//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReadSecret: a secret's file is its owner's; one that another user owns may be
// handed over by its group.
func TestReadSecret(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to give files away")
	}
	for _, c := range []struct {
		owner int
		mode  os.FileMode
		read  bool
	}{{0, 0o600, true}, {0, 0o640, false}, {0, 0o604, false}, {12345, 0o440, true}, {12345, 0o444, false}, {12345, 0o446, false}} {
		file := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(file, c.owner, 0); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		secret, err := readSecret(file)
		if (err == nil) != c.read || c.read && secret != "s3cret" {
			t.Errorf("owner %d, mode %o: %q, %v", c.owner, c.mode, secret, err)
		}
	}
}
