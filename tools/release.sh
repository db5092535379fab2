#!/usr/bin/env bash
# Builds the program for every system into dist, with the checksums. The same commit and the same
# version of Go give the same bytes in any folder on any machine: paths, times and the state of the
# folder are kept out, and so is what the environment says to the compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "$(git status --porcelain)" ]; then
	echo "release: commit first: what is built has to be a commit" >&2
	exit 1
fi
version=$(git describe --tags --always)
revision=$(git rev-parse HEAD)
module=$(go list -m)
flags="-s -w -buildid= -X $module/internal/cli.version=$version -X $module/internal/cli.revision=$revision"

unset GOEXPERIMENT GOFIPS140 GOAMD64 GOARM64
export CGO_ENABLED=0 GOFLAGS=-tags=nopgxregisterdefaulttypes GOENV=off GOWORK=off
sum=sha256sum
command -v sha256sum >/dev/null || sum='shasum -a 256'

rm -rf dist
mkdir dist
for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do
	GOOS=${target%/*} GOARCH=${target#*/}
	name=codegauge_${version}_${GOOS}_${GOARCH}
	[ "$GOOS" != windows ] || name=$name.exe
	GOOS=$GOOS GOARCH=$GOARCH go build -trimpath -buildvcs=false -mod=readonly -ldflags="$flags" -o "dist/$name" ./cmd/codegauge
	echo "built dist/$name"
done
(cd dist && $sum codegauge_* >SHA256SUMS)
echo "$(go version | cut -d' ' -f3), $version:"
cat dist/SHA256SUMS
