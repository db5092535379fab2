#!/usr/bin/env bash
# Measures what memory an import takes at settings of --memory: for each, the peak
# of the process and the seconds of DAYS days of PEOPLE people from a pipe.
#
#   bench/memory.sh                        28 days of 10,000
#   DAYS=280 SETTINGS=384MB bench/memory.sh
set -euo pipefail
cd "$(dirname "$0")/.."
people=${PEOPLE:-10000} days=${DAYS:-28}
[ -x "${BIN:-}" ] || { make -s build; BIN=bin/codegauge; }
work=$(mktemp -d "${TMPDIR:-/var/tmp}/codegauge-memory-XXXXXX")
trap 'rm -rf "$work"' EXIT
printf '%9s %9s %9s\n' setting peak/MB seconds
for setting in ${SETTINGS:-256MB 384MB 512MB 1GB}; do
	rm -rf "$work"/*
	"$BIN" generate --users "$people" --days "$days" --seed 1 --out - 2>/dev/null | python3 -c '
import resource, subprocess, sys, time
began = time.time()
code = subprocess.run(sys.argv[2:], stdin=sys.stdin, stdout=subprocess.DEVNULL).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print("%9s %9s %9.1f" % (sys.argv[1], peak if code == 0 else "failed", time.time() - began))' \
		"$setting" "$BIN" import --data "$work/data" --memory "$setting" --enterprise acme -
done
