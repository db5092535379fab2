package database_test

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"codegauge/internal/database"
	"codegauge/internal/fault"
)

// pooler starts PgBouncer in front of a server and returns the URL of its address.
func pooler(t *testing.T, server *url.URL, settings ...string) *url.URL {
	t.Helper()
	const program = "/usr/sbin/pgbouncer"
	if _, err := os.Stat(program); err != nil {
		if strings.EqualFold(os.Getenv("CI"), "true") {
			t.Fatal(err)
		}
		t.Skip("PgBouncer is not installed")
	}
	at := *server
	at.Host = unused(t)
	_, port, err := net.SplitHostPort(at.Host)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := server.User.Password()
	lines := append([]string{
		"[databases]",
		fmt.Sprintf("postgres = host=127.0.0.1 port=%s user=%s password='%s'", server.Port(), server.User.Username(), password),
		"[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = " + port, "auth_type = any", "unix_socket_dir =",
	}, settings...)
	dir, err := os.MkdirTemp("", "codegauge-pooler-") // where its user gets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	file := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"--quiet", file}
	if u, err := user.Lookup("postgres"); err == nil && os.Getuid() == 0 { // it refuses to run as root
		args = append([]string{"--user=" + u.Username}, args...)
	}
	cmd := exec.Command(program, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", at.Host); err == nil {
			conn.Close()
			return &at
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// TestPoolersAreRefused connects through PgBouncer, which keeps neither the settings of a
// session nor, in its mode transaction, its locks.
func TestPoolersAreRefused(t *testing.T) {
	direct := server(t)
	const ignore = "ignore_startup_parameters = tcp_keepalives_idle, tcp_keepalives_interval, tcp_keepalives_count, tcp_user_timeout, statement_timeout, idle_in_transaction_session_timeout"
	for what, settings := range map[string][]string{
		"transaction":            {"pool_mode = transaction"},
		"transaction, lenient":   {"pool_mode = transaction", ignore},
		"session":                {"pool_mode = session"},
		"session, lenient":       {"pool_mode = session", ignore},
		"statement by statement": {"pool_mode = statement", ignore},
	} {
		t.Run(what, func(t *testing.T) {
			at := pooler(t, direct, settings...)
			err := openURL(t, at, database.ServerOptions{})
			if fault.KindOf(err) != fault.Unsupported || !strings.Contains(err.Error(), "PgBouncer") || !strings.Contains(err.Error(), at.Host) {
				t.Errorf("error %v, want one that names the pooler", err)
			}
		})
	}
}
