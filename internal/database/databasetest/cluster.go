//go:build unix

package databasetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a running PostgreSQL server with an empty data directory of its own.
// It ends with the process that started it, however that ends.
type Cluster struct {
	// URL names its database postgres, for its superuser.
	URL string
	// Folder holds the server's data, socket and log.
	Folder string
	// keepAlive is the standard input of the shell that watches the server: when it
	// is closed, by Stop or by the end of this process, the shell stops the server.
	keepAlive io.Closer
	shell     *exec.Cmd
	// args and as are the shell's arguments and user.
	args []string
	as   *syscall.Credential
	opt  ClusterOptions
}

// programs returns the folder of the newest PostgreSQL on this machine.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", ErrMissing
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
	return filepath.Dir(newest), nil
}

// watch runs the server until standard input ends, then stops it, without waiting
// for its clients, and removes the folder.
const watch = `
bin=$1 folder=$2; shift 2
"$bin/postgres" -D "$folder/data" "$@" >"$folder/log" 2>&1 </dev/null &
cat >/dev/null
kill -INT $! 2>/dev/null
wait
cd / && rm -rf "$folder"`

// Start starts a cluster.
func Start(ctx context.Context, opt ClusterOptions) (*Cluster, error) {
	return start(ctx, opt, (*Cluster).initialize)
}

// Standby starts a server that follows this one, which from then on says that something is
// committed once the standby has it too.
func (c *Cluster) Standby(ctx context.Context) (*Cluster, error) {
	standby, err := start(ctx, c.opt, func(standby *Cluster, ctx context.Context, bin string, as *syscall.Credential) error {
		return command(ctx, as, standby.Folder, filepath.Join(bin, "pg_basebackup"), "--dbname", c.URL, "--pgdata", filepath.Join(standby.Folder, "data"),
			"--write-recovery-conf", "--checkpoint", "fast", "--no-sync")
	})
	if err != nil {
		return nil, err
	}
	if err := c.follow(ctx); err != nil {
		standby.Stop()
		return nil, fmt.Errorf("wait for the standby: %w", err)
	}
	return standby, nil
}

// follow has commits wait for the standby, and waits until they do.
func (c *Cluster) follow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range []string{`ALTER SYSTEM SET synchronous_standby_names = '*'`, `SELECT pg_reload_conf()`} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	for following := false; !following; time.Sleep(20 * time.Millisecond) {
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync')`).Scan(&following); err != nil {
			return err
		}
	}
	return nil
}

// Promote makes a standby a server of its own.
func (c *Cluster) Promote(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.URL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `SELECT pg_promote()`)
	return err
}

// start starts a cluster with the data that fill makes.
func start(ctx context.Context, opt ClusterOptions, fill func(*Cluster, context.Context, string, *syscall.Credential) error) (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := serverUser()
	if err != nil {
		return nil, err
	}
	// A socket's path must be short, and the server's user must get there.
	folder, err := os.MkdirTemp(cmp.Or(opt.Parent, "/tmp"), "codegauge-postgres-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{Folder: folder, opt: opt}
	if err := c.start(ctx, bin, as, fill); err != nil {
		c.Stop()
		os.RemoveAll(folder)
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return c, nil
}

// serverUser returns as whom the server runs: it refuses to as root.
func serverUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root cannot run PostgreSQL: %w", err)
	}
	uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
}

func (c *Cluster) start(ctx context.Context, bin string, as *syscall.Credential, fill func(*Cluster, context.Context, string, *syscall.Credential) error) error {
	opt := c.opt
	if as != nil {
		if err := os.Chown(c.Folder, int(as.Uid), int(as.Gid)); err != nil {
			return err
		}
	}
	if err := fill(c, ctx, bin, as); err != nil {
		return err
	}
	settings := []string{"unix_socket_directories=" + c.Folder, "max_connections=300", "listen_addresses=", "cluster_name=codegauge-tests"}
	if !opt.Durable {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	address := url.URL{Scheme: "postgres", Path: "/postgres", RawQuery: url.Values{"host": {c.Folder}, "user": {"postgres"}}.Encode()}
	if opt.TCP {
		port, err := freePort()
		if err != nil {
			return err
		}
		host := cmp.Or(opt.Address, "127.0.0.1")
		if opt.Address != "" {
			if err := c.letIn(opt.Address + "/24"); err != nil {
				return err
			}
		}
		settings = append(settings, "listen_addresses="+host, fmt.Sprint("port=", port))
		address = url.URL{Scheme: "postgres", User: url.UserPassword("postgres", Password), Host: net.JoinHostPort(host, fmt.Sprint(port)), Path: "/postgres", RawQuery: "sslmode=disable"}
	}
	c.URL = address.String()
	c.args, c.as = []string{"-c", watch, "sh", bin, c.Folder}, as
	for _, s := range settings {
		c.args = append(c.args, "-c", s)
	}
	return c.run(ctx)
}

// run starts the server and waits until it lets clients in.
func (c *Cluster) run(ctx context.Context) error {
	c.shell = exec.Command("sh", c.args...)
	// In a group of its own it gets no interrupt that is meant for the tests.
	c.shell.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Setpgid: true}
	c.shell.Dir = c.Folder
	var err error
	if c.keepAlive, err = c.shell.StdinPipe(); err != nil {
		return err
	}
	if err := c.shell.Start(); err != nil {
		return err
	}
	return c.wait(ctx)
}

