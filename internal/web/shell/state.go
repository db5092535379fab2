package shell

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/fault"
	"codegauge/internal/metric"
	"codegauge/internal/question"
)

// DefaultDays is the window of a page whose URL names none.
const DefaultDays = 28

// maxDays bounds days=N: ten years.
const maxDays = 3660

// Condition is one dimension=value that the page is filtered to.
type Condition struct{ Dimension, Value string }

// State is everything that a page shows depends on besides the data: it is the
// URL, nothing else is kept, so that Back, links and bookmarks work.
type State struct {
	// Path is the page's path; Enterprise, Org and Team are what it is about, ""
	// where it is not that narrow.
	Path, Enterprise, Org, Team string
	// Days is the window's length; 0 if From and To name it.
	Days int
	From string
	To   string
	// Where lists the conditions in the order in which they were added;
	// several values of one dimension are alternatives.
	Where      []Condition
	Definition string
	Source     string
	// Compare shows the previous period's figures; Parity is the switch "Match
	// GitHub's page"; Split draws the daily chart by initiator; OwnScale gives
	// both sides of a comparison a scale of their own.
	Compare, Parity, Split, OwnScale bool
	// Card is the only card shown, "" is all.
	Card string
	// Sort is the measure that a table is sorted by, "" is by name.
	Sort string
	// Search is a part of the names that a table shows, "" of all.
	Search string
	// TablePage is which page of a long table's rows is shown, 0 for the first.
	TablePage int
	// Prompts counts as active who sent a prompt in an IDE, as GitHub's page does, instead
	// of everybody with any activity; ChatOnly shows the languages of chats alone.
	Prompts, ChatOnly bool
	// Shares shows what is divided over time as shares of each day, week or month.
	Shares bool
	// DataVersion and Defined are what a link to this page was made at, 0 and "" unless it says
	// so: how it differs is no other page, but a note on it.
	DataVersion int64
	Defined     string
}

// ParseState reads a URL's query. Words that no page has are ignored; words with
// values that mean nothing are errors for the reader.
func ParseState(path, enterprise string, q url.Values) (State, error) {
	s := State{Path: path, Enterprise: enterprise, From: q.Get("from"), To: q.Get("to"), Card: q.Get("card"), Sort: q.Get("sort"), Search: strings.TrimSpace(q.Get("q")),
		Definition: q.Get("definition"), Source: q.Get("source"),
		Compare: q.Get("compare") == "1", Parity: q.Get("parity") == "1",
		Split: q.Get("split") == "initiator", OwnScale: q.Get("scale") == "own",
		Prompts: q.Get("people") == "prompts", ChatOnly: q.Get("languages") == "chat", Shares: q.Get("over") == "share"}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 {
		s.TablePage = n
	}
	if s.Definition == string(metric.Strict) {
		s.Definition = ""
	}
	if s.Source == "auto" {
		s.Source = ""
	}
	if _, err := metric.ParseDefinition(s.Definition); err != nil {
		return State{}, fault.New(fault.Invalid, "%v", err)
	}
	if err := s.parseWindow(q.Get("days")); err != nil {
		return State{}, err
	}
	if err := s.parseMade(q.Get("data"), q.Get("defined")); err != nil {
		return State{}, err
	}
	return s, s.parseWhere(q)
}

// parseMade reads what a link says that it was made at.
func (s *State) parseMade(version, defined string) error {
	if version == "" {
		return nil
	}
	n, err := strconv.ParseInt(version, 10, 64)
	if err != nil || n < 1 {
		return fault.New(fault.Invalid, "data %.20q is no data version", version)
	}
	s.DataVersion, s.Defined = n, defined
	return nil
}

func (s *State) parseWindow(days string) error {
	if s.From != "" || s.To != "" {
		return s.checkDates()
	}
	s.Days = DefaultDays
	if days == "" {
		return nil
	}
	n, err := strconv.Atoi(days)
	if err != nil || n < 1 || n > maxDays {
		return fault.New(fault.Invalid, "days %.20q is not a number from 1 to %d", days, maxDays)
	}
	s.Days = n
	return nil
}

