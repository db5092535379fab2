# make demo   build and serve a sample enterprise on loopback
# make test   install what tests need and run everything
# make race   run the tests of what works at once under the race detector; needs a C compiler
# make bench  print the benchmarks' figures
# make check  look for mistakes in the code and in the files of deploy
# make size   build the program for linux/amd64 and fail if it has more than 40 MB
# make release  build the program for every system into dist, the same bytes wherever it is done
# make vulncheck  look for known vulnerabilities that the program reaches; needs the internet
# make soak   the long trust runs; prints a summary
# make module TO=example.com/you/codegauge   give the Go module the path where it is hosted
.PHONY: build demo test check vulncheck race bench release soak module

export CODEGAUGE_LISTEN ?= 127.0.0.1:8080

# Nothing needs a C compiler. Without its symbol tables the program is a third smaller;
# stack traces stay.
export CGO_ENABLED ?= 0

# What pgx needs only where it does not ask the server for types is left out, 1.4 MB; internal/database
# has it always ask.
export GOFLAGS += -tags=nopgxregisterdefaulttypes

# The version is the newest tag and what came after it; a commit, where there is no tag.
VERSION = -X $(shell go list -m)/internal/cli.version=$(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

BUILD = go build -trimpath -ldflags='-s -w $(VERSION)' -o

build:
	$(BUILD) bin/codegauge ./cmd/codegauge

# The program for linux/amd64 has at most 40 MB.
.PHONY: size
size:
	GOOS=linux GOARCH=amd64 $(BUILD) bin/linux-amd64 ./cmd/codegauge
	@bytes=$$(wc -c <bin/linux-amd64); echo "$$bytes of at most 40000000 bytes"; [ "$$bytes" -le 40000000 ]

demo: build
	bin/codegauge serve --demo

test: packages
	gofmt -l . | (! grep .)
	go vet ./...
	$(MAKE) --no-print-directory size
	# The program that tests drive is no input that the cache knows of. All packages share one PostgreSQL.
	# Those that take longest begin first, so that none of them runs alone at the end.
	go run ./internal/database/databasetest/cluster -- go test -count=1 -timeout 20m ./internal/apptest ./internal/hostile ./...
	$(MAKE) --no-print-directory -j2 replicas basepath
	$(MAKE) --no-print-directory race

# The browser tests once more, over two servers behind a proxy that takes either.
.PHONY: replicas
replicas:
	CODEGAUGE_REPLICAS=1 go test -count=1 -run 'SignIn|Empty|FirstImport|Settings' ./internal/apptest

# And once more below a path, where every page, link and request has to stay.
.PHONY: basepath
basepath:
	CODEGAUGE_BASE_PATH=/codegauge go test -count=1 -run 'SignIn|Empty|FirstImport|Settings|Clean|WithoutScript' ./internal/apptest

# Browser tests need Chromium, tests of the database and of replicas PostgreSQL and PgBouncer, and those that
# cut the network or the power ip, curl and strace: the system's packages are enough. Where they
# cannot be installed, those tests are skipped and say so, but fail where CI is true.
.PHONY: packages
packages:
	@missing=; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$$missing postgresql"; \
	for tool in strace curl; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	[ -x /usr/sbin/pgbouncer ] || missing="$$missing pgbouncer"; \
	command -v ip >/dev/null || missing="$$missing iproute2"; \
	[ -z "$$missing" ] || { \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		echo "installing$$missing"; \
		{ $$sudo apt-get update -qq && $$sudo apt-get install -y -qq $$missing >/dev/null; } || \
			echo "not installed:$$missing; tests that need them are skipped"; }

# Both tools are modules of their own: nothing that the program is built from depends on them.
check:
	go tool -modfile=tools/go.mod golangci-lint run ./...
	go -C deploy/lint vet ./...
	go -C deploy/lint test -count=1 ./...

# The list of known vulnerabilities is on the internet, or where GOVULNDB says.
vulncheck:
	tools/vulncheck.sh

# Where goroutines share something. SQLite is not instrumented: as C translated to Go it would take
# most of the time, and SQLite looks after its memory itself. Tests that are slow under the detector
# and start no goroutines are skipped with -short. Packages run one at a time: their PostgreSQL
# answers too late where all cores are busy.
RACE = ./internal/spool ./internal/report ./internal/database ./internal/access ./internal/server
RACETEST = go test -race -short -count=1 -p 1 -gcflags='modernc.org/...=-race=false'

race:
	@if command -v "$$(go env CC)" >/dev/null; then \
		export CGO_ENABLED=1; \
		go run ./internal/database/databasetest/cluster -- $(RACETEST) $(RACE) && \
		$(RACETEST) -run 'Concurrent|Meanwhile|Overtaken|FollowLast' ./internal/intake ./internal/privacy; \
	elif [ "$$CI" = true ]; then \
		echo 'make race: a C compiler is needed'; exit 1; \
	else \
		echo 'make race: skipped, because there is no C compiler'; \
	fi

bench: build
	go test -run '^$$' -bench . -benchtime 3x ./internal/report ./internal/sample
	go run ./bench/import -bin bin/codegauge

release:
	tools/release.sh

soak:
	bench/soak.sh

# The module's path and every import; for whoever hosts the project somewhere.
module:
	@tools/module.sh '$(TO)'
