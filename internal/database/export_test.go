package database

// CopiedTables returns the tables that Copy copies with their keys, and local ones.
func CopiedTables() (keys map[string]string, local []string) {
	keys = map[string]string{}
	for _, t := range copiedTables {
		keys[t.name] = t.key
	}
	return keys, localTables
}
