package storetest

import (
	"context"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/store"
)

// rangeOf reads a range of a test.
func rangeOf(s string) day.Range {
	r, err := parseRange(s)
	if err != nil {
		panic(err)
	}
	return r
}

// two fills a store with two sources, two people, two tools and two days.
func (s harness) two() {
	s.Helper()
	s.load("acme", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2), user(1, "2026-05-02", 4), with(user(1, "2026-05-01", 8), `"tool":"codex"`))
	s.load("north", user(1, "2026-05-01", 1), user(3, "2026-05-01", 16))
}

const added = "loc_added,active_users by day,tool 2026-05-01..2026-05-03"

var deletionRules = []rule{
	{"everything", func(s harness) {
		s.two()
		s.load("acme", aggregate("2026-05-01", 7, 3), member(1, "2026-05-01", North, Core))
		s.load("other", user(1, "2026-05-01", 5))
		s.erase(store.Deletion{Enterprise: Acme})
		s.want(added)
		s.want(added + " from aggregate")
		s.want(added+" in other", "2026-05-01 copilot 5 1")
	}},
	{"by source", func(s harness) {
		s.two()
		s.erase(store.Deletion{Enterprise: Acme, Source: North})
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 3 2", "2026-05-02 copilot 4 1")
		s.want(added + " in north")
	}},
	{"by tool", func(s harness) {
		s.two()
		s.erase(store.Deletion{Enterprise: Acme, Tool: "codex"})
		s.want(added, "2026-05-01 copilot 19 3", "2026-05-02 copilot 4 1")
	}},
	{"by days", func(s harness) {
		s.two()
		s.erase(store.Deletion{Enterprise: Acme, Range: rangeOf("2026-05-02..2026-05-09")})
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 19 3")
	}},
	{"by login, of every source; the days stay covered", func(s harness) {
		s.two()
		s.load("acme", aggregate("2026-05-01", 7, 3))
		s.erase(store.Deletion{Enterprise: Acme, User: "u1"})
		s.want(added, "2026-05-01 codex 0 0", "2026-05-01 copilot 18 2", "2026-05-02 copilot 0 0")
		s.want(added+" from aggregate", "2026-05-01 copilot 7 3")
	}},
	{"by id", func(s harness) {
		s.two()
		s.erase(store.Deletion{Enterprise: Acme, User: "3"})
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 3 2", "2026-05-02 copilot 4 1")
	}},
	{"by login in any case", func(s harness) {
		s.two()
		s.erase(store.Deletion{Enterprise: Acme, User: "U3"})
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 3 2", "2026-05-02 copilot 4 1")
	}},
	{"the id of one and the login of another is ambiguous", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1), with(user(2, "2026-05-01", 2), `"user_login":"1"`))
		_, err := s.Delete(context.Background(), store.Deletion{Enterprise: Acme, User: "1"})
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), `id "1"`) || !strings.Contains(err.Error(), `id "2"`) {
			s.Errorf("error %v, want a conflict that names both", err)
		}
		s.want(added, "2026-05-01 copilot 3 2")
		out := s.erase(store.Deletion{Enterprise: Acme, User: "id:1"})
		if out.Records["users"] != 1 {
			s.Errorf("deleted %v, want 1 record", out.Records)
		}
		s.want(added, "2026-05-01 copilot 2 1")
		s.erase(store.Deletion{Enterprise: Acme, User: "1"}) // nothing is kept of the other
		s.want(added, "2026-05-01 copilot 0 0")
	}},
	{"the login of two people is ambiguous", func(s harness) {
		s.load("acme", with(user(1, "2026-05-01", 1), `"user_login":"sam"`), with(user(2, "2026-05-01", 2), `"user_login":"Sam"`))
		_, err := s.Delete(context.Background(), store.Deletion{Enterprise: Acme, User: "sam"})
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "write id:1 or id:2, or login:sam for all of them") {
			s.Errorf("error %v, want a conflict that names both", err)
		}
		s.want(added, "2026-05-01 copilot 3 2")
		s.erase(store.Deletion{Enterprise: Acme, User: "login:sam"})
		s.want(added, "2026-05-01 copilot 0 0")
	}},
	{"one of two of a name, by login", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1), with(user(2, "2026-05-01", 2), `"user_login":"1"`))
		s.want("loc_added 2026-05-01 where user=login:1", "2")
		s.erase(store.Deletion{Enterprise: Acme, User: "login:1"})
		s.want(added, "2026-05-01 copilot 1 1")
	}},
	{"one of two with an id, by the tool that it is of", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1), with(user(1, "2026-05-01", 2), `"tool":"claude_code"`), with(user(1, "2026-05-01", 4), `"tool":"codex"`))
		s.want(added, "2026-05-01 claude_code 2 1", "2026-05-01 codex 4 1", "2026-05-01 copilot 1 1")
		s.erase(store.Deletion{Enterprise: Acme, User: "id:1 in claude_code"})
		s.want(added, "2026-05-01 claude_code 0 0", "2026-05-01 codex 4 1", "2026-05-01 copilot 1 1")
		s.erase(store.Deletion{Enterprise: Acme, User: "id:1 in copilot"})
		s.want(added, "2026-05-01 claude_code 0 0", "2026-05-01 codex 4 1", "2026-05-01 copilot 0 0")
	}},
	{"by nobody's name deletes nothing", func(s harness) {
		s.two()
		s.erase(store.Deletion{Enterprise: Acme, User: "nobody"})
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 19 3", "2026-05-02 copilot 4 1")
	}},
	{"selectors are combined with AND", func(s harness) {
		s.two()
		s.erase(store.Deletion{Enterprise: Acme, User: "u1", Tool: "copilot", Source: Acme, Range: rangeOf("2026-05-01..2026-05-01")})
		// North still claims u1's day.
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 19 3", "2026-05-02 copilot 4 1")
		s.erase(store.Deletion{Enterprise: Acme, User: "u1", Tool: "copilot", Source: North})
		s.want(added, "2026-05-01 codex 8 1", "2026-05-01 copilot 18 2", "2026-05-02 copilot 4 1")
	}},
	{"a deleted report can be imported again, whatever its version", func(s harness) {
		s.load("acme version 2026-06-02", user(1, "2026-05-01", 1))
		s.erase(store.Deletion{Enterprise: Acme, Range: rangeOf("2026-05-01..2026-05-01")})
		s.warned(s.load("acme version 2026-06-01", user(1, "2026-05-01", 3)), false)
		s.want(added, "2026-05-01 copilot 3 1")
	}},
	{"the outcome and the history say how days moved", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 1), user(2, "2026-05-01", 2), user(1, "2026-05-02", 4))
		before := s.version()
		out := s.erase(store.Deletion{Enterprise: Acme, User: "u1"})
		if out.ID != 0 {
			s.Errorf("the deletion has number %d", out.ID)
		}
		s.wantDays(out, "users copilot 2026-05-01 {2 3 –} {1 2 –}", "users copilot 2026-05-02 {1 4 –} {0 – –}")
		if h := s.history(); len(h) != 2 || h[0].Action != "delete" || h[1].Action != "import" {
			s.Errorf("history is %+v, want a delete, then an import", h)
		}
		if s.version() <= before {
			s.Error("the data version did not rise")
		}
	}},
}
