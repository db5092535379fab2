package github

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const (
	// A file with a compression ratio over maxRatio is rejected once it has more than
	// ratioFrom bytes. Reports have a ratio of about 20.
	maxRatio  = 300
	ratioFrom = 64 << 20
	// maxLinkTries is how often a file is downloaded that breaks off.
	maxLinkTries = 3
	// maxTail is the most bytes of a file's last line that are checked.
	maxTail = 1 << 20
)

// Fetch downloads the files of a day's report, whose links getLinks returns, and passes
// each to save, which must read it to its end. save is called again for a file that broke
// off and, with new links, for all files after a link has expired; only the last call for
// a file counts. It returns the links, without URLs if GitHub has no report of the day.
func (c *Client) Fetch(ctx context.Context, getLinks func(context.Context) (Links, error), save func(file int, r io.Reader) error) (Links, error) {
	links, err := getLinks(ctx)
	if err != nil {
		return links, err
	}
	renewed := 0
	for i := 0; i < len(links.URLs); i++ {
		err := c.download(ctx, links.URLs[i], func(r io.Reader) error { return save(i, r) })
		if KindOf(err) == expired && renewed < 2 {
			renewed++
			n := len(links.URLs)
			if links, err = getLinks(ctx); err != nil {
				return links, err
			}
			if len(links.URLs) != n {
				return links, &Error{Kind: Unavailable, Message: fmt.Sprintf("the report changed from %d to %d files while it was fetched", n, len(links.URLs))}
			}
			i = -1 // all files may have changed
			continue
		}
		if err != nil {
			return links, err
		}
	}
	return links, nil
}

// download downloads a file, again if it breaks off.
func (c *Client) download(ctx context.Context, link string, save func(io.Reader) error) error {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return malformed(0, "GitHub sent a download link that is not a URL")
	}
	if err := c.opt.Base.checkLink(u, c.opt.AllowHosts); err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := c.downloadOnce(ctx, u, save)
		if KindOf(err) != Unavailable || try == maxLinkTries || ctx.Err() != nil {
			return err
		}
		if err := c.opt.Sleep(ctx, backoff(try)); err != nil {
			return err
		}
	}
}

func (c *Client) downloadOnce(ctx context.Context, u *url.URL, save func(io.Reader) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return malformed(0, "GitHub sent a download link that is not a valid URL")
	}
	req.Header.Set("User-Agent", c.opt.UserAgent)
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := c.http.Do(req)
	if err != nil {
		return transportError(u.Host, err)
	}
	defer res.Body.Close()
	if err := linkStatus(res); err != nil {
		return err
	}
	in := newStallReader(res.Body, c.opt.Stall, stop)
	defer in.close()
	f := &reportFile{body: in, host: u.Host, max: c.opt.MaxFile}
	if f.r, err = decompressed(res.Header, in); err != nil {
		return f.truncated(err)
	}
	_, f.packed = f.r.(*gzip.Reader)
	if err := save(f); err != nil {
		if f.err != nil {
			return f.err
		}
		return err
	}
	return f.checkEnd(res)
}

// linkStatus returns the Error for a response that is not the file.
func linkStatus(res *http.Response) error {
	host, status := res.Request.URL.Host, res.StatusCode
	switch {
	case status == http.StatusOK:
		if kind := res.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") {
			return malformed(status, "%s returned a web page for a download link instead of a report: a proxy or a sign-in page is in between", host)
		}
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusGone:
		return &Error{Kind: expired, Status: status, Message: fmt.Sprintf("the download link to %s does not work (%d), although it is new", host, status)}
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		return &Error{Kind: Unavailable, Status: status, Message: fmt.Sprintf("%s returned %s for a download link", host, res.Status)}
	}
	return malformed(status, "%s returned %s for a download link", host, res.Status)
}

// reportFile reads a report file and checks it: that it is a report, that it is not a
// decompression bomb, and that its last line is complete.
type reportFile struct {
	body   *stallReader
	r      io.Reader
	host   string
	packed bool
	max    int64
	bytes  int64
	head   []byte
	tail   []byte
	ended  bool
	err    error
}

// Read implements io.Reader.
func (f *reportFile) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	f.bytes += int64(n)
	if len(f.head) < 512 {
		f.head = append(f.head, b[:min(n, 512-len(f.head))]...)
	}
	f.keepTail(b[:n])
	switch {
	case f.bytes > f.max:
		f.err = malformed(http.StatusOK, "the file from %s is larger than %d MiB", f.host, f.max>>20)
	case f.packed && f.bytes > ratioFrom && f.bytes > maxRatio*max(f.body.bytes, 1):
		f.err = malformed(http.StatusOK, "the file from %s decompresses to more than %d times its size, which no report does", f.host, maxRatio)
	case err == io.EOF:
		f.ended = true
		return n, io.EOF
	case err != nil:
		f.err = f.truncated(err)
	}
	if f.err != nil {
		return n, f.err
	}
	return n, nil
}

// keepTail remembers the last line read so far.
func (f *reportFile) keepTail(b []byte) {
	text := bytes.TrimRight(b, " \t\r\n")
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
		f.tail = f.tail[:0]
		b = b[i+1:]
	}
	if len(f.tail) <= maxTail {
		f.tail = append(f.tail, b...)
	}
}

func (f *reportFile) truncated(err error) error {
	return &Error{Kind: Unavailable, Status: http.StatusOK, Message: fmt.Sprintf("the file from %s broke off after %d bytes: %v", f.host, f.bytes, f.body.cause(err))}
}

// checkEnd returns what is wrong with a file that was read to its end, nil if nothing is.
func (f *reportFile) checkEnd(res *http.Response) error {
	if !f.ended {
		return errors.New("the file was not read to its end")
	}
	if res.ContentLength >= 0 && f.body.bytes != res.ContentLength {
		return f.truncated(io.ErrUnexpectedEOF)
	}
	head, tail := bytes.TrimSpace(f.head), bytes.TrimSpace(f.tail)
	switch {
	case len(head) == 0, head[0] == 0x1f, bytes.HasPrefix(head, []byte("PK")), bytes.HasPrefix(head, []byte("PAR1")):
		return nil // empty, or compressed: reading it will show whether it is complete
	case head[0] != '{' && head[0] != '[' && !bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return malformed(http.StatusOK, "the file from %s is not a report: it begins with %.40q", f.host, head)
	case head[0] == '{' && len(tail) > 0 && tail[0] == '{' && len(f.tail) <= maxTail && !validObjects(tail):
		return f.truncated(io.ErrUnexpectedEOF)
	case len(tail) > 0 && tail[len(tail)-1] != '}' && tail[len(tail)-1] != ']':
		return f.truncated(io.ErrUnexpectedEOF)
	}
	return nil
}

// validObjects reports whether a line consists of valid JSON values.
func validObjects(line []byte) bool {
	d := json.NewDecoder(bytes.NewReader(line))
	for {
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return err == io.EOF
		}
	}
}
