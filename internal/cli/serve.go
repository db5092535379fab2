package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"codegauge/internal/api"
	"codegauge/internal/config"
	"codegauge/internal/fault"
	"codegauge/internal/server"
	"codegauge/internal/service"
	"codegauge/internal/web"

	"github.com/alecthomas/kong"
)

type serveCmd struct {
	kong.Plugins
	Demo bool `help:"Serve a sample enterprise, acme, from a directory of its own."`
}

// Help is shown below the flags.
func (serveCmd) Help() string {
	return `Serves on loopback only, until there is sign-in. While it runs, the other commands on the same data directory go through it.

Examples:

  codegauge serve --demo
  codegauge serve --data /srv/codegauge --listen 127.0.0.1:9090`
}

// grace is how long requests may take to finish once the server is asked to stop.
const grace = 10 * time.Second

// Run serves until it is interrupted.
func (c *serveCmd) Run(a *app) error {
	if err := onlyLoopback(a.cfg.Listen); err != nil {
		return err
	}
	if c.Demo && a.origin("data") == "default" {
		a.cfg.Data = config.DefaultDemo(a.env)
	}
	if err := a.makeData(); err != nil {
		return err
	}
	command := "codegauge serve"
	if c.Demo {
		command += " --demo"
	}
	l, err := a.waitForLock(command, nil)
	if err != nil {
		return err
	}
	defer l.release()
	return c.serve(a)
}

// onlyLoopback refuses other addresses.
func onlyLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err == nil && host != "" && server.LoopbackHost(host) {
		return nil
	}
	return fault.New(fault.Invalid, "serve does not listen on %s: there is no sign-in yet, so whoever reaches that address could read and change everything; "+
		"listen on loopback (127.0.0.1:8080), and reach it from elsewhere through a tunnel that asks who you are (ssh -L)", listen)
}

func (c *serveCmd) serve(a *app) error {
	d := newDemo(a)
	if c.Demo {
		if err := d.prepare(); err != nil {
			return err
		}
	}
	listener, err := listen(a.ctx, a.cfg.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	s, err := a.openStores(a.ctx, service.Options{Log: a.log})
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

// listen listens, and makes sure that the name it was given meant loopback.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	if t, ok := l.Addr().(*net.TCPAddr); !ok || !t.IP.IsLoopback() {
		l.Close()
		return nil, onlyLoopback(l.Addr().String())
	}
	return l, nil
}

// instance is one run of the server.
type instance struct {
	app        *app
	stores     *stores
	pages      *web.Web
	listener   net.Listener
	http       *http.Server
	credential string
	counted    *counted
	demo       *demo // nil unless the demo is served
}

func (c *serveCmd) newInstance(a *app, s *stores, l net.Listener) (*instance, error) {
	registry := server.NewRegistry()
	i := &instance{app: a, stores: s, listener: l, credential: newCredential(), counted: newCounted(s.Service, registry)}
	pages, err := web.New(i.counted, web.Options{Log: a.log, Demo: c.Demo})
	if err != nil {
		return nil, fmt.Errorf("load pages: %w", err)
	}
	i.pages = pages
	handler := server.New(server.Options{
		API:      api.New(i.counted, api.Options{Version: readBuild().identity(), Credential: i.credential}),
		Pages:    pages.Routes,
		Ready:    i.ready,
		Log:      a.log,
		Registry: registry,
	})
	i.http = server.HTTP(handler, a.log)
	return i, nil
}

// ready says why the server is not ready.
func (i *instance) ready(ctx context.Context) error {
	if i.demo != nil && !i.demo.loaded.Load() {
		return errors.New("the demo is being loaded")
	}
	return i.stores.Ready(ctx)
}

// run serves until the context ends, the listener breaks or the demo cannot be
// loaded.
func (i *instance) run() error {
	work, stop := context.WithCancel(context.WithoutCancel(i.app.ctx))
	defer stop()
	i.http.BaseContext = func(net.Listener) context.Context { return work }
	broken := make(chan error, 2)
	go func() { broken <- i.http.Serve(i.listener) }()
	if err := i.announce(); err != nil {
		return errors.Join(err, i.http.Close())
	}
	loading := make(chan struct{})
	go func() {
		defer close(loading)
		if err := i.load(work); err != nil {
			broken <- err
		}
	}()
	var err error
	select {
	case <-i.app.ctx.Done():
		i.app.log.Info("stopping")
	case err = <-broken:
	}
	err = errors.Join(err, i.shutdown(stop))
	<-loading
	return err
}

// announce lets people and commands find the server.
func (i *instance) announce() error {
	address := i.listener.Addr().String()
	r := running{Address: address, Credential: i.credential, PID: os.Getpid(), Since: time.Now().UTC().Truncate(time.Second)}
	if err := r.write(i.app.cfg.Data); err != nil {
		return err
	}
	path := "/"
	if i.demo != nil {
		path = i.demo.path()
	}
	fmt.Fprintf(i.app.stdout, "Open http://%s%s (data in %s; Ctrl-C stops)\n", address, path, i.app.cfg.Data)
	i.app.log.Info("serving", "address", address, "data", i.app.cfg.Data)
	return nil
}

func (i *instance) load(ctx context.Context) error {
	if i.demo == nil {
		return nil
	}
	err := i.demo.load(ctx, i.stores, i.counted)
	if ctx.Err() != nil {
		return nil // stopped; the next start loads it anew
	}
	return err
}

// shutdown lets requests finish for a while, then ends what they do: an import
// that is cut off leaves everything as it was.
func (i *instance) shutdown(stop func()) error {
	removed := removeServerFile(i.app.cfg.Data)
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := i.http.Shutdown(ctx)
	stop()
	if errors.Is(err, context.DeadlineExceeded) {
		i.app.log.Warn("requests were cut off", "after", grace)
		err = i.http.Close()
	}
	return errors.Join(removed, err, i.pages.Close())
}
