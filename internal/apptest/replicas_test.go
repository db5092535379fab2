package apptest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"sync"

	"codegauge/internal/database/databasetest"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// With CODEGAUGE_REPLICAS set, every data directory but the demo's is a PostgreSQL
// database, and startServer starts two servers over it behind a proxy that takes one at
// random for each request.
var replicas = os.Getenv("CODEGAUGE_REPLICAS") != ""

// databases are the URLs that stand for data directories.
var databases struct {
	mu      sync.Mutex
	cluster *databasetest.Cluster
	urls    map[string]string
}

// databaseOf returns the database that stands for a data directory.
func databaseOf(data string) (string, error) {
	databases.mu.Lock()
	defer databases.mu.Unlock()
	if have := databases.urls[data]; have != "" {
		return have, nil
	}
	if databases.cluster == nil {
		var err error
		if databases.cluster, err = databasetest.Start(context.Background(), databasetest.ClusterOptions{}); err != nil {
			return "", err
		}
		databases.urls = map[string]string{}
	}
	u, err := url.Parse(databases.cluster.URL)
	if err != nil {
		return "", err
	}
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		return "", err
	}
	defer db.Close()
	name := fmt.Sprint("apptest", len(databases.urls))
	if _, err := db.Exec(`CREATE DATABASE ` + name); err != nil {
		return "", err
	}
	u.Path = "/" + name
	databases.urls[data] = u.String()
	if out, err := exec.Command(program, "migrate", "--database", u.String()).CombinedOutput(); err != nil {
		return "", fmt.Errorf("migrate: %w: %s", err, out)
	}
	return u.String(), nil
}

// stopDatabases stops the cluster, if there is one.
func stopDatabases() {
	if databases.cluster != nil {
		databases.cluster.Stop()
	}
}

// overDatabase adds to a command's arguments the database that stands for its data
// directory.
func overDatabase(args []string) ([]string, error) {
	at := slices.Index(args, "--data")
	if !replicas || at < 0 || slices.Contains(args, "--demo") {
		return args, nil
	}
	u, err := databaseOf(args[at+1])
	return append(slices.Clone(args), "--database", u), err
}

// behindProxy makes two servers one that takes either at random. The host that a request
// names stays.
func behindProxy(one, two *server) (*server, error) {
	listener, err := listenLocal()
	if err != nil {
		return nil, err
	}
	proxy := &http.Server{Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		at := one.url
		if rand.IntN(2) == 1 {
			at = two.url
		}
		to, err := url.Parse(at)
		if err != nil {
			panic(err) // an address that the server has printed
		}
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}}
	go func() {
		if err := proxy.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "apptest: proxy:", err)
		}
	}()
	own := "http://" + listener.Addr().String()
	out := *one
	out.url, out.others = own, []func(){func() { proxy.Close() }, two.stop}
	if one.setup != "" {
		u, err := url.Parse(one.setup)
		if err != nil {
			return nil, err
		}
		out.setup = own + u.RequestURI()
	}
	return &out, nil
}
