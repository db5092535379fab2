# syntax=docker/dockerfile:1
#
#   docker build --build-arg VERSION="$(git describe --tags --always)" --tag codegauge .
#   docker run --rm codegauge serve --help
#
# serve needs the address under which it is reached and what adds TLS: deploy/compose.yaml and
# deploy/kubernetes show both.

FROM golang:1.26-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS="-buildvcs=false -tags=nopgxregisterdefaulttypes"
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=unknown
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -ldflags="-s -w -X $(go list -m)/internal/cli.version=$VERSION" -o /out/codegauge ./cmd/codegauge
RUN install -d -m 700 /out/data

# Nothing but the program, and the certificates of the authorities that it trusts when it talks to
# an identity provider or a database.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/codegauge /codegauge
COPY --from=build --chown=65532:65532 /out/data /var/lib/codegauge
USER 65532:65532
ENV CODEGAUGE_DATA=/var/lib/codegauge CODEGAUGE_LISTEN=:8080
VOLUME /var/lib/codegauge
EXPOSE 8080
# The first start after an upgrade may migrate a large database.
HEALTHCHECK --interval=30s --timeout=10s --start-period=5m --start-interval=2s CMD ["/codegauge", "health"]
ENTRYPOINT ["/codegauge"]
CMD ["serve"]
