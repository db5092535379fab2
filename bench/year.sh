#!/usr/bin/env bash
# Imports a year of a large enterprise day by day, as a nightly job would, into
# DATA, and prints for every tenth day how long its import took. A day's file
# is made, imported and removed, so that the disk never holds more than one.
# Days that the store has already are passed over: an interrupted run goes on.
#
#   USERS=100000 DAYS=364 DATA=/var/tmp/year bench/year.sh
set -euo pipefail
cd "$(dirname "$0")/.."
users=${USERS:-100000} days=${DAYS:-364} data=${DATA:-/var/tmp/codegauge-year}
[ -x "${BIN:-}" ] || { make -s build; BIN=bin/codegauge; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$data"; done=$data/days-imported; touch "$done"
for ((i = days - 1; i >= 0; i--)); do
	day=$(date -u -d "-$i days" +%F)
	grep -qx "$day" "$done" && continue
	"$BIN" generate --users "$users" --days 1 --end "$day" --seed 1 --out "$work/in" >/dev/null
	start=$(date +%s.%N)
	"$BIN" import --enterprise acme --data "$data" "$work/in" >/dev/null
	end=$(date +%s.%N)
	rm -rf "$work/in"; echo "$day" >>"$done"
	(( i % 10 )) || awk -v d="$day" -v a="$start" -v b="$end" -v s="$(du -sm "$data" | cut -f1)" 'BEGIN { printf "%s  import %.1f s, %d MB on disk\n", d, b - a, s }'
done