// initialize makes the data directory.
func (c *Cluster) initialize(ctx context.Context, bin string, as *syscall.Credential) error {
	passwordFile := filepath.Join(c.Folder, "password")
	if err := os.WriteFile(passwordFile, []byte(Password), 0o644); err != nil {
		return err
	}
	return command(ctx, as, c.Folder, filepath.Join(bin, "initdb"), "--pgdata", filepath.Join(c.Folder, "data"), "--username", "postgres",
		"--pwfile", passwordFile, "--auth-local", "trust", "--auth-host", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
}

// command runs one of the server's programs.
func command(ctx context.Context, as *syscall.Credential, folder, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	cmd.Dir = folder
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, said)
	}
	return nil
}

// letIn lets clients of a network in, with the password.
func (c *Cluster) letIn(network string) error {
	f, err := os.OpenFile(filepath.Join(c.Folder, "data", "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "host all all %s scram-sha-256\n", network)
	return errors.Join(err, f.Close())
}

// freePort returns a port of loopback on which nobody listens.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// wait waits until the server lets clients in.
func (c *Cluster) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			said, _ := os.ReadFile(filepath.Join(c.Folder, "log"))
			return fmt.Errorf("%w: %s", err, said)
		}
	}
}

// Kill ends every process of the server at once; what it has written is still there.
func (c *Cluster) Kill() error { return c.end(syscall.SIGKILL) }

// ShutDown has the server close its clients' connections and end in order.
func (c *Cluster) ShutDown() error { return c.end(syscall.SIGINT) }

// Restart starts a server anew, on the same data and at the same address, after Kill or
// ShutDown.
func (c *Cluster) Restart(ctx context.Context) error {
	if err := c.run(ctx); err != nil {
		return fmt.Errorf("restart PostgreSQL: %w", err)
	}
	return nil
}

// end sends a signal to the server, SIGKILL to all of its processes, and waits until they
// are gone. It needs /proc.
func (c *Cluster) end(signal syscall.Signal) error {
	server, err := c.process()
	if err != nil {
		return err
	}
	processes := []int{server}
	if signal == syscall.SIGKILL {
		if processes, err = c.Stall(); err != nil {
			return err
		}
	}
	if err := send(signal, processes...); err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if !slices.ContainsFunc(processes, running) {
			break
		}
		if time.Now().After(deadline) {
			return errors.New("PostgreSQL does not end")
		}
	}
	_ = c.shell.Process.Kill() // it would remove the folder
	_ = c.keepAlive.Close()
	_ = c.shell.Wait()
	return nil
}

// Running reports whether the server is there.
func (c *Cluster) Running() bool {
	server, err := c.process()
	return err == nil && running(server)
}

// process is the server's first process, which starts the others.
func (c *Cluster) process() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.Folder, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return 0, fmt.Errorf("postmaster.pid: %w", err)
	}
	return pid, nil
}

// Stall stops every process of the server, which neither answers nor goes away until
// Resume, and returns their numbers.
func (c *Cluster) Stall() ([]int, error) {
	server, err := c.process()
	if err != nil {
		return nil, err
	}
	if err := send(syscall.SIGSTOP, server); err != nil { // it starts no others
		return nil, err
	}
	children, err := childrenOf(server)
	if err != nil {
		return nil, err
	}
	return append([]int{server}, children...), send(syscall.SIGSTOP, children...)
}

// Resume has processes go on that Stall stopped.
func (c *Cluster) Resume(processes []int) error { return send(syscall.SIGCONT, processes...) }

// send sends a signal to processes, of which some may have gone.
func send(signal syscall.Signal, processes ...int) error {
	for _, p := range processes {
		if err := syscall.Kill(p, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("send a signal to process %d of PostgreSQL: %w", p, err)
		}
	}
	return nil
}

// childrenOf lists the processes that a process has started.
func childrenOf(parent int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		return nil, errors.New("there is no /proc on this system")
	}
	var out []int
	for _, stat := range stats {
		pid, _ := strconv.Atoi(strings.Split(stat, "/")[2])
		if fields := statOf(pid); len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			out = append(out, pid)
		}
	}
	return out, nil
}

// running reports whether a process is there, and not just waiting for its parent to notice
// its end.
func running(pid int) bool {
	fields := statOf(pid)
	return len(fields) > 0 && fields[0] != "Z"
}

// statOf returns the kernel's words on a process: its state, its parent, and more.
func statOf(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil // it is gone
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name, in brackets, may have spaces
	return strings.Fields(after)
}

// Stop stops the server and removes its folder.
func (c *Cluster) Stop() {
	if c.keepAlive == nil {
		return
	}
	_ = c.keepAlive.Close()
	if c.shell.Process != nil {
		_ = c.shell.Wait()
	}
	os.RemoveAll(c.Folder) // after Kill or ShutDown nobody else has
}
