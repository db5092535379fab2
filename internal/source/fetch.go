package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"codegauge/internal/day"
	"codegauge/internal/directory"
	"codegauge/internal/english"
	"codegauge/internal/fault"
	"codegauge/internal/github"
	"codegauge/internal/intake"
	"codegauge/internal/report"
	"codegauge/internal/spool"
)

const (
	// workers is how many reports are fetched at once.
	workers = 4
	// Files of one scope are imported together once they are this many, this large, or the
	// first has waited this long.
	batchFiles = 64
	batchBytes = 64 << 20
	batchWait  = 20 * time.Second
	// maxConsecutiveFaults is after how many consecutive errors on GitHub's side a round
	// ends.
	maxConsecutiveFaults = 5
)

// fetched is a day's report that was downloaded to the spool, or failed to be.
type fetched struct {
	task
	at    time.Time
	hash  string
	files []report.Input
	size  int64
	batch *spool.Batch
	err   error
}

func (f *fetched) close() {
	if f.batch != nil {
		_ = f.batch.Close() // the next start removes leftovers
	}
}

// fetchAll fetches the tasks in their order, several at a time, and imports the reports.
func (r *round) fetchAll(ctx context.Context, tasks []task) error {
	ctx, cancel := context.WithCancel(ctx)
	queue, results := make(chan task), make(chan *fetched, workers)
	go func() {
		defer close(queue)
		for _, t := range tasks {
			select {
			case queue <- t:
			case <-ctx.Done():
				return
			}
		}
	}()
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for t := range queue {
				if f := r.fetch(ctx, t); f != nil {
					results <- f
				}
			}
		})
	}
	go func() {
		running.Wait()
		close(results)
	}()
	b := &batches{round: r, waiting: map[github.Scope][]*fetched{}, noted: r.Sources.opt.Now()}
	var failed error
	for f := range results {
		if failed == nil {
			failed = b.add(ctx, f)
		} else {
			f.close()
		}
		if failed != nil {
			cancel()
		}
	}
	defer cancel()
	if failed == nil || github.KindOf(failed) != "" { // import what was fetched before the error
		failed = errors.Join(failed, b.flush(context.WithoutCancel(ctx), true))
	}
	b.close()
	if failed == nil {
		return ctx.Err()
	}
	return failed
}

// fetch downloads a day's report, with another credential if one is rejected. It returns
// nil if the report is not fetched in this round.
func (r *round) fetch(ctx context.Context, t task) *fetched {
	st := stream{t.scope, t.report}
	for {
		c, ok := r.credentialFor(st)
		if !ok || ctx.Err() != nil {
			return nil
		}
		r.setDoing(fmt.Sprintf("%s of %s, %s", t.report.Path(t.scope), t.scope, t.day))
		f := &fetched{task: t, at: r.Sources.opt.Now().UTC()}
		f.err = r.download(ctx, c, f)
		if f.err == nil {
			return f
		}
		f.close()
		f.files, f.batch = nil, nil
		switch github.KindOf(f.err) {
		case github.Unauthorized, github.Forbidden:
			if r.denyCredential(st, c.name, f.err) {
				continue
			}
			return f
		case github.PolicyOff:
			r.endStream(st, f.err)
		}
		return f
	}
}

