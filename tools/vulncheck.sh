#!/usr/bin/env bash
# Looks for known vulnerabilities in what the program can call: in its own modules, in those
# of tools and deploy/lint, and in the standard library of the Go that builds it. The list of
# them is at vuln.go.dev, or where GOVULNDB says. Where it cannot be reached nothing has been
# checked: the exit code is then 2, so that nobody takes it for a result. Elsewhere it is 0
# if nothing was found that is reachable, and 3 if something was.
set -uo pipefail
cd "$(dirname "$0")/.."
list=${GOVULNDB:-https://vuln.go.dev}
version=v1.1.4
case $list in
file://*) [ -f "${list#file://}/index/db.json" ] ;;
*) curl --fail --silent --show-error --location --max-time 30 --output /dev/null "$list/index/db.json" ;;
esac || {
	echo "vulncheck: NOT CHECKED: the list of vulnerabilities at $list cannot be reached (GOVULNDB names another)" >&2
	exit 2
}
found=0
for module in . tools deploy/lint; do
	echo "vulncheck: $module"
	(cd "$module" && go run "golang.org/x/vuln/cmd/govulncheck@$version" -db "$list" ./...) || found=3
done
[ $found = 0 ] && echo "vulncheck: nothing that is reachable, $(date -u +%F), with $(go version)"
exit $found
