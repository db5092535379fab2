package source

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/fault"
	"codegauge/internal/github"
)

// Check is the result of trying what each credential of a source can read.
type Check struct {
	// OK is set if every endpoint can be read with one of the credentials.
	OK bool      `json:"ok"`
	At time.Time `json:"at"`
	// Days is the number of days that can be fetched, From the first; 0 if there are none.
	Days int     `json:"days_available"`
	From day.Day `json:"from,omitempty"`
	// Calls and Minutes estimate what it takes to fetch everything that is due.
	Calls   int `json:"calls"`
	Minutes int `json:"minutes"`
	// Hosts are those that a firewall must allow; the credential goes to the first alone.
	Hosts []string `json:"hosts"`
	// Organizations are those whose reports are fetched, Proposed others that own seats.
	Organizations []string  `json:"organizations"`
	Proposed      []string  `json:"proposed,omitempty"`
	Rows          []Row     `json:"checks"`
	Missing       []Missing `json:"missing"`
	// Credentials are those that were checked.
	Credentials []CheckedCredential `json:"credentials"`
}

// Row is the result for one endpoint and one credential.
type Row struct {
	Endpoint   string `json:"endpoint"`
	Scope      string `json:"scope"`
	Credential string `json:"credential"`
	// Status is the HTTP status, 0 if the endpoint was not tried.
	Status  int    `json:"status"`
	Message string `json:"message"`
	// Grant is the missing permission and who can grant it, "" if none is missing.
	Grant string `json:"grant,omitempty"`
	OK    bool   `json:"ok"`
	// Used is set if rounds read the endpoint with this credential.
	Used bool `json:"used"`
	// Organization is set if the scope is an organization. Kind is the error's kind.
	Organization bool        `json:"organization,omitempty"`
	Kind         github.Kind `json:"kind,omitempty"`
}

// CheckedCredential is a credential that was checked.
type CheckedCredential struct {
	Name string                `json:"name"`
	Kind github.CredentialKind `json:"kind"`
	// Expires is when the credential expires, zero if unknown.
	Expires time.Time `json:"expires,omitzero"`
	Left    int       `json:"calls_left"`
	Limit   int       `json:"calls_limit"`
}

// checker creates a Check.
type checker struct {
	*openSource
	now   time.Time
	today day.Day
	check *Check
	// firstReaderOnly tries no other credential once one can read an endpoint.
	firstReaderOnly bool
	progress        func(doing string)
}

// maxOrgsTriedFully is up to how many organizations every credential is tried for each
// endpoint; with more, firstReaderOnly is set.
const maxOrgsTriedFully = 20

// endpoint is an endpoint of a scope, and how to try whether it can be read.
type endpoint struct {
	name  github.Endpoint
	scope github.Scope
	try   func(context.Context, *credential) (status int, err error)
}

func (c *checker) report(sc github.Scope, r github.Report) endpoint {
	return endpoint{r.Endpoint(sc), sc, func(ctx context.Context, cr *credential) (int, error) { return c.tryReport(ctx, cr, sc, r) }}
}

func (c *checker) list(sc github.Scope, l github.List) endpoint {
	return endpoint{l.Endpoint(), sc, func(ctx context.Context, cr *credential) (int, error) {
		return http.StatusOK, cr.FirstPage(ctx, sc, l)
	}}
}

// tryReport requests a report of a day that should have one. A 404 alone does not tell
// whether the day has no report or the credential lacks access to the scope.
func (c *checker) tryReport(ctx context.Context, cr *credential, sc github.Scope, r github.Report) (int, error) {
	links, err := cr.Links(ctx, sc, r, c.today-finalAge-1)
	if err != nil || links.Status != http.StatusNotFound {
		return cmp.Or(links.Status, github.StatusOf(err)), err
	}
	known := c.canRead(cr, github.Users.Endpoint(sc), sc)
	if !known && (r == github.Users || r == github.Aggregate) {
		if known, err = cr.HasLatest(ctx, sc, r); err != nil {
			return github.StatusOf(err), err
		}
	}
	if !known {
		return http.StatusNotFound, &github.Error{Kind: github.NotFound, Status: http.StatusNotFound,
			Message: fmt.Sprintf("GitHub has no report of %s, or it is not visible to this credential (404)", sc)}
	}
	return http.StatusNotFound, nil
}

// canRead reports whether a credential could read an endpoint.
func (c *checker) canRead(cr *credential, e github.Endpoint, sc github.Scope) bool {
	return slices.ContainsFunc(c.check.Rows, func(r Row) bool {
		return r.OK && r.Credential == cr.name && r.Endpoint == string(e) && r.isScope(sc)
	})
}

func (r Row) isScope(sc github.Scope) bool {
	return r.Scope == sc.Name() && r.Organization == (sc.Org != "")
}

