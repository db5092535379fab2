#!/usr/bin/env bash
# Times pages and queries of a data directory over the real server: for each
# kind of page, first touch (the first of its kind after the start), then the
# median and 95th percentile of RUNS pages of different windows, none of which
# was rendered before. The last column is a page that was rendered before.
#
#   DATA=/var/tmp/codegauge-year bench/pages.sh
set -euo pipefail
cd "$(dirname "$0")/.."
data=${DATA:-/var/tmp/codegauge-year} runs=${RUNS:-20} e=${ENTERPRISE:-acme} port=${PORT:-18095}
[ -x "${BIN:-}" ] || { make -s build; BIN=bin/codegauge; }
token=$("$BIN" token create --data "$data" --enterprise "$e" --scopes metrics:read,users:read)
narrow=$("$BIN" token create --data "$data" --enterprise "$e" --scopes metrics:read)
base=http://127.0.0.1:$port
get() { curl -s -o /dev/null -H "Authorization: Bearer $token" -w '%{http_code} %{time_total}\n' "$base$1" | awk '{ if ($1 != 200) print "status", $1 > "/dev/stderr"; printf "%.1f\n", $2 * 1000 }'; }
server=
start() {
	"$BIN" serve --data "$data" --listen "127.0.0.1:$port" >/dev/null 2>&1 & server=$!
	until curl -s -o /dev/null "$base/healthz"; do sleep 0.005; done
}
stop() { kill "$server"; wait "$server" 2>/dev/null || true; }
trap 'kill $server 2>/dev/null || true' EXIT
# row NAME URL FIRST-WINDOW: URL ends in days=
row() {
	local first; first=$(get "$2$3")
	for ((i = 1; i <= runs; i++)); do get "$2$(($3 + i))"; done | sort -n |
		awk -v name="$1" -v first="$first" -v again="$(get "$2$3")" '{ t[NR] = $1 } END { p = int(NR * 0.95 + 0.5)
			printf "%-46s %8.1f %8.1f %8.1f %8.1f\n", name, first, t[int((NR + 1) / 2)], t[p], again }'
}
page="/enterprises/$e/insights/code-generation"
began=$(date +%s%N); start; first=$(get "$page?days=28"); ended=$(date +%s%N)
echo "start to first page: $(((ended - began) / 1000000)) ms (the page itself $first ms)"
printf '%-46s %8s %8s %8s %8s\n' "milliseconds" "first" "median" "p95" "again"
for window in 28 330; do
	row "page, about $window days" "$page?days=" "$window"
	for where in organization="${ORG:-payments}" feature=agent_edit language=python tool=copilot; do
		row "page, about $window days, $where" "$page?where=${where%%=*}%3D${where#*=}&days=" "$window"
	done
	token=$narrow row "page, about $window days, who may not view people" "$page?days=" "$window"
	usage="/enterprises/$e/insights/copilot-usage"
	row "usage and adoption, about $window days" "$usage?days=" "$window"
	row "usage and adoption, $window, IDE prompts" "$usage?people=prompts&days=" "$window"
	token=$narrow row "usage and adoption, $window, not view people" "$usage?days=" "$window"
	row "impact, about $window days" "/enterprises/$e/insights/impact?days=" "$window"
	[ -z "${TEAM:-}" ] || row "page, about $window days, team" "$page?where=team%3D$TEAM&days=" "$window"
	[ -z "${USER_LOGIN:-}" ] || row "page, about $window days, one person" "$page?where=user%3D$USER_LOGIN&days=" "$window"
	q="/api/v1/query?enterprise=$e&measures="
	row "query, lines by day, $window" "${q}loc_added,loc_deleted&by=day&days=" "$window"
	row "query, lines by model and initiator, $window" "${q}loc_changed&by=model,initiator&days=" "$window"
	row "query, active users, $window" "${q}active_users&days=" "$window"
	row "query, active users of one mode, $window" "${q}active_users&where=feature%3Dagent_edit&days=" "$window"
	[ -z "${USER_LOGIN:-}" ] || row "query, one person by day, $window" "${q}loc_changed&by=day&where=user%3D$USER_LOGIN&days=" "$window"
done
# Impact compares the 28 days to a window's last one: with another last one it reads people's records anew.
ago() { date -u -d "${LAST:-today} -$1 days" +%F; }
for back in 1 2 3; do
	printf '%-46s %8.1f\n' "impact, 28 days to $back earlier" "$(get "/enterprises/$e/insights/impact?from=$(ago $((back + 27)))&to=$(ago "$back")")"
done
row "query, DAU, WAU and MAU of 28 days" "/api/v1/query?enterprise=$e&measures=daily_active_users,weekly_active_users,monthly_active_users&by=day&days=" 28
stop
