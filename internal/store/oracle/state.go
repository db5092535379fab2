package oracle

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/metric"
	"codegauge/internal/query"
	"codegauge/internal/report"
	"codegauge/internal/store"
)

// state is everything that is stored.
type state struct {
	reports    map[reportKey]*reportDay // as they are now
	revisions  []revision
	versions   map[int64]int64 // data version by enterprise
	links      map[int64]links // by enterprise; never changed once there
	lastChange int64
	// met is everybody of whom a record ever came, also one that is gone.
	met map[metKey]metAs
}

type metKey struct {
	enterprise int64
	person     person
}

// metAs is the login in the newest record that had one, by version, then by day, and all
// logins that records had.
type metAs struct {
	login   string
	version time.Time
	day     day.Day
	logins  []string
}

// meet notes whom a record names.
func (s *state) meet(enterprise int64, p person, it store.Item) {
	k := metKey{enterprise, p}
	as := s.met[k]
	if later := cmp.Or(as.version.Compare(it.Version), cmp.Compare(as.day, it.Day)); it.Login != "" && later <= 0 {
		as.login, as.version, as.day = it.Login, it.Version, it.Day
	}
	if it.Login != "" {
		as.logins = append(slices.Clone(as.logins), it.Login)
	}
	s.met[k] = as
}

// former returns the logins besides the present one, each once, in lower case.
func (m metAs) former() []string {
	var out []string
	for _, login := range m.logins {
		if login = strings.ToLower(login); login != strings.ToLower(m.login) {
			out = append(out, login)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// reportKey names one report: what one source said of one day and tool.
type reportKey struct {
	enterprise, source int64
	kind               report.Kind
	day                day.Day
	tool               string
	data               metric.DataKind
}

// claimKey names a record within its report: nothing for an aggregate.
type claimKey struct {
	user               string
	organization, team int64
	repo               string
}

// claim is one source's record. Claims are never changed once stored.
type claim struct {
	key      reportKey
	record   *report.Record
	org      int64
	team     int64
	version  time.Time
	importID int64
}

type revision struct {
	store.Revision
	enterprise int64
}

func newState() *state {
	return &state{reports: map[reportKey]*reportDay{}, versions: map[int64]int64{}, links: map[int64]links{}, met: map[metKey]metAs{}}
}

// clone copies s so that the copy can be changed; report days are shared.
func (s *state) clone() *state {
	return &state{
		reports: maps.Clone(s.reports), revisions: slices.Clone(s.revisions),
		versions: maps.Clone(s.versions), links: maps.Clone(s.links), lastChange: s.lastChange, met: maps.Clone(s.met),
	}
}

// find returns the keys of the stored reports that keep accepts, sorted.
func (s *state) find(keep func(reportKey) bool) []reportKey {
	var out []reportKey
	for k := range s.reports {
		if keep(k) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, compareKeys)
	return out
}

func compareKeys(a, b reportKey) int {
	return cmp.Or(
		cmp.Compare(a.day, b.day),
		cmp.Compare(a.enterprise, b.enterprise),
		cmp.Compare(a.source, b.source),
		cmp.Compare(a.kind, b.kind),
		cmp.Compare(a.tool, b.tool),
		cmp.Compare(a.data, b.data),
	)
}

// sorted returns the report's claims in the order of Export.
func (r *reportDay) sorted() []*claim {
	return slices.SortedFunc(maps.Values(r.claims), func(a, b *claim) int {
		return cmp.Or(
			cmp.Compare(a.record.UserID, b.record.UserID),
			cmp.Compare(a.org, b.org),
			cmp.Compare(a.team, b.team),
			cmp.Compare(a.record.Repo, b.record.Repo),
		)
	})
}

// beats reports whether c's values win over d's: the higher version, then the
// enterprise's own, then that of the source with the lowest number. The order of
// imports says nothing.
func (c *claim) beats(d *claim) bool {
	if n := c.version.Compare(d.version); n != 0 {
		return n > 0
	}
	cOwn, dOwn := c.key.source == c.key.enterprise, d.key.source == d.key.enterprise
	if cOwn != dOwn {
		return cOwn
	}
	return c.key.source < d.key.source
}

// person is who a record is about, within one enterprise: a number is one person
// (tool is "") in every tool whose numbers are GitHub's ids; any other id belongs
// to its tool.
type person struct{ tool, id string }

func personOf(tool, id string) person {
	if isNumber(id) && (tool == "" || metric.ToolByName(tool).GitHubIDs) {
		return person{id: id}
	}
	return person{tool: tool, id: id}
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func (c *claim) person() person { return personOf(c.key.tool, c.record.UserID) }

// login returns the login of p: that of its claim with the highest version that
// has one; of someone without claims, of the user-teams rows; else of what was
// replaced; else "".
func (s *state) login(enterprise int64, p person) string {
	now := func(r *reportDay) []*claim { return r.sorted() }
	for _, of := range []func(*reportDay) []*claim{now, (*reportDay).all} {
		for _, kind := range []report.Kind{report.UserDay, report.UserTeam} {
			if c := s.latest(enterprise, kind, p, of); c != nil {
				return c.record.Login
			}
		}
	}
	return ""
}

// latest returns the latest record of a kind that names p's login, among some
// claims of each report day.
func (s *state) latest(enterprise int64, kind report.Kind, p person, of func(*reportDay) []*claim) *claim {
	var best *claim
	for k, r := range s.reports {
		if k.enterprise != enterprise || k.kind != kind {
			continue
		}
		for _, c := range of(r) {
			if c.person() == p && c.record.Login != "" && (best == nil || c.laterThan(best)) {
				best = c
			}
		}
	}
	return best
}

// laterThan orders claims of one person: by version, then by day.
func (c *claim) laterThan(d *claim) bool {
	if c.version.Equal(d.version) {
		if n := compareKeys(c.key, d.key); n != 0 {
			return n > 0
		}
		return cmp.Or(cmp.Compare(c.org, d.org), cmp.Compare(c.team, d.team)) > 0
	}
	return c.version.After(d.version)
}

// labels returns what answers about an enterprise call people.
func (s *state) labels(enterprise int64) func(person) string {
	var met []store.Identity
	for k, as := range s.met {
		if k.enterprise == enterprise {
			met = append(met, store.Identity{Tool: k.person.tool, UserID: k.person.id, Login: as.login})
		}
	}
	shared := store.SharedLogins(slices.Values(met))
	return func(p person) string {
		login := s.login(enterprise, p)
		return query.UserName(p.id, login, shared[strings.ToLower(login)])
	}
}

// deepCopy returns a copy of r that shares no memory with it: strings too may
// lie in memory that the reader of r reuses.
func deepCopy(r *report.Record) *report.Record {
	return deep(reflect.ValueOf(r)).Interface().(*report.Record)
}

func deep(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		return v
	case v.Kind() == reflect.String:
		out.SetString(strings.Clone(v.String()))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(deep(v.Elem()))
	case v.Kind() == reflect.Slice && !v.IsNil():
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(deep(v.Index(i)))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(deep(v.Field(i)))
		}
	default:
		return v
	}
	return out
}