// inTryOrder returns the credentials in the order in which they are tried: Apps first,
// which do not belong to a person, then those with fewer permissions before others.
func (o *openSource) inTryOrder() []*credential {
	rank := map[github.CredentialKind]int{github.App: 0, github.FineGrained: 1, github.Codegauge: 2, github.Other: 2, github.Classic: 3}
	return slices.SortedStableFunc(slices.Values(o.credentials), func(a, b *credential) int { return cmp.Compare(rank[a.kind], rank[b.kind]) })
}

// tryEndpoint tries an endpoint with every credential, and marks the first that can read
// it as used.
func (c *checker) tryEndpoint(ctx context.Context, e endpoint) error {
	c.progress(fmt.Sprintf("%s of %s", e.name, e.scope))
	used := false
	for _, cr := range c.inTryOrder() {
		if used && c.firstReaderOnly {
			break
		}
		row := Row{Endpoint: string(e.name), Scope: e.scope.Name(), Credential: cr.name, Organization: e.scope.Org != ""}
		grant := github.GrantFor(e.name, e.scope, cr.kind)
		if !grant.Possible {
			row.Message, row.Grant = "not possible: GitHub does not offer this to this kind of credential", grantText(grant)
			c.check.Rows = append(c.check.Rows, row)
			continue
		}
		status, err := e.try(ctx, cr)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		row.Status, row.Message, row.OK = status, "can be read", err == nil
		if err != nil {
			row.Status, row.Message, row.Kind = github.StatusOf(err), err.Error(), github.KindOf(err)
			row.Grant = grantFor(err, e.scope, grant)
		}
		row.Used = row.OK && !used
		used = used || row.OK
		c.check.Rows = append(c.check.Rows, row)
		switch kind := github.KindOf(err); {
		case kind == github.Limited, kind == github.Unavailable && row.Status == 0:
			return err // other calls would fail too
		}
	}
	return nil
}

// grantFor returns who can resolve an error, and how; "" if only GitHub can.
func grantFor(err error, sc github.Scope, g github.Grant) string {
	switch github.KindOf(err) {
	case github.PolicyOff:
		return fmt.Sprintf(`No credential helps: the policy "Copilot usage metrics" is off for %s. An enterprise owner sets it to "Enabled everywhere" (AI controls, Copilot)`, sc)
	case github.Unauthorized:
		return "The credential's owner has to create a new one; add it under the same name"
	case github.Forbidden, github.NotFound:
		return grantText(g)
	}
	return ""
}

func grantText(g github.Grant) string {
	return strings.ToUpper(g.Who[:1]) + g.Who[1:] + " can grant it: " + g.Permission
}

// Check tries what each credential of a source can read. It stores nothing.
func (s *Sources) Check(ctx context.Context, id int64) (*Check, error) {
	src, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	o, err := s.open(ctx, src, true, nil)
	if err != nil {
		return nil, err
	}
	check, err := s.check(ctx, o, false, func(string) {})
	if err != nil {
		return nil, userError(err)
	}
	if err := s.estimate(ctx, o, check); err != nil {
		return nil, userError(err)
	}
	return check, nil
}

// CheckAndSave is Check, and stores the result in the source's State.
func (s *Sources) CheckAndSave(ctx context.Context, id int64) (*Check, error) {
	check, err := s.Check(ctx, id)
	if err != nil {
		return nil, err
	}
	st, err := s.State(ctx, id)
	if err != nil {
		return nil, err
	}
	if st.Progress == nil { // a running round stores its own check
		st.Check = check
		err = s.putState(ctx, id, st)
	}
	return check, err
}

// userError converts an error of package github to a fault, which users see.
func userError(err error) error {
	switch kind := github.KindOf(err); kind {
	case "":
		return err
	case github.Limited, github.Unavailable:
		return fault.New(fault.Unavailable, "%v", err)
	}
	return fault.New(fault.Conflict, "%v", err)
}

// check tries what each credential can read. With firstReaderOnly it tries no more than a
// round needs.
func (s *Sources) check(ctx context.Context, o *openSource, firstReaderOnly bool, progress func(string)) (*Check, error) {
	now := s.opt.Now()
	c := &checker{openSource: o, now: now, today: day.Of(now), firstReaderOnly: firstReaderOnly, progress: progress,
		check: &Check{At: now.UTC(), Hosts: o.base.Hosts(o.AllowHosts), Organizations: []string{}, Rows: []Row{}, Missing: []Missing{}}}
	if err := c.tryEndpoints(ctx); err != nil {
		return nil, err
	}
	for _, cr := range o.credentials {
		left, limit := cr.Remaining()
		c.check.Credentials = append(c.check.Credentials, CheckedCredential{cr.name, cr.kind, cr.Expires(), left, limit})
	}
	c.check.Missing = c.missing()
	c.check.OK = len(c.check.Missing) == 0
	return c.check, nil
}

