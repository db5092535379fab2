package web

import (
	"math"
	"slices"
	"strings"

	"codegauge/internal/day"
	"codegauge/internal/english"
	"codegauge/internal/metric"
)

// Figure is a number as it is shown and in full; Value is for programs.
type Figure struct{ Text, Full, Value string }

// Tile is one of the four cards.
type Tile struct {
	ID, Title, Definition string
	Figure                Figure
	Change                *Change
	Spark                 *Spark
	// Window and Denominator are what the figure is over, in words.
	Window, Denominator string
	// NoChange says why nothing is compared, Fix what makes an unknown figure known.
	NoChange string
	Fix      *Link
	GitHub   *GitHubFigure
	Blocked  *Blocked
	Menu     Menu
	Sentence Sentence
}

// Change compares with the previous period.
type Change struct {
	Text, Sign string // Sign is up, down or same
	Against    string
	Previous   Figure
	// ShowPrevious prints the previous figure beside the change.
	ShowPrevious bool
	Caveat       string
}

// Menu is what every card offers.
type Menu struct {
	How
	CSV, Only string
}

// How explains a card.
type How struct {
	Formula, Fields, Source, Definition string
	Switch                              *Link
	Reading                             string
}

// Sentence is a figure in words, to be copied with its link.
type Sentence struct{ Text, URL, Version string }

// tileSpec is what differs between the four cards.
type tileSpec struct {
	measure string
	text    func(float64) string
	full    func(float64) string
	// points says that a change is in percentage points.
	points bool
}

func wholeFull(f float64) string { return grouped(int64(math.Round(f))) }

var tileSpecs = []tileSpec{
	{measure: "loc_changed", text: compact, full: wholeFull},
	{measure: "agent_contribution", text: percent, full: percent, points: true},
	{measure: "average_lines_deleted_by_agent", text: decimal, full: decimal},
	{measure: "active_users", text: wholeFull, full: wholeFull},
}

func (b *builder) tiles() []Tile {
	var out []Tile
	for _, spec := range tileSpecs {
		out = append(out, b.tile(spec))
	}
	return out
}

func (b *builder) tile(spec tileSpec) Tile {
	m := metric.MeasureByName(spec.measure)
	t := Tile{ID: strings.ReplaceAll(m.Name, "_", "-"), Title: m.Label, Definition: m.Definition, Window: b.windowWords()}
	t.Menu = b.menu(t.ID, []string{m.Name}, nil)
	t.Menu.Formula, t.Menu.Reading = m.Formula, m.Reading
	if t.Blocked = b.block([]string{m.Name}); t.Blocked != nil {
		return t
	}
	value := b.headline(spec.measure)
	t.Figure = figure(value, spec)
	t.Change, t.NoChange = b.change(spec, value), b.noChange()
	t.Spark = b.spark(spec)
	t.Denominator = b.denominator(m.Name, value)
	t.GitHub = b.github(spec, value)
	if b.monthly(m.Name) {
		t.Window, t.Change = b.t("window.month", span(b.month())), nil
		t.Menu.CSV = apiURL(b.ask(askMonth, b.effective, b.month(), averageMeasure).words, "csv")
	}
	if value == nil && len(b.status.Aggregate) > 0 {
		t.Denominator = b.t("tile.aggregate", b.daysWord(len(b.status.Aggregate)))
		t.Fix = &Link{b.t("tile.users"), b.state.With(func(s *State) { s.Source = "users" }).URL()}
	}
	t.Sentence = b.sentence(m.Name, value)
	return t
}

// noChange says why a card is not compared with the previous period.
func (b *builder) noChange() string {
	if first := b.status.Data.From; b.window.Previous().From < first {
		return b.t("change.begins", longDay(first))
	}
	return b.t("change.none")
}

// monthly reports whether the measure is over the calendar month, as GitHub's
// page has it.
func (b *builder) monthly(measure string) bool {
	return b.state.Parity && measure == averageMeasure[0]
}

