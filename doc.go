// Package codegauge holds the tests of the repository as a whole; the program
// is in cmd/codegauge.
package codegauge
