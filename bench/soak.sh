#!/usr/bin/env bash
# The long trust runs, one after the other, and a table of what they counted, kept
# in bench/soak.txt. SOAK_CASES (1000), SOAK_REPLAYS (10000), SOAK_KILLS (40, of
# each kind), SOAK_COMPANIES (200, that are attacked) and FUZZ_TIME (1h, of each target; 0 leaves fuzzing out) set their
# length; SOAK_ONLY narrows them to parts whose name matches, and leaves the lines
# of the others in the table as they are.
set -uo pipefail
cd "$(dirname "$0")/.."
export CODEGAUGE_SOAK=1 CODEGAUGE_CASES=${SOAK_CASES:-1000} CODEGAUGE_REPLAYS=${SOAK_REPLAYS:-10000} CODEGAUGE_KILLS=${SOAK_KILLS:-40} CODEGAUGE_STALE=200 CODEGAUGE_COMPANIES=${SOAK_COMPANIES:-200}
table=bench/soak.txt
failed=0
touch "$table"

# line NAME SECONDS RESULT COUNTED puts a part's line into the table.
line() {
	local new kept
	new=$(printf '%-26s %7s s  %-7s %s  %s' "$1" "$2" "$3" "$(date -u +%F)" "$4")
	kept=$(grep -vF "$(printf '%-26s ' "$1")" "$table")
	{ [ -z "$kept" ] || printf '%s\n' "$kept"; printf '%s\n' "$new"; } | sort >"$table.new" && mv "$table.new" "$table"
	printf '%s\n' "$new"
}

# part NAME PACKAGE TEST runs a test and notes what it counted.
part() {
	[[ $1 =~ ${SOAK_ONLY:-.} ]] || return 0
	local began=$SECONDS out result=ok
	out=$(go test -count 1 -timeout 6h -v -run "^$3\$" "$2" 2>&1) || { result=FAILED; failed=1; }
	line "$1" $((SECONDS - began)) $result "$(grep -o 'counted: .*' <<<"$out" | cut -d' ' -f2- | paste -sd';' | sed 's/;/; /g')"
	[ $result = ok ] || grep -v '^=== ' <<<"$out" | cut -c1-400 | head -60
}

part 'malformed lines' ./internal/hostile TestMalformed
part 'malformed files' ./internal/hostile TestMalformedFiles
part 'heavy input' ./internal/hostile TestHeavy
part 'long histories' ./internal/hostile TestLong
part 'bombs' ./internal/hostile TestBombs
part 'kills' ./internal/hostile TestKill
part 'kills of rounds of a source' ./internal/hostile TestKillSync
part 'kills while exporting' ./internal/hostile TestKillExport
part 'kills while forgetting' ./internal/hostile TestKillForgetting
part 'stale answers' ./internal/cli TestNoAnswerIsStale
part 'combinations of figures' ./internal/disclosure TestNothingIsDisclosed
part 'people told apart' ./internal/privacy TestNobodyCanBeToldApart
part 'people told apart by uses of customizations' ./internal/privacy TestUsesTellNobodyApart
part 'people told apart by counts of people' ./internal/privacy TestCountsTellNobodyApart
part 'people told apart by late records' ./internal/privacy TestLateRecords
part 'intervals hold the truth' ./internal/impact TestIntervalsHoldTheTruth
part 'what matching can do' ./internal/impact TestWhatMatchingCanDo
part 'two imports at once' ./internal/hostile TestTwoImports
part 'full disk' ./internal/hostile TestFullDisk
part 'server on a full disk' ./internal/hostile TestServerOnFullDisk
part 'server, read-only disk' ./internal/hostile TestServerOnReadOnlyDisk
part 'database on a full disk' ./internal/hostile TestDatabaseOnFullDisk
part 'a fault at each write' ./internal/cli TestFaultAtEachWrite
part 'file size limit' ./internal/hostile TestFileLimit
part 'read-only directory' ./internal/hostile TestReadOnlyDirectory
part 'former directories' ./internal/hostile TestFormerDirectory
part 'newer data' ./internal/hostile TestNewerForm
part 'damaged files' ./internal/hostile TestDamage
part 'damaged log' ./internal/hostile TestDamagedLog
part 'power cuts' ./internal/hostile TestPowerCut
part 'findings' ./internal/hostile TestFindings
part 'pages in all looks' ./internal/apptest TestAccessible
part 'erased from blocks' ./internal/store/sqlstore TestErasureInBlocks
part 'lost enterprise' ./internal/hostile TestLostEnterprise
part 'replica killed' ./internal/hostile TestReplicaKilled
part 'replica cut off' ./internal/hostile TestReplicaCutOff
part 'server cut off' ./internal/hostile TestServerCutOff
part 'replicas never go back' ./internal/hostile TestReplicasNeverGoBack
part 'random data and questions' ./internal/store/sqlstore TestRandomAgreesWithOracle
part 'random data of weeks' ./internal/store/sqlstore TestWeeksAgreeWithOracle
part 'imports in any order' ./internal/store/sqlstore TestReplayAgreesWithOracle
part 'three replicas' ./internal/store/sqlstore TestReplicas

if [ "${FUZZ_TIME:-1h}" != 0 ]; then
	while read -r package target inputs seconds result; do
		[ "$package" != package ] && [ "$result" = clean -o "$result" = FAILED ] || continue
		[ "$result" = clean ] && result=ok || failed=1
		line "fuzz $target" "$seconds" "$result" "$inputs inputs, $package"
	done < <(bench/fuzz.sh)
fi
exit $failed