// headline returns a card's value.
func (b *builder) headline(measure string) *float64 {
	if b.monthly(measure) {
		return b.answers.of(askMonth).single(measure)
	}
	return b.answers.of(askHeadline).single(measure)
}

func figure(value *float64, spec tileSpec) Figure {
	if value == nil {
		return Figure{Text: none, Full: none}
	}
	return Figure{spec.text(*value), spec.full(*value), plain(*value)}
}

// change returns the difference to the previous period; nil where there is none.
func (b *builder) change(spec tileSpec, now *float64) *Change {
	before := b.answers.of(askPrevious).single(spec.measure)
	previous := b.window.Previous()
	if now == nil || before == nil || b.monthly(spec.measure) || previous.From < b.status.Data.From {
		return nil
	}
	c := &Change{Against: shortSpan(previous), Caveat: b.caveat(previous), Previous: figure(before, spec), ShowPrevious: b.state.Compare}
	diff := *now - *before
	switch {
	case spec.points:
		c.Text = b.t("change.points", english.Plus(english.Decimal(100*diff, 1)))
	case *before == 0:
		return nil
	default:
		diff /= *before
		c.Text = english.Plus(percent(diff))
	}
	c.Sign = sign(diff)
	return c
}

func sign(f float64) string {
	switch {
	case f >= 0.0005:
		return "up"
	case f <= -0.0005:
		return "down"
	}
	return "same"
}

// caveat says what makes the two periods differ besides what people did.
func (b *builder) caveat(previous day.Range) string {
	var out []string
	if n := len(b.before.Missing); n > 0 {
		out = append(out, b.t("change.missing", b.daysWord(n)))
	}
	for _, br := range metric.BreaksIn(day.Range{From: previous.From + 1, To: b.window.To}) {
		out = append(out, b.t("change.break", longDay(br.Day), br.Label))
	}
	return strings.Join(out, " ")
}

// windowWords says what the cards are over: "28 days to 20 Nov, 1 without data".
func (b *builder) windowWords() string {
	text := b.t("window", b.daysWord(b.window.Len()), longDay(b.window.To))
	if n := len(b.status.Missing); n > 0 {
		text += b.t("window.missing", grouped(int64(n)))
	}
	return text
}

// denominator says what a card's figure is of.
func (b *builder) denominator(measure string, value *float64) string {
	if value == nil {
		return b.t("tile.unknown")
	}
	switch measure {
	case "loc_changed":
		return b.parts()
	case "agent_contribution":
		return b.t("tile.ofchanged", compact(orZero(b.headline("loc_changed"))))
	case "average_lines_deleted_by_agent":
		if b.monthly(measure) {
			return b.t("tile.permonth")
		}
		return b.t("tile.peruser", b.plural("n.users", int(orZero(b.headline("active_users")))))
	}
	return b.seatsWords(value)
}

// parts says that tools which count differently were added up, else what the
// changed lines are made of.
func (b *builder) parts() string {
	if tools := b.toolNames(); len(metric.Grades(tools)) > 1 {
		return b.t("tile.grades", b.plural("n.tools", len(tools)))
	}
	return b.t("tile.parts", grown(b.headline("loc_added"), compact), shrunk(b.headline("loc_deleted"), compact))
}

func (b *builder) seatsWords(active *float64) string {
	var out []string
	if b.seats != nil {
		key := "tile.seats"
		if int64(*active) > *b.seats {
			key = "tile.moreseats" // some of the people have no seat
		}
		out = append(out, b.t(key, grouped(int64(*active)), b.plural("n.seats", int(*b.seats))))
	}
	if lines := b.headline("users_reporting_lines"); lines != nil && *lines < *active {
		out = append(out, b.plural("tile.silent", int(*active-*lines)))
	}
	if len(out) == 0 {
		return b.t("tile.allreport")
	}
	return strings.Join(out, "; ")
}

// toolNames lists the tools that changed lines, sorted.
func (b *builder) toolNames() []string {
	t := b.answers.of(askTool)
	var out []string
	for _, row := range t.rows() {
		if name, ok := t.name(row, "tool"); ok && !nothing(t.value(row, "loc_changed")) {
			out = append(out, name)
		}
	}
	return out
}

