package quality

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"codegauge/internal/admin"
	"codegauge/internal/source"
	"codegauge/internal/web/cards"
	"codegauge/internal/web/shell"
	"codegauge/internal/web/text"
	"codegauge/internal/web/webtest"
)

// TestAlertsSayWhatFires: each alert says of each source whether it fires, since when and why,
// and what its channels were told; the address of a webhook is never said.
func TestAlertsSayWhatFires(t *testing.T) {
	data := webtest.New()
	d := &dashboard{Builder: &cards.Builder{Request: &shell.Request{Shell: &shell.Shell{Text: text.English, Data: data}}}}
	at := func(hour int) time.Time { return time.Date(2026, 8, 18, hour, 0, 0, 0, time.UTC) }
	list := []admin.Source{
		{Name: "well", State: source.State{Success: at(3)}, Alerts: []source.AlertState{{Channel: "mail", To: "ann@acme.example", Sent: at(5)}, {Channel: "webhook"}}},
		{Name: "late", LateSince: at(4), State: source.State{Last: &source.Summary{Failed: "401 Unauthorized"}}, Days: source.Days{LostNext: data.Today() - 365},
			Alerts: []source.AlertState{{Channel: "mail", To: "ann@acme.example", Status: "late, loses 2025-08-20", Sent: at(8)}, {Channel: "webhook", Error: "connection refused", Next: at(9)}}},
	}
	v := d.alerts(list)
	var got []string
	for _, r := range v.Rows {
		got = append(got, fmt.Sprint(r.Source, "; ", r.Rule, "; ", r.Mark, " ", r.State, "; ", r.Why, "; ", r.Sent))
	}
	want := []string{
		"late; No successful round for 26 hours; bad firing since 19 Aug 2026 06:00; No successful round since 18 Aug 2026 04:00. The last error: 401 Unauthorized; [By mail: 18 Aug 2026 08:00 To the webhook: not delivered: connection refused. Next try 18 Aug 2026 09:00.]",
		"late; A late source loses a day tonight; bad firing since 20 Aug 2026; 20 Aug 2025 is lost tonight (UTC), unless it is fetched: GitHub drops it then.; [By mail: 18 Aug 2026 08:00 To the webhook: none was needed]",
		"well; No successful round for 26 hours; good quiet; Last success: 18 Aug 2026 03:00.; [By mail: on time again, 18 Aug 2026 05:00 To the webhook: none was needed]",
		"well; A late source loses a day tonight; good quiet; No day will be lost tonight.; [By mail: none was needed To the webhook: none was needed]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if want := "Sent to ann@acme.example and a webhook, whose address is a secret. Whoever runs the server can change this, with alert_mail and alert_webhook_file in its configuration."; v.To != want {
		t.Errorf("got %q, want %q", v.To, want)
	}
	if v := d.alerts(list[:0]); len(v.Rows) != 0 || v.To != "" {
		t.Errorf("without sources: %+v", v)
	}
	list[0].Alerts[0].To = ""
	if v, want := d.alerts(list[:1]), "Sent to addresses that are shown to those who manage the enterprise and a webhook,"; !strings.HasPrefix(v.To, want) {
		t.Errorf("to whom addresses are not shown: %q, want %q", v.To, want)
	}
	list[0].Alerts = nil
	if v := d.alerts(list[:1]); v.To != text.English.Get("quality.alerts.nobody") {
		t.Errorf("without channels: %q", v.To)
	}
}
