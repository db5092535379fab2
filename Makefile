# make demo   build and serve a sample enterprise on loopback
# make test   install what tests need and run everything
# make bench  print the benchmarks' figures
# make soak   the long trust runs; prints a summary
.PHONY: build demo test bench soak

export CODEGAUGE_LISTEN ?= 127.0.0.1:8080

# Nothing needs a C compiler. Without its symbol tables the program is a third smaller;
# stack traces stay.
export CGO_ENABLED ?= 0

build:
	go build -trimpath -ldflags='-s -w' -o bin/codegauge ./cmd/codegauge

demo: build
	bin/codegauge serve --demo

test: chromium
	gofmt -l . | (! grep .)
	go vet ./...
	# The program that tests drive is no input that the cache knows of. All packages share one PostgreSQL.
	go run ./internal/database/databasetest/cluster -- go test -count=1 ./...

# Browser tests need Chromium; the system's package is enough.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { \
		echo "installing chromium"; \
		if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
		else sudo apt-get update -qq && sudo apt-get install -y -qq chromium >/dev/null; fi; }

bench: build
	go test -run '^$$' -bench . -benchtime 3x ./internal/report ./internal/sample
	go run ./bench/import -bin bin/codegauge

soak:
	bench/soak.sh
