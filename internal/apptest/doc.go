// Package apptest runs the real program, as built by go build, and looks at it
// from the outside: through Chromium, over HTTP and on the command line. It has
// tests only.
package apptest
