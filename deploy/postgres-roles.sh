#!/usr/bin/env bash
# Run by the PostgreSQL image when it makes the database: the role as which servers run. What it may
# do, codegauge migrate --runtime-role grants.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --set password="$(cat /run/secrets/password)" \
	--username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE codegauge LOGIN PASSWORD :'password';
SQL