func (s *State) checkDates() error {
	var ends [2]day.Day
	for i, text := range []string{s.From, s.To} {
		d, err := day.Parse(text)
		if err != nil {
			return fault.New(fault.Invalid, "a window needs both from and to: %v", err)
		}
		ends[i] = d
	}
	if ends[1] < ends[0] {
		return fault.New(fault.Invalid, "the window ends (%s) before it begins (%s)", s.To, s.From)
	}
	return nil
}

func (s *State) parseWhere(q url.Values) error {
	where := q["where"]
	for _, dim := range filterable {
		for _, value := range q[dim] {
			if value != "" {
				where = append(slices.Clone(where), dim+"="+value)
			}
		}
	}
	for _, w := range where {
		if w == "" {
			continue // an untouched control of the filter form
		}
		dim, value, ok := strings.Cut(w, "=")
		d := metric.DimensionByName(dim)
		if value == "" && d != nil && d.Reported() {
			value = metric.Blank
		}
		if !ok || value == "" || d == nil || d.Grain {
			return fault.New(fault.Invalid, "filter %.60q is not of the form dimension=value", w)
		}
		if c := (Condition{dim, value}); !slices.Contains(s.Where, c) {
			s.Where = append(s.Where, c)
		}
	}
	return nil
}

// Query returns the state as URL parameters, without what is default.
func (s State) Query() url.Values {
	q := url.Values{}
	set := func(name, value string, keep bool) {
		if keep && value != "" {
			q.Set(name, value)
		}
	}
	set("days", strconv.Itoa(s.Days), s.Days != 0 && s.Days != DefaultDays)
	set("from", s.From, true)
	set("to", s.To, true)
	for _, c := range s.Where {
		q.Add("where", c.Dimension+"="+c.Value)
	}
	set("definition", s.Definition, true)
	set("source", s.Source, true)
	set("compare", "1", s.Compare)
	set("parity", "1", s.Parity)
	set("split", "initiator", s.Split)
	set("scale", "own", s.OwnScale)
	set("card", s.Card, true)
	set("sort", s.Sort, true)
	set("q", s.Search, true)
	set("page", strconv.Itoa(s.TablePage), s.TablePage > 1)
	set("people", "prompts", s.Prompts)
	set("languages", "chat", s.ChatOnly)
	set("over", "share", s.Shares)
	set("data", strconv.FormatInt(s.DataVersion, 10), s.DataVersion != 0)
	set("defined", s.Defined, true)
	return q
}

// URL returns the page's address, always the same for the same state.
func (s State) URL() string {
	if q := s.Query().Encode(); q != "" {
		return s.Path + "?" + q
	}
	return s.Path
}

// With returns the state after a change, on the first page of a table's rows: no link has
// been made to it yet.
func (s State) With(change func(*State)) State {
	s.Where, s.DataVersion, s.Defined, s.TablePage = slices.Clone(s.Where), 0, "", 0
	change(&s)
	return s
}

// Add returns the state with one more condition.
func (s State) Add(dimension, value string) State {
	return s.With(func(s *State) {
		if c := (Condition{dimension, value}); !slices.Contains(s.Where, c) {
			s.Where = append(s.Where, c)
		}
	})
}

// Remove returns the state without the dimension's conditions, or without the
// one with that value if value is not "".
func (s State) Remove(dimension, value string) State {
	return s.With(func(s *State) {
		s.Where = slices.DeleteFunc(s.Where, func(c Condition) bool {
			return c.Dimension == dimension && (value == "" || c.Value == value)
		})
	})
}

// Between returns the state with a window of dates.
func (s State) Between(r day.Range) State {
	return s.With(func(s *State) { s.Days, s.From, s.To = 0, r.From.String(), r.To.String() })
}

