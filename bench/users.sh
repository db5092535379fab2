#!/usr/bin/env bash
# Measures an enterprise of PEOPLE people in the directory: importing them from a
# list, and listing them with what they may do.
#
#   bench/users.sh                         100,000 people
set -euo pipefail
cd "$(dirname "$0")/.."
people=${PEOPLE:-100000}
[ -x "${BIN:-}" ] || { make -s build; BIN=bin/codegauge; }
work=$(mktemp -d "${TMPDIR:-/var/tmp}/codegauge-users-XXXXXX")
trap 'rm -rf "$work"' EXIT
export CODEGAUGE_DATA=$work/data TIMEFORMAT='%R s'
"$BIN" enterprise add acme >/dev/null
{ echo email,github_login,github_user_id; seq "$people" | sed 's/.*/u&@acme.example,u&,&/'; } >"$work/people.csv"
printf '%s people imported: ' "$people"; time "$BIN" people import "$work/people.csv" --enterprise acme --yes >/dev/null
printf 'listed: '; time "$BIN" user list --enterprise acme >"$work/list"
[ "$(grep -c @acme.example "$work/list")" = "$people" ] || { echo "the list has not all of them" >&2; exit 1; }
