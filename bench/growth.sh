#!/usr/bin/env bash
# Measures how time, memory and disk grow with an enterprise: for each number of
# people, an import of DAYS days from files into an empty directory, the same last
# day again, and the page of 28 days over the real server: first touch after the
# start, then the median of RUNS pages of other windows.
#
#   bench/growth.sh            people 1000, 10000 and 100000, 28 days each
set -euo pipefail
cd "$(dirname "$0")/.."
days=${DAYS:-28} runs=${RUNS:-15} port=${PORT:-18097} end=${END:-$(date -u +%F)}
[ -x "${BIN:-}" ] || { make -s build; BIN=bin/codegauge; }
work=$(mktemp -d "${TMPDIR:-/var/tmp}/codegauge-growth-XXXXXX")
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
# measured COMMAND…: seconds and peak megabytes
measured() { /usr/bin/env python3 - "$@" <<'P'
import resource, subprocess, sys, time
began = time.time()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
if code: sys.exit(code)
print("%.2f %d" % (time.time() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024))
P
}
get() { curl -s -o /dev/null -H "Authorization: Bearer $token" -w '%{time_total}\n' "http://127.0.0.1:$port$1" | awk '{ printf "%.1f\n", $1 * 1000 }'; }
printf '%9s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n' people input/MB import/s MB/s peak/MB disk/MB day/s "start/ms" first/ms median/ms
for people in ${PEOPLE:-1000 10000 100000}; do
	rm -rf "$work"/*
	"$BIN" generate --users "$people" --days "$days" --end "$end" --seed 1 --out "$work/in" >/dev/null
	size=$(du -sm --apparent-size "$work/in" | cut -f1)
	read -r seconds peak < <(measured "$BIN" import --data "$work/data" --enterprise acme "$work/in")
	disk=$(du -sm --apparent-size "$work/data" | cut -f1)
	rm -rf "$work/in"
	"$BIN" generate --users "$people" --days 1 --end "$end" --seed 1 --out "$work/day" >/dev/null
	read -r again _ < <(measured "$BIN" import --data "$work/data" --enterprise acme "$work/day")
	token=$("$BIN" token create --data "$work/data" --enterprise acme --scopes metrics:read)
	began=$(date +%s%N)
	"$BIN" serve --data "$work/data" --listen "127.0.0.1:$port" >/dev/null 2>&1 & server=$!
	until curl -s -o /dev/null "http://127.0.0.1:$port/healthz"; do sleep 0.005; done
	up=$((($(date +%s%N) - began) / 1000000))
	page=/enterprises/acme/insights/code-generation?days=
	first=$(get "${page}28")
	median=$(for ((i = 1; i <= runs; i++)); do get "$page$((8 + i))"; done | sort -n | sed -n "$(((runs + 1) / 2))p")
	kill "$server"; wait "$server" 2>/dev/null || true; server=
	printf '%9s %9s %9s %9.0f %9s %9s %9s %9s %9s %9s\n' "$people" "$size" "$seconds" "$(echo "$size / $seconds" | bc -l)" "$peak" "$disk" "$again" "$up" "$first" "$median"
done
