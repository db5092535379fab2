package database

import "context"

// Copy is written by the helper branch.
func Copy(context.Context, *DB, *DB) error { panic("not merged yet") }