// download downloads the files of a report to the spool.
func (r *round) download(ctx context.Context, c *credential, f *fetched) (err error) {
	if f.batch, err = r.Sources.opt.Spool.Batch(0); err != nil {
		return err
	}
	type kept struct {
		file spool.File
		sum  string
	}
	var files []kept
	get := func(ctx context.Context) (github.Links, error) { return c.Links(ctx, f.scope, f.report, f.day) }
	links, err := c.Fetch(ctx, get, func(i int, in io.Reader) error {
		sum := sha256.New()
		head := &firstLine{}
		file, err := f.batch.Add(ctx, io.TeeReader(in, io.MultiWriter(sum, head)))
		if err != nil {
			return err
		}
		if err := head.checkDay(f.day); err != nil {
			return err
		}
		for len(files) <= i {
			files = append(files, kept{})
		}
		files[i] = kept{file, hex.EncodeToString(sum.Sum(nil))}
		return nil
	})
	if err != nil {
		return err
	}
	files = files[:min(len(files), len(links.URLs))]
	var sums []string
	for i, k := range files {
		if k.file.Size == 0 {
			continue
		}
		name := fmt.Sprintf("%s %s %s", f.report.Path(f.scope), f.scope.Name(), f.day)
		if len(files) > 1 {
			name += fmt.Sprintf(" (%d of %d)", i+1, len(files))
		}
		f.files = append(f.files, report.Input{Name: name, Size: k.file.Size, Open: k.file.Open})
		f.size += k.file.Size
		sums = append(sums, k.sum)
	}
	if len(sums) > 0 {
		slices.Sort(sums) // the order of files does not matter
		all := sha256.Sum256([]byte(strings.Join(sums, " ")))
		f.hash = hex.EncodeToString(all[:])
	}
	return nil
}

// credentialFor returns the credential with which to read a stream, false if the stream
// has ended in this round.
func (r *round) credentialFor(st stream) (*credential, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended[st] != nil {
		return nil, false
	}
	for _, name := range r.check.readers(st.report.Endpoint(st.scope), st.scope) {
		if !r.denied[st][name] {
			return r.credentialNamed(name), true
		}
	}
	return nil, false
}

// denyCredential notes that a credential was rejected for a stream, and reports whether
// there is another. If there is none, it ends the stream.
func (r *round) denyCredential(st stream, name string, err error) bool {
	r.mu.Lock()
	if r.denied[st] == nil {
		r.denied[st] = map[string]bool{}
	}
	r.denied[st][name] = true
	r.mu.Unlock()
	if _, ok := r.credentialFor(st); ok {
		return true
	}
	r.endStream(st, err)
	return false
}

// endStream ends a stream in this round. The first error is the reason.
func (r *round) endStream(st stream, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended[st] == nil {
		r.ended[st] = err
	}
}

// batches collects reports by scope, to import them together.
type batches struct {
	*round
	waiting map[github.Scope][]*fetched
	// rows are the results of days that need no import, since they were last saved at noted.
	rows  []directory.SourceFetch
	noted time.Time
}

func (b *batches) close() {
	for _, list := range b.waiting {
		for _, f := range list {
			f.close()
		}
	}
	clear(b.waiting)
}

// add adds a fetched report, and imports those that are enough for a batch. An error ends
// the round.
func (b *batches) add(ctx context.Context, f *fetched) error {
	b.updateProgress(func(p *Progress) { p.Done++ })
	if f.err != nil {
		return b.failed(ctx, f)
	}
	b.consecutiveFaults = 0
	old := b.known[f.key()]
	if f.hash == "" || old != nil && old.Hash == f.hash {
		defer f.close()
		if f.hash == "" {
			b.sum.None++
		} else {
			b.sum.Same++
		}
		b.rows = append(b.rows, b.fetchRow(f))
		b.rememberFetches(b.rows[len(b.rows)-1:])
		return b.flush(ctx, false)
	}
	b.waiting[f.scope] = append(b.waiting[f.scope], f)
	return b.flush(ctx, false)
}

// failed handles a report that could not be fetched. An error ends the round.
func (b *batches) failed(ctx context.Context, f *fetched) error {
	st := stream{f.scope, f.report}
	b.sum.Left++
	switch github.KindOf(f.err) {
	case github.Limited:
		return f.err
	case "":
		return f.err // local: a full disk, or the end of the round
	case github.Unauthorized, github.Forbidden, github.PolicyOff:
		return nil // the stream has ended, which the summary reports
	case github.Blocked:
		b.endStream(st, f.err)
		return nil
	}
	b.problems[problem{st, f.err.Error()}] = append(b.problems[problem{st, f.err.Error()}], f.day)
	b.Sources.opt.Log.WarnContext(ctx, "report could not be fetched", "source", b.Name, "report", f.report.Path(f.scope), "scope", f.scope.Name(), "day", f.day, "error", f.err)
	if github.KindOf(f.err) != github.Unavailable {
		return nil
	}
	if b.consecutiveFaults++; b.consecutiveFaults >= maxConsecutiveFaults {
		return f.err
	}
	return nil
}

