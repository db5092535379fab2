package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzServerFile checks that a server's file, whatever it holds, is a server
// with a credential or none, and that what a server writes is read as it was.
func FuzzServerFile(f *testing.F) {
	credential := newCredential()
	f.Add([]byte(`{"address":"127.0.0.1:8080","credential":"` + credential + `","pid":7,"since":"2026-05-01T00:00:00Z"}`))
	f.Add([]byte(`{"address":"evil.example:80","credential":"` + credential + `"}`))
	f.Add([]byte(`{"credential":7}`))
	f.Add([]byte(`[]`))
	f.Add([]byte("{\"address\":\"127.0.0.1:1\",\"credential\":\"\xff\"}{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, serverFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, ok := readServerFile(dir)
		if !ok {
			return
		}
		if len(r.Credential) != 64 {
			t.Errorf("%q: the credential has %d characters", text, len(r.Credential))
		}
		if err := r.write(dir); err != nil {
			return // a time that JSON has no form for
		}
		if again, ok := readServerFile(dir); !ok || again.Credential != r.Credential || again.Address != r.Address || again.PID != r.PID || !again.Since.Equal(r.Since) {
			t.Errorf("%q: wrote %+v, read %+v", text, r, again)
		}
	})
}

// FuzzHolder reads lock files.
func FuzzHolder(f *testing.F) {
	f.Add([]byte(`{"pid":7,"command":"codegauge serve","since":"2026-05-01T00:00:00Z"}`))
	f.Add([]byte("{\"pid\":1,\"command\":\"\\u001b[2J\"}"))
	f.Add([]byte(`{"pid":"x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), lockFile)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if readHolder(file).String() == "" {
			t.Errorf("%q: nobody", text)
		}
	})
}
