#!/usr/bin/env bash
# Times pages that were not rendered before while nothing else runs, and while
# the same server imports USERS × DAYS of another enterprise, or, with
# FROM=codegauge, fetches them from another Codegauge on this machine; prints
# medians and their ratio.
set -euo pipefail
cd "$(dirname "$0")/.."
users=${USERS:-10000} days=${DAYS:-28} port=${PORT:-18096} from=${FROM:-files}
[ -x "${BIN:-}" ] || { make -s build; BIN=bin/codegauge; }
work=$(mktemp -d)
trap 'kill $server ${upstream:-} 2>/dev/null || true; wait; rm -rf "$work"' EXIT
"$BIN" generate --users "$users" --days "$days" --seed 1 --out "$work/in" >/dev/null
"$BIN" import --enterprise acme --data "$work/data" "$work/in" >/dev/null
token=$("$BIN" token create --data "$work/data" --enterprise acme --scopes metrics:read)
# More calls an hour than a backfill makes: pages are timed while it works, not while it waits.
"$BIN" serve --data "$work/data" --listen "127.0.0.1:$port" --sync-calls 1000000 >/dev/null 2>&1 & server=$!
until curl -s -o /dev/null "http://127.0.0.1:$port/healthz"; do sleep 0.05; done
n=0
page() { # a window, and conditions that no page before had
	n=$((n + 1))
	curl -s -o /dev/null -H "Authorization: Bearer $token" -w '%{time_total}\n' \
		"http://127.0.0.1:$port/enterprises/acme/insights/code-generation?days=$((7 + n % 21))&where=language%3Dpython&where=language%3Dnone$n"
}
page >/dev/null; page >/dev/null
for ((i = 0; i < 40; i++)); do page; done >"$work/quiet"
if [ "$from" = codegauge ]; then
	"$BIN" import --enterprise other --data "$work/upstream" "$work/in" >/dev/null
	"$BIN" privacy set --enterprise other --data "$work/upstream" --no-pseudonyms --person-views --reason "a benchmark" >/dev/null
	"$BIN" token create --data "$work/upstream" --enterprise other --scopes metrics:read,users:read | grep -o 'cg_[0-9A-Za-z]*' | head -1 >"$work/token"
	"$BIN" serve --data "$work/upstream" --listen "127.0.0.1:$((port + 1))" >/dev/null 2>&1 & upstream=$!
	until curl -s -o /dev/null "http://127.0.0.1:$((port + 1))/healthz"; do sleep 0.05; done
	"$BIN" source add github --data "$work/data" --enterprise other --base-url "http://127.0.0.1:$((port + 1))/api/v3" --token-file "$work/token" >/dev/null
	"$BIN" sync --data "$work/data" --enterprise other --no-wait >"$work/synced" & import=$!
else
	"$BIN" import --enterprise other --data "$work/data" "$work/in" >/dev/null & import=$!
fi
sleep 0.5
while kill -0 "$import" 2>/dev/null; do page; done >"$work/busy"
median() { sort -n "$1" | awk '{ t[NR] = $1 } END { printf "%.1f", 1000 * t[int((NR + 1) / 2)] }'; }
p95() { sort -n "$1" | awk '{ t[NR] = $1 } END { printf "%.1f", 1000 * t[int(NR * 0.95 + 0.5)] }'; }
awk -v q="$(median "$work/quiet")" -v b="$(median "$work/busy")" -v qp="$(p95 "$work/quiet")" -v bp="$(p95 "$work/busy")" -v n="$(wc -l <"$work/busy")" \
	'BEGIN { printf "pages: quiet %s ms (p95 %s); during the import %s ms (p95 %s, %d pages); ratio of medians %.1f\n", q, qp, b, bp, n, b / q }'
