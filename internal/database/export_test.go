package database

// CopiedTables returns the tables that Copy copies with their keys, and local ones.
func CopiedTables() (keys map[string]string, local []string) {
	keys = map[string]string{}
	for _, t := range copiedTables {
		keys[t.name] = t.key
	}
	return keys, localTables
}

// AgeFailure lets the last write that failed be some time ago, so that Writable tries again.
func (d *DB) AgeFailure() {
	if f := d.failed.Load(); f != nil {
		d.failed.Store(&failure{f.why, f.at.Add(-probeEvery)})
	}
}
