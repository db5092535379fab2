package storetest

import (
	"fmt"

	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// threeKinds has u1's day in three kinds of data, u2's in the two of lower rank, u3's in the
// last, and a day of telemetry alone.
func (s harness) threeKinds() (reports, telemetry, vendor *store.Outcome) {
	s.Helper()
	reports = s.load("acme version 2026-06-01", user(1, "2026-05-01", 10))
	telemetry = s.load("acme version 2026-06-02 data telemetry", user(1, "2026-05-01", 7), user(2, "2026-05-01", 100), user(1, "2026-05-02", 1))
	vendor = s.load("acme version 2026-06-03 data vendor", user(1, "2026-05-01", 5), user(2, "2026-05-01", 90), user(3, "2026-05-01", 1000))
	return reports, telemetry, vendor
}

func ofKind(k metric.DataKind) *metric.DataKind { return &k }

var dataKindRules = []rule{
	{"of several kinds the first by rank counts for a person's day, whichever came last", func(s harness) {
		s.threeKinds()
		s.want(added3, "2026-05-01 1110 3", "2026-05-02 1 1")
		s.want("loc_added by user 2026-05-01", "u1 10", "u2 100", "u3 1000")
		s.load("acme version 2026-09-01 data telemetry", user(1, "2026-05-01", 8), user(2, "2026-05-01", 100))
		s.want("loc_added by user 2026-05-01", "u1 10", "u2 100", "u3 1000")
		s.clean()
	}},
	{"a kind is counted by tool: what one says of a tool hides nothing of another", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("acme data telemetry", user(1, "2026-05-01", 7), with(user(1, "2026-05-01", 3), `"tool":"claude_code"`))
		s.want(added, "2026-05-01 claude_code 3 1", "2026-05-01 copilot 10 1")
		s.clean()
	}},
	{"reports replace and withdraw within a kind alone", func(s harness) {
		s.threeKinds()
		s.warned(s.load("acme version 2026-05-20 data vendor", user(1, "2026-05-01", 6)), true)
		s.load("acme version 2026-06-05 data telemetry", user(3, "2026-05-01", 2000))
		s.want("loc_added by user 2026-05-01", "u1 10", "u2 90", "u3 2000")
		s.load("acme version 2026-06-06", user(4, "2026-05-01", 4))
		s.want("loc_added by user 2026-05-01", "u1 5", "u2 90", "u3 2000", "u4 4")
		s.clean()
	}},
	{"deleting the kind that counts brings the next one back", func(s harness) {
		s.threeKinds()
		out, err := s.Delete(s.Context(), store.Deletion{Enterprise: Acme, Data: ofKind(metric.Reports), Preview: true})
		if err != nil || out.Records["users"] != 1 {
			s.Errorf("a preview counts %v, %v; want one record", out, err)
		}
		s.erase(store.Deletion{Enterprise: Acme, Data: ofKind(metric.Reports)})
		s.want("loc_added by user 2026-05-01", "u1 7", "u2 100", "u3 1000")
		s.clean()
		s.erase(store.Deletion{Enterprise: Acme, User: "2", Data: ofKind(metric.Telemetry)})
		s.want("loc_added by user 2026-05-01", "u1 7", "u2 90", "u3 1000")
		s.clean()
		s.erase(store.Deletion{Enterprise: Acme, Data: ofKind(metric.Telemetry)})
		s.want(added3, "2026-05-01 1095 3")
		s.clean()
		s.erase(store.Deletion{Enterprise: Acme, Data: ofKind(metric.VendorRecords)})
		s.want(added3)
	}},
	{"undoing an import of one kind leaves the others", func(s harness) {
		reports, telemetry, _ := s.threeKinds()
		s.undo(reports)
		s.want("loc_added by user 2026-05-01", "u1 7", "u2 100", "u3 1000")
		s.undo(telemetry)
		s.want(added3, "2026-05-01 1095 3")
		s.clean()
	}},
	{"of an import of two kinds one can be undone alone", func(s harness) {
		both := s.load("acme", user(1, "2026-05-01", 10), "file b data telemetry", user(1, "2026-05-01", 7), user(2, "2026-05-01", 3))
		s.erase(store.Deletion{Enterprise: Acme, Import: both.ID, Data: ofKind(metric.Reports)})
		s.want("loc_added by user 2026-05-01", "u1 7", "u2 3")
		if h := s.history(); h[1].UndoneBy != 0 {
			s.Errorf("an import of which a kind is left counts as undone: %+v", h[1])
		}
		s.erase(store.Deletion{Enterprise: Acme, Import: both.ID})
		s.want(added)
		s.clean()
	}},
	{"a person's linked identities are one person to all kinds", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("acme data telemetry", `{"user_id":"ann@x","day":"2026-05-01","loc_added_sum":7}`, user(2, "2026-05-01", 100))
		s.want(added3, "2026-05-01 117 3")
		s.link([]store.PersonOf{{Tool: "copilot", UserID: "1", Person: 9}, {Tool: "copilot", UserID: "ann@x", Person: 9}})
		s.want(added3, "2026-05-01 110 2")
		s.want("loc_added by user 2026-05-01", "u1 10", "u2 100")
		s.want("loc_added 2026-05-01 where user=ann@x", "0")
		s.want("loc_added 2026-05-01 where user=u1", "10")
		s.clean()
		s.link(nil)
		s.want(added3, "2026-05-01 117 3")
		s.want("loc_added 2026-05-01 where user=ann@x", "7")
		s.clean()
	}},
	{"linked identities are one person to all kinds however many others lie between", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		var others []string
		for id := 1000; id < 1600; id++ {
			others = append(others, user(id, "2026-05-09", 1))
		}
		s.load("acme data vendor", others...)
		s.load("acme data telemetry", `{"user_id":"ann@x","day":"2026-05-01","loc_added_sum":7}`, user(2, "2026-05-01", 100))
		s.link([]store.PersonOf{{Tool: "copilot", UserID: "1", Person: 9}, {Tool: "copilot", UserID: "ann@x", Person: 9}})
		s.want("loc_added by user 2026-05-01", "u1 10", "u2 100")
		s.want("loc_added 2026-05-01 where user=ann@x", "0")
		s.clean()
	}},
	{"of two sources of one kind the newest counts for each of many people, beside another kind", func(s harness) {
		var acme, north []string
		for id := 1; id <= 600; id++ {
			acme = append(acme, user(id, "2026-05-01", 1))
			if id%2 == 0 {
				north = append(north, user(id, "2026-05-01", 3))
			}
		}
		s.load("acme version 2026-06-01", acme...)
		s.load("north version 2026-06-02", north...)
		s.load("acme data telemetry", user(1, "2026-05-01", 7), user(900, "2026-05-01", 100))
		s.want("loc_added 2026-05-01", "1300") // 300 of 1, 300 of 3, and 100
		s.want("loc_added 2026-05-01 where user=u1|u2|u599|u600|u900", "108")
		got, err := s.Comparisons(s.Context(), query.Scope{Enterprise: Acme}, rangeOf("2026-05-01..2026-05-01"))
		if err != nil || len(got) != 1 || got[0].People != 1 || got[0].Added != [2]store.Lines{store.KnownLines(1), store.KnownLines(7)} {
			s.Errorf("comparisons are %+v, %v", got, err)
		}
	}},
	{"a person of two organizations has the figures of one kind in both", func(s harness) {
		s.load("acme", user(1, "2026-05-01", 10))
		s.load("north data vendor", user(1, "2026-05-01", 5), user(2, "2026-05-01", 50))
		s.load("south data telemetry", user(1, "2026-05-01", 7), user(3, "2026-05-01", 300))
		s.want(added3, "2026-05-01 360 3")
		s.want("loc_added by organization 2026-05-01", "north 60", "south 310", "null -10")
		s.clean()
		s.erase(store.Deletion{Enterprise: Acme, Data: ofKind(metric.Reports)})
		s.want("loc_added by organization 2026-05-01", "north 57", "south 307", "null -7")
		s.erase(store.Deletion{Enterprise: Acme, Source: South})
		s.want("loc_added by organization 2026-05-01", "north 55")
		s.clean()
	}},
	{"an aggregate counts before user records of a kind of lower rank", func(s harness) {
		s.load("acme data telemetry", user(1, "2026-05-01", 7))
		s.load("acme", aggregate("2026-05-01", 100, 40))
		s.want("loc_added 2026-05-01", "100")
		s.want("loc_added 2026-05-01 from users", "7")
		s.clean()
		s.load("acme", user(1, "2026-05-01", 10))
		s.want("loc_added 2026-05-01", "10")
		s.erase(store.Deletion{Enterprise: Acme, Data: ofKind(metric.Reports)})
		s.want("loc_added 2026-05-01", "7")
		s.clean()
	}},
	{"of aggregates of several kinds the first by rank counts", func(s harness) {
		s.load("acme data vendor", aggregate("2026-05-01", 50, 4))
		s.want("loc_added 2026-05-01", "50")
		s.load("acme", aggregate("2026-05-01", 100, 40))
		s.want("loc_added 2026-05-01", "100")
		s.load("acme data telemetry", aggregate("2026-05-01", 70, 40))
		s.erase(store.Deletion{Enterprise: Acme, Data: ofKind(metric.Reports)})
		s.want("loc_added 2026-05-01", "70")
		s.clean()
	}},
	{"report days and exports are of one kind", func(s harness) {
		s.threeKinds()
		days, err := s.SourceDays(s.Context(), Acme, rangeOf("2026-05-01..2026-05-02"))
		if err != nil {
			s.Fatal(err)
		}
		got := map[string]int64{}
		for _, d := range days {
			got[fmt.Sprint(d.Day, " ", d.Data)] = d.Records
		}
		s.same("records", got, map[string]int64{"2026-05-01 report": 1, "2026-05-01 telemetry": 2, "2026-05-02 telemetry": 1, "2026-05-01 vendor": 3})
		ask := store.Report{Enterprise: Acme, Source: Acme, Kind: report.UserDay, Range: rangeOf("2026-05-01..2026-05-09")}
		s.wantExport(ask, user(1, "2026-05-01", 10))
		ask.Data = metric.Telemetry
		s.wantExport(ask, user(1, "2026-05-01", 7), user(2, "2026-05-01", 100), user(1, "2026-05-02", 1))
		for i, want := range []metric.DataKind{metric.VendorRecords, metric.Telemetry, metric.Reports} {
			if d := s.history()[i].Days[0]; d.Data != want {
				s.Errorf("the history says %s, want %s", d.Data, want)
			}
		}
	}},
	{"kinds are compared by the people of whom both have records, where both know", func(s harness) {
		s.threeKinds()
		s.load("acme data vendor version 2026-06-04", user(1, "2026-05-02", 1), `{"user_id":2,"day":"2026-05-02","loc_added_sum":4}`)
		s.load("acme data telemetry version 2026-06-04", user(2, "2026-05-02", 6), `{"user_id":1,"day":"2026-05-02","ai_credits_used":1}`)
		n := store.KnownLines
		of := func(on string, counts, other metric.DataKind, people, differ int64, one, two store.Lines) store.Comparison {
			return store.Comparison{Day: date(on), Tool: "copilot", Counts: counts, Other: other, People: people, Differ: differ, Added: [2]store.Lines{one, two}}
		}
		want := []store.Comparison{
			of("2026-05-01", metric.Reports, metric.Telemetry, 1, 1, n(10), n(7)),
			of("2026-05-01", metric.Reports, metric.VendorRecords, 1, 1, n(10), n(5)),
			of("2026-05-01", metric.Telemetry, metric.VendorRecords, 1, 1, n(100), n(90)),
			// Of u1 telemetry knows no lines.
			of("2026-05-02", metric.Telemetry, metric.VendorRecords, 2, 1, n(6), n(4)),
		}
		got, err := s.Comparisons(s.Context(), query.Scope{Enterprise: Acme}, rangeOf("2026-05-01..2026-05-09"))
		if err != nil {
			s.Fatal(err)
		}
		s.same("comparisons", got, want)
		got, err = s.Comparisons(s.Context(), query.Scope{Enterprise: Acme, Organization: North}, rangeOf("2026-05-01..2026-05-09"))
		if err != nil || len(got) != 0 {
			s.Errorf("of an organization without people: %v, %v", got, err)
		}
	}},
}
