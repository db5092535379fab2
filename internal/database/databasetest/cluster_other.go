//go:build !unix

package databasetest

import "context"

// Cluster is a PostgreSQL server, which is started on Unix only: elsewhere tests have
// SQLite, or the server that Variable names.
type Cluster struct{ URL string }

// Start finds no server to start.
func Start(context.Context, ClusterOptions) (*Cluster, error) { return nil, ErrMissing }

// Stop has nothing to stop.
func (*Cluster) Stop() {}
