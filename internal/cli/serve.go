package cli

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"codegauge/internal/access"
	"codegauge/internal/admin"
	"codegauge/internal/api"
	"codegauge/internal/config"
	"codegauge/internal/database"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/githubapi"
	"codegauge/internal/prepare"
	"codegauge/internal/server"
	"codegauge/internal/web"

	"github.com/alecthomas/kong"
)

type serveCmd struct {
	kong.Plugins
	Demo bool `help:"Serve a sample enterprise, acme, from its own data directory."`
}

// Help is shown below the flags.
func (serveCmd) Help() string {
	return `People have to sign in: the first start prints a one-time link that creates the first administrator. Without TLS or a trusted proxy the server listens on loopback only. While it runs, other commands on the same data directory go through it.

Examples:

  codegauge serve --demo
  codegauge serve --data /srv/codegauge --listen 127.0.0.1:9090
  codegauge serve --listen :443 --public-url https://codegauge.example.com --tls-cert cert.pem --tls-key key.pem
  codegauge serve --public-url https://intranet.example.com/codegauge --trusted-proxy 127.0.0.1`
}

// grace is how long requests may take to finish once the server is asked to stop.
const grace = 10 * time.Second

// Run serves until it is interrupted.
func (c *serveCmd) Run(a *app) error {
	if err := c.check(a.cfg); err != nil {
		return err
	}
	boundMemory(a)
	if c.Demo && a.origin("data") == "default" {
		a.cfg.Data = config.DefaultDemo(a.env)
	}
	if err := a.makeData(); err != nil {
		return err
	}
	if a.cfg.Database != "" { // any number of servers may share it
		return c.serve(a)
	}
	if c.Demo {
		a.command += " --demo"
	}
	l, err := a.waitForLock(nil)
	if err != nil {
		return err
	}
	defer l.release()
	return c.serve(a)
}

// boundMemory has the garbage collector keep the process well within twice the memory option, as
// far as what is in use leaves garbage to collect, and rest longer as long as it is far from
// that; GOMEMLIMIT and GOGC, if set, say otherwise.
func boundMemory(a *app) {
	_, limited := a.env("GOMEMLIMIT")
	_, paced := a.env("GOGC")
	if !paced {
		debug.SetGCPercent(200)
		ballast = make([]byte, a.cfg.MemoryMB<<20/4)
	}
	if !limited {
		debug.SetMemoryLimit(int64(a.cfg.MemoryMB)*3/2<<20 + int64(len(ballast)))
	}
}

// ballast counts as memory in use, of which the system gives none as long as it is not written
// to: it lets the first garbage lie until there is three times as much. Otherwise the first
// pages after a start would be a fifth garbage collection.
var ballast []byte

// check refuses what is not safe together.
func (c *serveCmd) check(cfg *config.Config) error {
	if err := cfg.CheckExposure(); err != nil {
		return fault.New(fault.Invalid, "%v", err)
	}
	if c.Demo && cfg.Database != "" {
		return fault.New(fault.Invalid, "serve --demo uses its own database: leave --database out")
	}
	elsewhere := func(host string) bool { return !server.LoopbackHost(host) }
	if c.Demo && (elsewhere(cfg.Listen) || slices.ContainsFunc(publicHosts(cfg), elsewhere) || len(cfg.TrustedProxies) > 0) {
		return fault.New(fault.Invalid, "serve --demo signs everybody in without a password, so it listens on loopback only: leave out --trusted-proxy, and let --listen and --public-url be loopback addresses")
	}
	return nil
}

func (c *serveCmd) serve(a *app) error {
	d := newDemo(a)
	if c.Demo {
		if err := d.prepare(); err != nil {
			return err
		}
	}
	listener, err := listen(a.ctx, a.cfg)
	if err != nil {
		return err
	}
	defer listener.Close()
	s, err := a.openStores(a.ctx, storeOptions{Log: a.log})
	if err != nil {
		return err
	}
	i, err := c.newInstance(a, s, listener)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	if c.Demo {
		i.demo = d
	}
	return errors.Join(i.run(), s.Close())
}