// menu returns what every card offers; the API's words are the card's own.
func (b *builder) menu(id string, measures, by []string, conditions ...Condition) Menu {
	s := b.effective
	for _, c := range conditions {
		s = s.Remove(c.Dimension, "").Add(c.Dimension, c.Value)
	}
	w := s.Words(b.window)
	w.Measures, w.By = measures, by
	return Menu{How: b.how(measures, by), CSV: apiURL(w, "csv"), Only: b.pinned().With(func(s *State) { s.Card = id }).URL()}
}

// pinned returns the state with its window as dates, so that a link shows
// tomorrow what it shows today.
func (b *builder) pinned() State { return b.state.Between(b.window) }

func (b *builder) how(measures, by []string) How {
	h := How{Fields: b.fields(measures, by), Source: b.sourceWords(), Definition: definitionLabel(b.effective.Reading())}
	if b.state.Parity {
		return h
	}
	other := metric.Wide
	if b.state.Reading() == metric.Wide {
		other = metric.Strict
	}
	h.Switch = &Link{b.t("how.switch", definitionLabel(other)), b.otherDefinition()}
	return h
}

// fields names the fields of GitHub's records that the figures come from.
func (b *builder) fields(measures, by []string) string {
	var counters, arrays []string
	for _, name := range measures {
		m := metric.MeasureByName(name)
		if field := metric.FieldOf(name); field != "" {
			counters = append(counters, field)
		}
		served, err := metric.Serving(m, append(keysOf(by), b.effective.keys()...))
		if err != nil {
			continue
		}
		if field := fieldOf(served); !slices.Contains(arrays, field) {
			arrays = append(arrays, field)
		}
	}
	if len(counters) == 0 {
		counters = []string{"loc_added_sum", "loc_deleted_sum"}
	}
	if slices.Equal(measures, []string{"active_users"}) {
		return b.t("how.people")
	}
	return b.t("how.fields", strings.Join(counters, ", "), b.list(arrays))
}

func fieldOf(breakdown metric.Breakdown) string {
	return metric.Breakdowns[breakdown].Field
}

// sourceWords says which records the figures come from.
func (b *builder) sourceWords() string {
	switch n := len(b.status.Aggregate); {
	case len(b.status.Union) > 0:
		return b.t("how.union", b.list(b.status.Union))
	case n == 0:
		return b.t("how.users", b.plural("sources", len(b.status.Sources)))
	default:
		return b.t("how.aggregate", grouped(int64(n)), b.daysWord(b.window.Len()))
	}
}

// sentence says a card's figure in words that can stand alone.
func (b *builder) sentence(measure string, value *float64) Sentence {
	if value == nil {
		return b.say(b.t("sentence.unknown", b.windowSentence(), metric.MeasureByName(measure).Label, b.scope()))
	}
	head := b.windowSentence()
	switch measure {
	case "loc_changed":
		return b.say(b.linesSentence(head, value))
	case "agent_contribution":
		return b.say(b.t("sentence.agent", head, percent(*value), b.scope()))
	case "average_lines_deleted_by_agent":
		return b.say(b.t("sentence.average", head, decimal(*value), b.scope()))
	}
	return b.say(b.plural("sentence.users", int(*value), head, b.scope()))
}

func (b *builder) linesSentence(head string, lines *float64) string {
	text := b.t("sentence.lines", head, b.lines(*lines), b.scope())
	if share := b.headline("agent_contribution"); share != nil && *lines != 0 {
		text += b.t("sentence.share", wholePercent(*share))
	}
	text += "."
	if reporting := b.reporting(); reporting != "" {
		text += " " + reporting
	}
	return text + " " + b.t("sentence.not")
}

// say ends a sentence with the filters in force, the link and the data version.
func (b *builder) say(text string) Sentence {
	var filters []string
	for _, c := range b.chips() {
		filters = append(filters, c.Dimension+": "+c.Value)
	}
	if len(filters) > 0 {
		text += " " + b.t("sentence.filters", strings.Join(filters, "; "))
	}
	return Sentence{Text: text, URL: b.pinned().URL(), Version: b.t("sentence.version", plain(float64(b.status.DataVersion)))}
}

