.DEFAULT_GOAL := help
GO ?= go
export GOFLAGS := -mod=readonly -buildvcs=false

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## make bin/seaworthy
	$(GO) build -trimpath -o bin/seaworthy ./cmd/app

test: ## pass the tests
	$(GO) test ./...

demo: build ## review a sample pull request on a stand-in for GitHub
	bin/seaworthy demo

# The server is Debian's, on a socket in a directory of its own that goes with it.
# It refuses to run as root.
PG_BIN = $(firstword $(wildcard /usr/lib/postgresql/*/bin))
PG_AS = $(if $(filter 0,$(shell id -u)),runuser -u postgres --,)

test-postgres: ## pass the tests of the store and the queue on PostgreSQL
	@test -n "$(PG_BIN)" || { apt-get update -q && apt-get install -qy --no-install-recommends postgresql && exec $(MAKE) test-postgres; }
	@test -z "$(PG_BIN)" || { set -eu; dir=$$(mktemp -d); $(if $(PG_AS),chown postgres $$dir;,) \
	  trap '$(PG_AS) $(PG_BIN)/pg_ctl -D '$$dir'/data -m immediate -s stop; rm -rf '$$dir EXIT; \
	  $(PG_AS) $(PG_BIN)/initdb -D $$dir/data -U postgres -A trust --no-sync >/dev/null; \
	  $(PG_AS) $(PG_BIN)/pg_ctl -D $$dir/data -s -w -l $$dir/log -o "-k $$dir -c listen_addresses='' -c max_connections=300" start; \
	  SEAWORTHY_TEST_DATABASE_URL="postgres://postgres@/postgres?host=$$dir" $(GO) test -count=1 -parallel 12 ./internal/store ./internal/job ./cmd/app; }

.PHONY: help build test demo test-postgres