// listen listens; where the address is to be loopback, it makes sure that its
// name meant that.
func listen(ctx context.Context, cfg *config.Config) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	if t, ok := l.Addr().(*net.TCPAddr); server.LoopbackHost(cfg.Listen) && (!ok || !t.IP.IsLoopback()) {
		l.Close()
		return nil, fault.New(fault.Invalid, "the listen address %s should be loopback, but resolves to %s on this machine: use 127.0.0.1 or [::1]", cfg.Listen, l.Addr())
	}
	if cfg.TLSCert == "" {
		return l, nil
	}
	c, err := newCertificate(cfg.TLSCert, cfg.TLSKey)
	if err != nil {
		l.Close()
		return nil, err
	}
	return tls.NewListener(l, c.config()), nil
}

// instance is one run of the server.
type instance struct {
	options       server.Options
	app           *app
	stores        *stores
	pages         *web.Web
	authenticator *access.Authenticator
	listener      net.Listener
	http          *http.Server
	// local serves the command line where listener is not plain loopback; nil elsewhere.
	local      *localServer
	credential string
	admin      *admin.Admin
	exports    *prepare.Preparer
	counted    *instrumentedService
	// offered says that offer is done.
	offered atomic.Bool
	demo    *demo // nil unless the demo is served
}

func (c *serveCmd) newInstance(a *app, s *stores, l net.Listener) (*instance, error) {
	registry := server.NewRegistry()
	i := &instance{app: a, stores: s, listener: l, credential: newCredential(), counted: newInstrumentedService(s.product, registry)}
	var err error
	if i.authenticator, err = newAuthenticator(a.cfg, s, i.credential, c.Demo); err != nil {
		return nil, err
	}
	administration := admin.New(s.directory, s.product, nil).WithSources(s.sources).WithDigests(s.digests)
	i.admin = administration
	i.exports = prepare.New(s.directory, s.product, prepare.Options{Log: a.log, Recorder: administration})
	var uploads directory.Uploads // rows where the confirmation may come to another server
	if !s.database.Embedded() {
		uploads = s.directory
	}
	i.pages, err = web.New(i.counted, web.Options{Log: a.log, Expiring: s.directory, Uploads: uploads, Demo: c.Demo, Version: readBuild().identity(), Release: readBuild().version, StageDir: filepath.Join(a.cfg.Data, stageDir), Authenticator: i.authenticator, Admin: administration, Exports: i.exports, PublicURL: a.cfg.PublicURL, Base: a.cfg.BasePath})
	if err != nil {
		return nil, fmt.Errorf("load pages: %w", err)
	}
	opt := server.Options{
		API: s.api(i.counted, api.Options{Base: a.cfg.BasePath, Credential: i.credential, Preparer: i.exports}),
		GitHub: githubapi.New(s.product, githubapi.Options{Signer: i.authenticator, Recorder: administration, Looks: s.directory,
			PublicURL: a.cfg.PublicURL, Base: a.cfg.BasePath}),
		Pages:    i.pages.Routes(),
		PageFail: i.pages.Fail,
		Guard:    access.NewGuard(i.authenticator),
		Begin:    database.WithLook,
		Base:     a.cfg.BasePath,
		Hosts:    publicHosts(a.cfg),
		Proxies:  a.cfg.TrustedProxies,
		Ready:    i.ready,
		Degraded: s.database.Writable,
		Log:      a.log,
		Registry: registry,
	}
	handler, err := server.New(opt)
	if err != nil {
		return nil, fmt.Errorf("assemble routes: %w", err)
	}
	i.options = opt
	i.http = server.HTTP(handler, server.LimitFor(openFiles(), a.cfg.TrustedProxies), a.log)
	if a.cfg.Secure() {
		i.local, err = newLocalServer(a.ctx, handler, a.cfg.BasePath, a.log)
	}
	return i, err
}

// ready says why the server is not ready.
func (i *instance) ready(ctx context.Context) error {
	if i.demo != nil && !i.demo.loaded.Load() {
		return errors.New("the demo is still loading")
	}
	return i.stores.Ready(ctx)
}