func (b *builder) windowSentence() string {
	return b.t("sentence.window", b.daysWord(b.window.Len()), longDay(b.window.To))
}

// GitHubFigure is what GitHub's published rules make of the same records.
type GitHubFigure struct {
	Figure Figure
	Same   bool
	// Lines leads from this page's figure to GitHub's.
	Lines []Step
	URL   string
}

// Step is a line of a small account.
type Step struct{ Label, Value string }

// github returns a card's figure by GitHub's rules; nil where GitHub has none.
func (b *builder) github(spec tileSpec, here *float64) *GitHubFigure {
	name := askGitHub
	if spec.measure == averageMeasure[0] {
		name = askMonth
	}
	there := b.answers.of(name).single(spec.measure)
	if b.state.Parity || there == nil || here == nil {
		return nil
	}
	g := &GitHubFigure{Figure: figure(there, spec), URL: b.state.With(func(s *State) { s.Parity = true }).URL()}
	g.Same = g.Figure.Full == spec.full(*here)
	if spec.measure == "loc_changed" {
		g.Lines = b.lineSteps(*here, *there)
	} else {
		g.Lines = b.wordSteps(spec, *here, *there)
	}
	return g
}

// lineSteps leads from this page's lines to GitHub's, each difference with its
// size, so that the account closes.
func (b *builder) lineSteps(here, there float64) []Step {
	steps := []Step{{b.t("github.here"), wholeFull(here)}}
	rest := here - there
	take := func(label string, lines float64) {
		if lines != 0 {
			steps = append(steps, Step{label, wholeFull(-lines)})
			rest -= lines
		}
	}
	for _, part := range b.outsideGitHub() {
		take(part.label, part.lines)
	}
	take(b.t("github.rest"), rest)
	return append(steps, Step{b.t("github.there"), wholeFull(there)})
}

type linesPart struct {
	label string
	lines float64
}

// outsideGitHub lists the lines that GitHub's page leaves out: of other tools,
// and Copilot's outside the editor.
func (b *builder) outsideGitHub() []linesPart {
	var out []linesPart
	tools := b.answers.of(askTool)
	for _, row := range tools.rows() {
		if name, _ := tools.name(row, "tool"); name != metric.Copilot {
			out = append(out, linesPart{metric.ToolByName(name).Label, orZero(tools.value(row, "loc_changed"))})
		}
	}
	modes, bySurface := b.answers.of(askMode), map[string]float64{}
	for _, row := range modes.rows() {
		if tool, _ := modes.name(row, "tool"); tool == metric.Copilot {
			name, _ := modes.name(row, "feature")
			f, _ := metric.FeatureByName(name)
			bySurface[f.Surface] += orZero(plus(modes.value(row, "loc_added"), modes.value(row, "loc_deleted")))
		}
	}
	for _, surface := range []string{metric.SurfaceCLI, metric.SurfaceApp, metric.SurfaceUnknown} {
		out = append(out, linesPart{b.t("github.surface", b.t("surface."+surface)), bySurface[surface]})
	}
	return out
}

// wordSteps says what differs where the difference has no parts to add up.
func (b *builder) wordSteps(spec tileSpec, here, there float64) []Step {
	steps := []Step{{b.t("github.here"), spec.full(here)}}
	if tools := b.toolNames(); len(tools) > 1 || len(tools) == 1 && tools[0] != metric.Copilot {
		steps = append(steps, Step{b.t("github.onlycopilot"), ""})
	}
	steps = append(steps, Step{b.t("github.onlyide"), ""})
	if spec.measure == averageMeasure[0] {
		steps = append(steps, Step{b.t("github.month", span(b.month())), ""})
	}
	if b.state.Reading() == metric.Wide && spec.measure != "active_users" {
		steps = append(steps, Step{b.t("github.definition"), ""})
	}
	return append(steps, Step{b.t("github.there"), spec.full(there)})
}
