package report

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// realistic returns NDJSON of about n bytes of user records like GitHub's, some
// 3.2 KB each.
func realistic(n int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(words ...string) string { return words[rnd.IntN(len(words))] }
	counters := func(b *bytes.Buffer, interactions bool) {
		if interactions {
			fmt.Fprintf(b, `"user_initiated_interaction_count":%d,`, rnd.IntN(90))
		}
		fmt.Fprintf(b, `"code_generation_activity_count":%d,"code_acceptance_activity_count":%d,"loc_suggested_to_add_sum":%d,"loc_suggested_to_delete_sum":%d,"loc_added_sum":%d,"loc_deleted_sum":%d`,
			rnd.IntN(300), rnd.IntN(50), rnd.IntN(2000), rnd.IntN(3), rnd.IntN(5000), rnd.IntN(900))
	}
	var b bytes.Buffer
	rows := func(name string, n int, interactions bool, keys func() string) {
		fmt.Fprintf(&b, `"%s":[`, name)
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("{" + keys() + ",")
			counters(&b, interactions)
			if name == "totals_by_ide" {
				fmt.Fprintf(&b, `,"last_known_plugin_version":{"sampled_at":"2026-03-30T15:53:11.845Z","plugin":"copilot-chat","plugin_version":"0.41.%d"},"last_known_ide_version":{"sampled_at":"2026-03-30T15:53:11.845Z","ide_version":"1.113.%d"}`, rnd.IntN(5), rnd.IntN(5))
			}
			b.WriteByte('}')
		}
		b.WriteString("],")
	}
	feature := func() string {
		return `"feature":"` + pick("code_completion", "chat_panel_agent_mode", "agent_edit", "chat_panel_ask_mode", "chat_inline") + `"`
	}
	language := func() string {
		return `"language":"` + pick("python", "typescript", "go", "markdown", "bash", "hcl", "unknown", "others") + `"`
	}
	model := func() string {
		return `"model":"` + pick("gpt-5.4", "claude-sonnet-4.6", "auto", "gemini-3-pro", "unknown") + `"`
	}
	for id := 1; b.Len() < n; id++ {
		fmt.Fprintf(&b, `{"report_start_day":"2026-03-29","report_end_day":"2026-04-25","day":"2026-03-%02d","organization_id":"100000001","enterprise_id":"200001","user_id":%d,"user_login":"user-%d",`, 1+id%28, 300000+id, 300000+id)
		counters(&b, true)
		b.WriteByte(',')
		rows("totals_by_ide", 1, true, func() string { return `"ide":"` + pick("vscode", "intellij") + `"` })
		rows("totals_by_feature", 3, true, feature)
		rows("totals_by_language_feature", 3, false, func() string { return language() + "," + feature() })
		rows("totals_by_language_model", 2, false, func() string { return language() + "," + model() })
		rows("totals_by_model_feature", 2, true, func() string { return model() + "," + feature() })
		fmt.Fprintf(&b, `"used_agent":true,"used_chat":true,"used_cli":false,"used_copilot_app":false,"used_copilot_coding_agent":false,"used_copilot_cloud_agent":false,"used_copilot_code_review_active":null,"ai_credits_used":%d.5,"ai_adoption_phase":{"phase_number":2,"phase":"Agent first","version":"v1"},"totals_by_cli":{"session_count":4,"request_count":40,"prompt_count":12,"token_usage":{"prompt_tokens_sum":900,"output_tokens_sum":70,"avg_tokens_per_request":24.25},"last_known_cli_version":{"cli_version":"1.2.3","sampled_at":"2026-03-30T15:53:11.845Z"}}}`+"\n", rnd.IntN(30))
	}
	return b.Bytes()
}

// drain reads everything with one goroutine and returns the number of records.
func drain(tb testing.TB, inputs ...Input) (n int) {
	tb.Helper()
	r := NewReader(inputs, Options{})
	defer r.Close()
	var b Batch
	for {
		err := r.Next(context.Background(), &b)
		if err == io.EOF {
			return n
		}
		if err != nil {
			tb.Fatal(err)
		}
		n += len(b.Records)
	}
}

func BenchmarkDecode(b *testing.B) {
	text := realistic(32 << 20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		n := drain(b, Input{Name: "f", Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }})
		b.ReportMetric(float64(n), "records/op")
		b.ReportMetric(float64(len(text))/float64(n), "B/record")
	}
}

func BenchmarkScan(b *testing.B) {
	text := realistic(8 << 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var sc scanner
		sc.reset(text, 0)
		for sc.peek() != 0 {
			sc.skip()
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	got := readText(b, string(realistic(4<<20)))
	var out []byte
	for b.Loop() {
		out = out[:0]
		for i := range got.records {
			out = append(got.records[i].AppendJSON(out), '\n')
		}
		b.SetBytes(int64(len(out)))
	}
}