// saveRows stores the results of days that need no import, if there are enough or all is
// set.
func (b *batches) saveRows(ctx context.Context, all bool) error {
	now := b.Sources.opt.Now()
	if len(b.rows) == 0 || !all && len(b.rows) < batchFiles && now.Sub(b.noted) < batchWait {
		return nil
	}
	err := b.dir.PutSourceFetches(ctx, b.ID, b.rows)
	b.rows, b.noted = nil, now
	return err
}

func (b *batches) fetchRow(f *fetched) directory.SourceFetch {
	return afterFetch(b.known[f.key()], directory.SourceFetch{Org: f.scope.Org, Report: string(f.report), Day: f.day, Hash: f.hash, First: f.at, Last: f.at})
}

func (b *batches) rememberFetches(rows []directory.SourceFetch) {
	for _, row := range rows {
		b.known[fetchKey{row.Org, row.Report, row.Day}] = &row
	}
}

// flush imports the scopes that have enough for a batch, or all.
func (b *batches) flush(ctx context.Context, all bool) error {
	if err := b.saveRows(ctx, all); err != nil {
		return err
	}
	for sc, list := range b.waiting {
		files, size, first := 0, int64(0), b.Sources.opt.Now()
		for _, f := range list {
			files, size = files+len(f.files), size+f.size
			if f.at.Before(first) {
				first = f.at
			}
		}
		if !all && files < batchFiles && size < batchBytes && b.Sources.opt.Now().Sub(first) < batchWait {
			continue
		}
		delete(b.waiting, sc)
		err := b.importAll(ctx, sc, list)
		for _, f := range list {
			f.close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// importAll imports reports of one scope. If the import fails because of their content,
// it imports each report separately, and notes those that fail.
func (b *batches) importAll(ctx context.Context, sc github.Scope, list []*fetched) error {
	err := b.importOnce(ctx, sc, list)
	switch kind := fault.KindOf(err); {
	case err == nil:
		return nil
	case kind != fault.Invalid && kind != fault.Conflict && kind != fault.TooLarge && kind != fault.Unsupported:
		return err
	case len(list) > 1:
		for _, f := range list {
			if err := b.importAll(ctx, sc, []*fetched{f}); err != nil {
				return err
			}
		}
		return nil
	}
	f := list[0]
	o := problem{stream{sc, f.report}, "import failed: " + withoutPlace(err.Error(), f)}
	b.problems[o] = append(b.problems[o], f.day)
	return nil
}

// withoutPlace returns an import's error without file and line, so that the same error of
// many days is reported once.
func withoutPlace(text string, f *fetched) string {
	for _, in := range f.files {
		if _, after, ok := strings.Cut(text, in.Name+":"); ok {
			if _, reason, ok := strings.Cut(after, ": "); ok {
				return reason
			}
		}
	}
	return text
}

func (b *batches) importOnce(ctx context.Context, sc github.Scope, list []*fetched) error {
	names, err := b.enterpriseKey(ctx)
	if err != nil {
		return err
	}
	req := intake.Request{Enterprise: names, Org: sc.Org, Scope: "enterprise", Fetched: &intake.Fetched{Origin: importOrigin(b.Name, sc, list)}}
	if sc.Org != "" {
		req.Scope = "organization"
	}
	var rows []directory.SourceFetch
	for _, f := range list {
		req.Inputs = append(req.Inputs, f.files...)
		if at := &req.Fetched.At; at.IsZero() || f.at.Before(*at) {
			*at = f.at
		}
		rows = append(rows, b.fetchRow(f))
	}
	req.Fetched.BeforeCommit = func(ctx context.Context, _ int64) error { return b.dir.PutSourceFetches(ctx, b.ID, rows) }
	b.setDoing("importing " + english.Count(len(req.Inputs), "file", "files"))
	done, err := b.Sources.opt.Import(ctx, req)
	if err != nil {
		return err
	}
	b.rememberFetches(rows)
	b.countImport(done, len(list))
	return b.refetchRejected(ctx, done, list)
}

func (b *batches) countImport(done *intake.Report, reports int) {
	b.sum.Changed += reports
	b.sum.Imports = append(b.sum.Imports, done.ImportID)
	b.sum.Rejected += done.RejectedTotal
	for kind, n := range done.Records {
		b.sum.Records[kind] += n
	}
}

// refetchRejected makes days due again of which the import rejected lines, or all.
func (b *batches) refetchRejected(ctx context.Context, done *intake.Report, list []*fetched) error {
	wrong := map[string]string{}
	for _, f := range done.Files {
		switch {
		case f.NotReport != "":
			wrong[f.Name] = "GitHub's file is not a report (" + f.NotReport + ")"
		case f.Rejected > 0:
			wrong[f.Name] = english.Count(f.Rejected, "line was", "lines were") + " rejected"
		}
	}
	var rows []directory.SourceFetch
	for _, f := range list {
		i := slices.IndexFunc(f.files, func(in report.Input) bool { return wrong[in.Name] != "" })
		if i < 0 {
			continue
		}
		o := problem{stream{f.scope, f.report}, wrong[f.files[i].Name]}
		b.problems[o] = append(b.problems[o], f.day)
		row := *b.known[f.key()]
		row.Hash, row.Asked = "", row.Asked+1
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	b.rememberFetches(rows)
	return b.dir.PutSourceFetches(ctx, b.ID, rows)
}

// enterpriseKey returns the current name of the source's enterprise.
func (r *round) enterpriseKey(ctx context.Context) (string, error) {
	list, err := r.dir.Entities(ctx)
	if err != nil {
		return "", err
	}
	return directory.NewNames(list).Key(r.Enterprise), nil
}

// importOrigin describes an import's reports for the history.
func importOrigin(source string, sc github.Scope, list []*fetched) string {
	kinds := map[github.Report]bool{}
	var days []day.Day
	for _, f := range list {
		kinds[f.report] = true
		if !slices.Contains(days, f.day) {
			days = append(days, f.day)
		}
	}
	var names []string
	for _, k := range github.Reports {
		if kinds[k] {
			names = append(names, k.Path(sc))
		}
	}
	slices.Sort(days)
	return fmt.Sprintf("source %s: %s of %s, %s", source, strings.Join(names, ", "), sc.Name(), english.DayRanges(days))
}

// firstLine captures the first line of a file, which states the day.
type firstLine struct{ text []byte }

// maxFirstLine is the most bytes that firstLine captures.
const maxFirstLine = 256 << 10

// Write implements io.Writer.
func (l *firstLine) Write(b []byte) (int, error) {
	if room := maxFirstLine - len(l.text); room > 0 && !bytes.Contains(l.text, []byte("\n")) {
		l.text = append(l.text, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

// checkDay returns an error if the file's first record is of another day than want, nil if
// it is of that day or of an unknown one.
func (l *firstLine) checkDay(want day.Day) error {
	var row struct {
		Day string `json:"day"`
	}
	text := bytes.TrimPrefix(l.text, []byte("\xef\xbb\xbf"))
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&row); err != nil || row.Day == "" {
		return nil //nolint:nilerr // the import reports what the file is
	}
	if !strings.HasPrefix(row.Day, want.String()) {
		return &github.Error{Kind: github.Malformed, Message: fmt.Sprintf("GitHub's file is of %.20s, not of the requested day", row.Day)}
	}
	return nil
}