// tryEndpoints tries everything that a round fetches.
func (c *checker) tryEndpoints(ctx context.Context) error {
	enterprise, has := c.enterprise()
	var list []endpoint
	if has {
		for _, r := range github.Reports {
			list = append(list, c.report(enterprise, r))
		}
		list = append(list, c.list(enterprise, github.Seats), c.list(enterprise, github.EnterpriseTeams))
	}
	for _, e := range list {
		if err := c.tryEndpoint(ctx, e); err != nil {
			return err
		}
	}
	if err := c.findOrganizations(ctx, enterprise, has); err != nil {
		return err
	}
	if len(c.check.Organizations) > maxOrgsTriedFully {
		c.firstReaderOnly = true
	}
	for _, login := range c.check.Organizations {
		for _, e := range c.orgEndpoints(login) {
			if err := c.tryEndpoint(ctx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// orgEndpoints returns the endpoints of an organization, without seats if the enterprise's
// can be read.
func (c *checker) orgEndpoints(login string) []endpoint {
	sc := c.org(login)
	var list []endpoint
	for _, r := range github.Reports {
		list = append(list, c.report(sc, r))
	}
	list = append(list, c.list(sc, github.Members), c.list(sc, github.Teams))
	if _, ok := c.check.used(string(github.Seats), github.Scope{Enterprise: c.Slug}); !ok {
		list = append(list, c.list(sc, github.Seats))
	}
	return list
}

// findOrganizations sets the organizations to fetch: those that the source names, else
// those that GitHub lists. If it cannot list them, the owners of seats are proposed.
func (c *checker) findOrganizations(ctx context.Context, enterprise github.Scope, has bool) error {
	if len(c.Orgs) > 0 || !has {
		c.check.Organizations = slices.Clone(c.Orgs)
		return nil
	}
	var found []github.Organization
	err := c.tryEndpoint(ctx, endpoint{github.Organizations.Endpoint(), enterprise, func(ctx context.Context, cr *credential) (int, error) {
		list, err := cr.Organizations(ctx, enterprise)
		if err == nil && found == nil {
			found = list
		}
		return http.StatusOK, err
	}})
	if err != nil {
		return err
	}
	for _, o := range found {
		c.check.Organizations = append(c.check.Organizations, o.Login)
	}
	slices.Sort(c.check.Organizations)
	if found != nil {
		return nil
	}
	return c.proposeOrganizations(ctx, enterprise)
}

// proposeOrganizations proposes the organizations that own seats.
func (c *checker) proposeOrganizations(ctx context.Context, enterprise github.Scope) error {
	name, ok := c.check.used(string(github.Seats), enterprise)
	if !ok {
		return nil
	}
	cr := c.credentialNamed(name)
	err := cr.Pages(ctx, enterprise, github.Seats, func(page []byte) error {
		var body struct {
			Seats []struct {
				Organization struct {
					Login string `json:"login"`
				} `json:"organization"`
			} `json:"seats"`
		}
		if err := json.Unmarshal(page, &body); err != nil {
			return nil //nolint:nilerr // proposals only
		}
		for _, seat := range body.Seats {
			if l := seat.Organization.Login; l != "" && !slices.Contains(c.check.Proposed, l) {
				c.check.Proposed = append(c.check.Proposed, l)
			}
		}
		return nil
	})
	slices.Sort(c.check.Proposed)
	if github.KindOf(err) == github.Limited {
		return err
	}
	return ctx.Err() // proposals only
}

func (o *openSource) credentialNamed(name string) *credential {
	i := slices.IndexFunc(o.credentials, func(c *credential) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return o.credentials[i]
}

// readers returns the names of the credentials that can read an endpoint of a scope, in
// the order in which they are used.
func (c *Check) readers(e github.Endpoint, sc github.Scope) (names []string) {
	for _, r := range c.Rows {
		if r.OK && r.Endpoint == string(e) && r.isScope(sc) {
			names = append(names, r.Credential)
		}
	}
	return names
}

// used returns the name of the credential with which an endpoint of a scope is read.
func (c *Check) used(e string, sc github.Scope) (string, bool) {
	i := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Used && r.Endpoint == e && r.isScope(sc) })
	if i < 0 {
		return "", false
	}
	return c.Rows[i].Credential, true
}

// missing lists the endpoints that no credential can read, each with the most specific
// reason. Those of the enterprise are not missing for standalone organizations.
func (c *checker) missing() []Missing {
	out := []Missing{}
	standalone := c.standalone()
	type key struct {
		endpoint, scope string
		org             bool
	}
	best := map[key]Row{}
	var order []key
	for _, r := range c.check.Rows {
		k := key{r.Endpoint, r.Scope, r.Organization}
		old, seen := best[k]
		if !seen {
			order = append(order, k)
		}
		if !seen || !old.OK && (r.OK || old.Status == 0) {
			best[k] = r
		}
	}
	for _, k := range order {
		r := best[k]
		if r.OK || standalone && !k.org {
			continue
		}
		out = append(out, Missing{What: r.Endpoint, Scope: r.Scope, Reason: r.Message, Grant: r.Grant})
	}
	return out
}

// standalone reports whether the source has only standalone organizations: it names some,
// and every endpoint of the enterprise is not found.
func (c *checker) standalone() bool {
	asked := false
	for _, r := range c.check.Rows {
		if r.Organization || r.Status == 0 {
			continue
		}
		asked = true
		if r.OK || r.Kind != github.NotFound {
			return false
		}
	}
	return asked && len(c.Orgs) > 0
}

// estimate sets how many days can be fetched, and what it takes to fetch what is due.
func (s *Sources) estimate(ctx context.Context, o *openSource, check *Check) error {
	today := day.Of(s.opt.Now())
	streams := check.streams(o)
	if len(streams) == 0 {
		return nil
	}
	if err := s.findDays(ctx, o, check, streams[0], today); err != nil {
		return err
	}
	list, err := s.dir.SourceFetches(ctx, o.ID)
	if err != nil {
		return err
	}
	known := fetchesOf(list)
	check.Calls = len(plan(streams, known, func(st stream) day.Range { return window(st, known, today) }, today))
	left := 0
	for _, cr := range check.Credentials {
		left = max(left, cr.Limit/2)
	}
	hourly := cmp.Or(s.opt.Client.CallsAnHour, left, 2500)
	// A call and its file take about a second, and four run at a time.
	check.Minutes = max((check.Calls+239)/240, check.Calls/hourly*60)
	return nil
}

// findDays finds the first and the last day with a report by binary search. As single days
// may have none, it checks each day together with the next.
func (s *Sources) findDays(ctx context.Context, o *openSource, check *Check, st stream, today day.Day) error {
	name, _ := check.used(string(st.report.Endpoint(st.scope)), st.scope)
	cr := o.credentialNamed(name)
	var failed error
	asked := map[day.Day]bool{}
	has := func(d day.Day) bool {
		found, known := asked[d]
		if !known && failed == nil {
			var links github.Links
			links, failed = cr.Links(ctx, st.scope, st.report, d)
			found = len(links.URLs) > 0
			asked[d] = found
		}
		return found
	}
	w := window(st, nil, today)
	last := w.To
	for last > w.From && last > w.To-finalAge-1 && !has(last) {
		last--
	}
	if !has(last) {
		return failed
	}
	first := w.From + day.Day(sort.Search(int(last-w.From), func(i int) bool {
		d := w.From + day.Day(i)
		return has(d) || has(d+1)
	}))
	if !has(first) {
		first++
	}
	if failed == nil {
		check.From, check.Days = first, int(last-first)+1
	}
	return failed
}

// fourWeeks is how many days further back each round looks for a report whose first day is
// not known.
const fourWeeks = 28

// window returns the days of which GitHub can have a report. If the report's first day is
// not documented, that is its release date, or four weeks earlier each time that the first
// day of the window turns out to have a report.
func window(st stream, known fetches, today day.Day) day.Range {
	since := st.report.Since(st.scope, today)
	from := max(since, st.report.Released())
	for from > since {
		if f := known[task{st.scope, st.report, from}.key()]; f == nil || f.Hash == "" {
			break
		}
		from = max(since, from-fourWeeks)
	}
	return day.Range{From: from, To: today - 1}
}

// streams returns the streams that a credential can read, those of the enterprise first.
func (c *Check) streams(o *openSource) []stream {
	var out []stream
	add := func(sc github.Scope) {
		for _, r := range github.Reports {
			if _, ok := c.used(string(r.Endpoint(sc)), sc); ok {
				out = append(out, stream{sc, r})
			}
		}
	}
	if sc, ok := o.enterprise(); ok {
		add(sc)
	}
	for _, login := range c.Organizations {
		add(o.org(login))
	}
	return out
}

// maxCheckAge is how old a check may be for a round to use it.
const maxCheckAge = 20 * time.Hour

// isCurrent reports whether a check is recent, without problems, and of the same
// credentials and organizations.
func (c *Check) isCurrent(o *openSource, credentials []directory.SourceCredential, now time.Time) bool {
	if c == nil || !c.OK || now.Sub(c.At) > maxCheckAge || len(credentials) != len(c.Credentials) {
		return false
	}
	for _, cr := range credentials {
		if cr.Created.After(c.At) || !slices.ContainsFunc(c.Credentials, func(k CheckedCredential) bool { return k.Name == cr.Name }) {
			return false
		}
	}
	return len(o.Orgs) == 0 || slices.Equal(o.Orgs, c.Organizations)
}
