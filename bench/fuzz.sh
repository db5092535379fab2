#!/usr/bin/env bash
# Runs every fuzz target of the repository, one after the other, each for
# FUZZ_TIME (1h), and prints how long each ran, how many inputs it tried and what
# came of it. FUZZ_ONLY narrows it to targets whose name matches. An input that
# fails is kept in its package's testdata/fuzz.
set -uo pipefail
cd "$(dirname "$0")/.."
time=${FUZZ_TIME:-1h}
failed=0
printf '%-24s %-16s %12s %10s  %s\n' package target inputs seconds result
while IFS=: read -r file _ line; do
	package=$(dirname "$file") target=${line#func } target=${target%%(*}
	[[ $target =~ ${FUZZ_ONLY:-.} ]] || continue
	began=$SECONDS
	out=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 2s -parallel "${FUZZ_PARALLEL:-1}" "./$package" 2>&1) && result=clean || result=FAILED
	# The tool's own clock may run out while an input runs: that is no finding.
	if grep -q 'context deadline exceeded' <<<"$out" && ! grep -q 'Failing input' <<<"$out"; then result=clean; fi
	inputs=$(grep -o 'execs: [0-9]*' <<<"$out" | tail -1 | cut -d' ' -f2)
	printf '%-24s %-16s %12s %10s  %s\n' "${package#internal/}" "$target" "${inputs:-0}" $((SECONDS - began)) "$result"
	[ "$result" = clean ] || { failed=1; sed 's/^/  /' <<<"$out" | tail -40; }
done < <(grep -rn --include='*_test.go' '^func Fuzz' internal)
exit $failed
