// Cluster runs a command, such as go test, beside a PostgreSQL cluster that it
// starts, names to the command's tests and stops:
//
//	go run ./internal/database/databasetest/cluster -- go test ./...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"codegauge/internal/database/databasetest"
)

func main() {
	var opt databasetest.ClusterOptions
	flag.BoolVar(&opt.TCP, "tcp", false, "listen on a port of loopback")
	flag.BoolVar(&opt.Durable, "durable", false, "write through to the disk")
	flag.Parse()
	code, err := run(opt, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
	}
	os.Exit(code)
}

// run runs the command and returns its exit code. Without PostgreSQL the command
// runs too: its tests say what they skip.
func run(opt databasetest.ClusterOptions, command []string) (int, error) {
	if len(command) == 0 {
		return 2, errors.New("no command to run")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	env := os.Environ()
	c, err := databasetest.Start(ctx, opt)
	switch {
	case errors.Is(err, databasetest.ErrMissing):
		fmt.Fprintln(os.Stderr, "cluster:", err)
	case err != nil:
		return 1, err
	default:
		defer c.Stop()
		env = append(env, databasetest.Variable+"="+c.URL)
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
