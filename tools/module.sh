#!/usr/bin/env bash
# Gives the module another path: tools/module.sh example.com/you/codegauge
# changes go.mod, the modules of the tools and every import. Doing it twice changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

new=${1:-}
if [ -z "$new" ]; then
	echo "usage: make module TO=example.com/you/codegauge" >&2
	exit 2
fi
old=$(go list -m)
if [ "$new" = "$old" ]; then
	echo "the module is $new already"
	exit
fi
go mod edit -module="$new" # refuses what is no module path

find . -name go.mod -not -path ./go.mod | while read -r file; do
	part=$(dirname "${file#./}")
	go mod edit -module="$new/$part" "$file"
done
# Besides imports this finds the packages that tests name to the go command.
find . -name '*.go' -exec grep -lF "\"$old/" {} + | while read -r file; do
	sed -i.before "s#\"$old/\(internal\|cmd\|deploy\|bench\)/#\"$new/\1/#g" "$file"
	rm "$file.before"
	gofmt -w "$file"
done
echo "the module is $new; it was $old"
