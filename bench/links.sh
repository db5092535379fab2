#!/usr/bin/env bash
# Serves a day of USERS people as users-1-day of /api/v3 and prints how long its files take,
# plain and compressed, its processor time, and the server's peak memory. PSEUDONYMS=--pseudonyms
# has people under pseudonyms.
set -euo pipefail
cd "$(dirname "$0")/.."
users=${USERS:-100000} port=${PORT:-18097}
[ -x "${BIN:-}" ] || { make -s build; BIN=bin/codegauge; }
work=$(mktemp -d)
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$work"' EXIT
"$BIN" generate --users "$users" --days 1 --seed 7 --end 2026-05-07 --out "$work/in" >/dev/null
"$BIN" import --enterprise acme --data "$work/data" "$work/in" >/dev/null
"$BIN" privacy set --enterprise acme --data "$work/data" ${PSEUDONYMS:---no-pseudonyms} --person-views --reason "a benchmark" >/dev/null
token=$("$BIN" token create --data "$work/data" --enterprise acme --scopes metrics:read,users:read | grep -o 'cg_[0-9A-Za-z]*' | head -1)
"$BIN" serve --data "$work/data" --listen "127.0.0.1:$port" >/dev/null 2>&1 & server=$!
api="http://127.0.0.1:$port/api/v3/enterprises/acme/copilot/metrics/reports"
until curl -s -o /dev/null "http://127.0.0.1:$port/healthz"; do sleep 0.05; done
peak() { awk '/VmHWM/ { printf "%d MB", $2 / 1024 }' "/proc/$server/status"; }
ticks=$(getconf CLK_TCK)
cpu() { awk -v t="$ticks" '{ print ($14 + $15) / t }' "/proc/$server/stat"; }
echo "started: peak $(peak)"
for encoding in identity gzip identity; do
	before=$(cpu)
	curl -s -o "$work/links" -w "links: %{time_total} s\n" -H "Authorization: Bearer $token" "$api/users-1-day?day=2026-05-07"
	grep -o 'http[^"]*' "$work/links" | sed 's/\\u0026/\&/g' | while read -r link; do
		curl -s -o "$work/file" -H "Accept-Encoding: $encoding" -w "$encoding: %{time_total} s, %{size_download} bytes\n" "$link"
	done
	echo "processor $(awk -v a="$before" -v b="$(cpu)" 'BEGIN { print b - a }') s, peak $(peak)"
done
