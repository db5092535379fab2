package report

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const seatCSVHead = "Report Time,Login,Last Authenticated At,Last Activity At,Last Surface Used\n"

// TestSeatCSV reads the list of seats that GitHub's settings offer: what a line says, and
// nothing that it does not say.
func TestSeatCSV(t *testing.T) {
	text := "\uFEFF" + strings.ReplaceAll(seatCSVHead, "\n", "\r\n") +
		"2026-05-08T10:00:00Z,ann,2026-05-08T09:00:00Z,2026-05-07T10:00:00Z,vscode/1.110.0/copilot-chat/0.38\r\n" +
		"2026-05-08T10:00:00Z,\"b,\"\"en\",None,None,None\r\n\r\n" +
		"2026-05-08T10:00:00Z,cy,,yesterday,\n" +
		"2026-05-08T10:00:00Z, ,,,\n" +
		"2026-05-08T10:00:00Z,di\"x,,,\n" +
		"2026-05-08T10:00:00Z,e"
	for _, packed := range []string{text, gzipped(text), zipped("a", text), tarred("a", text)} {
		got := readText(t, packed)
		var seats, faults []string
		for i := range got.records {
			r := &got.records[i]
			seats = append(seats, fmt.Sprintf("%d %q %q %s %s", r.Line, r.Login, r.UserID, r.SeatLastActivity.Format(time.DateTime), r.SeatEditor))
		}
		want := []string{
			`2 "ann" "" 2026-05-07 10:00:00 vscode/1.110.0/copilot-chat/0.38`,
			`3 "b,\"en" "" 0001-01-01 00:00:00 `,
			`5 "cy" "" 0001-01-01 00:00:00 `,
		}
		if diff := cmp.Diff(want, seats); diff != "" {
			t.Errorf("seats (-want +got):\n%s", diff)
		}
		for _, r := range got.rejections {
			faults = append(faults, fmt.Sprint(r.Line, ": ", r.Reason, " ", r.Day, r.NoRecord))
		}
		want = []string{"6: no login 1970-01-01 true", "7: not a line of CSV 1970-01-01 true", "8: 2 columns where the first line has 5: the file may be cut off 1970-01-01 true"}
		if diff := cmp.Diff(want, faults); diff != "" {
			t.Errorf("refused (-want +got):\n%s", diff)
		}
		if s := got.stats[0]; s.NotReport != "" || s.Records["seats"] != 3 || s.Rejected != 3 || s.Bytes != int64(len(text)) {
			t.Errorf("got %+v", s)
		}
		if w := fmt.Sprint(got.warnings); !strings.Contains(w, `last_activity_at: "yesterday" is not a timestamp`) {
			t.Errorf("warned %s", w)
		}
		line := string(got.records[1].AppendJSON(nil))
		if want := `{"reported_at":"2026-05-08T10:00:00Z","assignee":{"login":"b,\"en"}}`; line != want {
			t.Errorf("written as %s, want %s", line, want)
		}
	}
}

// TestSeatCSVInBlocks: however a list is cut into blocks, it is one page, as of when it
// was made, with the organizations that its lines say.
func TestSeatCSVInBlocks(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and one goroutine at a time")
	}
	const people = 30_000
	var text strings.Builder
	text.WriteString("Organization,Login,Report Time,Last Activity At\n")
	for i := range people {
		fmt.Fprintf(&text, "north,dev-%d,2026-05-08T10:00:00Z,2026-05-07T10:00:00Z\n", i)
	}
	r := NewReader([]Input{textInput("before", rec(1)), textInput("f", text.String())}, Options{})
	defer r.Close()
	pages, seats, last := map[int64]bool{}, 0, int64(-1)
	for b := (Batch{}); ; {
		err := r.Next(context.Background(), &b)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range b.SeatPages {
			pages[p.Seq] = true
			for _, seat := range b.Records[p.From:p.To] {
				if seat.SeatOrganization != "north" || seat.Seq <= last || seat.SeatSeen.Hour() != 10 || seat.Login != fmt.Sprint("dev-", seats) || seat.Line != seats+2 {
					t.Fatalf("seat %d: %+v", seats, seat)
				}
				seats, last = seats+1, seat.Seq
			}
		}
	}
	if len(pages) != 1 || seats != people || r.RejectionCount() != 0 {
		t.Errorf("%d pages, %d seats, %d refused", len(pages), seats, r.RejectionCount())
	}
}