// Last returns the state with a window of the last complete days.
func (s State) Last(days int) State {
	return s.With(func(s *State) { s.Days, s.From, s.To = days, "", "" })
}

// Dates returns the window, if it is one of fixed dates.
func (s State) Dates() (day.Range, bool) {
	from, err := day.Parse(s.From)
	to, err2 := day.Parse(s.To)
	return day.Range{From: from, To: to}, err == nil && err2 == nil
}

// At returns the window on another page.
func (s State) At(path string) State {
	return State{Path: path, Days: s.Days, From: s.From, To: s.To}
}

// Has reports whether the state is filtered by the dimension.
func (s State) Has(dimension string) bool {
	return slices.ContainsFunc(s.Where, func(c Condition) bool { return c.Dimension == dimension })
}

// Values lists the dimension's values.
func (s State) Values(dimension string) []string {
	var out []string
	for _, c := range s.Where {
		if c.Dimension == dimension {
			out = append(out, c.Value)
		}
	}
	return out
}

// Effective returns the state with what the switch "Match GitHub's page" fixes:
// tool Copilot, surface ide, GitHub's definition. Without the switch it is s.
func (s State) Effective() State {
	if !s.Parity {
		return s
	}
	return s.GitHub()
}

// GitHub returns the state by GitHub's published rules.
func (s State) GitHub() State {
	s = s.Remove("tool", "").Remove("surface", "")
	s.Definition = ""
	return s.Add("tool", metric.Copilot).Add("surface", metric.SurfaceIDE)
}

// Reading returns the definition in force.
func (s State) Reading() metric.Definition {
	d, _ := metric.ParseDefinition(s.Definition)
	return d
}

// Words returns the state as a question over the range, or over
// the window's own words if r is the zero Range.
func (s State) Words(r day.Range) question.Parameters {
	w := question.Parameters{Enterprise: s.Enterprise, Org: s.Org, Team: s.Team, Definition: s.Definition, Source: s.Source}
	for _, c := range s.Where {
		w.Where = append(w.Where, c.Dimension+"="+c.Value)
	}
	if r.To != 0 {
		w.From, w.To = r.From.String(), r.To.String()
		return w
	}
	w.Days, w.From, w.To = s.Days, s.From, s.To
	return w
}

// APIURL returns the address at which /api/v1/query answers the same words.
func APIURL(w question.Parameters, format string) string { return answerURL("query", "", w, format) }

// TableURL returns the address at which the API answers the same words with a table of a page.
func TableURL(page, figures string, w question.Parameters, format string) string {
	return answerURL(page, figures, w, format)
}

func answerURL(route, figures string, w question.Parameters, format string) string {
	q := url.Values{"enterprise": {w.Enterprise}, "format": {format}}
	for name, value := range map[string]string{"figures": figures, "measures": strings.Join(w.Measures, ","), "org": w.Org, "team": w.Team, "by": strings.Join(w.By, ","), "from": w.From, "to": w.To,
		"definition": w.Definition, "source": w.Source} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(w.Where) > 0 {
		q["where"] = w.Where
	}
	return "/api/v1/" + route + "?" + q.Encode()
}

// Keys returns the columns of a breakdown that the conditions need.
func (s State) Keys() []metric.Key { return s.KeysWithout("") }

// KeysWithout returns the keys but those of one dimension.
func (s State) KeysWithout(dimension string) []metric.Key {
	var out []metric.Key
	for _, c := range s.Where {
		if d := metric.DimensionByName(c.Dimension); d != nil && d.Key != metric.NoKey && c.Dimension != dimension {
			out = append(out, d.Key)
		}
	}
	return out
}

// KeysOf returns the columns of a breakdown that dimensions need.
func KeysOf(dimensions []string) []metric.Key {
	var out []metric.Key
	for _, name := range dimensions {
		if d := metric.DimensionByName(name); d != nil && d.Key != metric.NoKey {
			out = append(out, d.Key)
		}
	}
	return out
}
