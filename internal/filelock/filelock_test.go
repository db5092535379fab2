package filelock

import (
	"os"
	"path/filepath"
	"testing"
)

// Two open files of one path are as two processes.
func TestTry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	first, second := open(), open()
	if got, err := Try(first); !got || err != nil {
		t.Fatalf("a free file: got %v, %v", got, err)
	}
	if got, err := Try(second); got || err != nil {
		t.Errorf("a locked file: got %v, %v", got, err)
	}
	first.Close()
	if got, err := Try(second); !got || err != nil {
		t.Errorf("a file that was unlocked: got %v, %v", got, err)
	}
}