// run serves until the context ends, the listener breaks or the demo cannot be
// loaded.
func (i *instance) run() error {
	work, stop := context.WithCancel(context.WithoutCancel(i.app.ctx))
	defer stop()
	i.http.BaseContext = func(net.Listener) context.Context { return work }
	broken := make(chan error, 3)
	go func() { broken <- i.http.Serve(i.listener) }()
	i.local.start(work, broken)
	if err := i.announce(); err != nil {
		return errors.Join(err, i.shutdown(stop))
	}
	loading := make(chan struct{})
	go func() {
		defer close(loading)
		if err := i.load(work); err != nil {
			broken <- err
		}
		i.keepHouse(work)
	}()
	syncing := make(chan struct{})
	go func() {
		defer close(syncing)
		i.stores.sources.Run(directory.WithActor(asOperator(work), directory.Actor{Name: "sync"}))
	}()
	var err error
	select {
	case <-i.app.ctx.Done():
		i.app.log.Info("stopping")
	case err = <-broken:
	}
	err = errors.Join(err, i.shutdown(stop))
	<-loading
	<-syncing
	return err
}

// announce lets people and commands find the server.
func (i *instance) announce() error {
	address := i.listener.Addr().String()
	data := i.stores.database.Name()
	if i.stores.database.Embedded() {
		data = i.app.cfg.Data
	}
	path := "/"
	if i.demo != nil {
		path = i.demo.path()
	}
	base := cmp.Or(i.app.cfg.PublicURL, "http://"+address)
	fmt.Fprintf(i.app.stdout, "Open %s%s (data in %s; Ctrl-C stops)\n", base, path, data)
	err := i.offer(i.app.ctx)
	if why := i.stores.database.Writable(i.app.ctx); err != nil && why != nil {
		i.app.log.Warn("commands and the first administrator have to wait until something can be written", "reason", why)
		err = nil
	}
	if err != nil {
		return err
	}
	i.app.log.Info("serving", "address", address, "data", data)
	return nil
}

// offer lets commands on the same data directory go through the server, and prints the
// first administrator's link: once, when something can be written.
func (i *instance) offer(ctx context.Context) error {
	if i.offered.Load() {
		return nil
	}
	address := i.listener.Addr().String()
	if i.stores.database.Embedded() {
		if err := i.offerCommands(address); err != nil {
			return err
		}
	}
	if err := i.offerSetup(ctx, cmp.Or(i.app.cfg.PublicURL, "http://"+address)); err != nil {
		return err
	}
	i.offered.Store(true)
	return nil
}

// offerCommands writes where the server is and what opens its local routes.
func (i *instance) offerCommands(address string) error {
	r := running{Address: i.local.address(address), Base: i.app.cfg.BasePath, PublicURL: i.app.cfg.PublicURL, Credential: i.credential, PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second)}
	return r.write(i.app.cfg.Data)
}

// offerSetup prints the first administrator's link while there is none.
func (i *instance) offerSetup(ctx context.Context, base string) error {
	if i.demo != nil {
		return nil
	}
	if i.app.cfg.FirstOwner != "" {
		return nil // who signs in; no link is to be found in a log
	}
	path, err := i.authenticator.OpenSetup(ctx)
	if err != nil || path == "" {
		return err
	}
	fmt.Fprintf(i.app.stdout, "There is no administrator yet. This one-time link creates the first administrator: %s%s\n", base, path)
	return nil
}

func (i *instance) load(ctx context.Context) error {
	if i.demo == nil {
		return nil
	}
	err := i.demo.load(ctx, i.stores, i.counted)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // stopped; the next start loads it anew
	}
	return err
}

// shutdown lets requests finish for a while, then ends what they do: an import
// that is cut off leaves everything as it was.
func (i *instance) shutdown(stop func()) error {
	var removed error
	if i.stores.database.Embedded() && i.stores.database.Writable(i.app.ctx) == nil { // left on a read-only disk it says nothing
		removed = removeServerFile(i.app.cfg.Data)
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	local := make(chan error, 1)
	go func() { local <- i.local.shutdown(ctx) }()
	err := i.http.Shutdown(ctx)
	err = errors.Join(<-local, err)
	stop()
	if errors.Is(err, context.DeadlineExceeded) {
		i.app.log.Warn("requests were cut off", "after", grace)
		err = errors.Join(i.local.close(), i.http.Close())
	}
	return errors.Join(removed, err, i.exports.Close(), i.pages.Close())
}
