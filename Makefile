.DEFAULT_GOAL := help
GO ?= go
export GOFLAGS := -mod=readonly -buildvcs=false
# As releases are built. With C, Kustomize's loader of Go plugins, which a review never
# uses, makes 32 MB of the program (findings/kustomize-go-plugins-make-programs-large.sh).
export CGO_ENABLED := 0
SOURCES := $(shell find cmd internal checks -name '*.go' -not -name '*_test.go') $(shell find testdata/demo internal/web -type f) internal/schema/schemas.zip embed.go go.mod app.yml

# What --version says; a release says its tag too (.goreleaser.yaml).
STAMP = -X main.commitID=$(shell git rev-parse HEAD 2>/dev/null) -X main.commitDate=$(shell TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: bin/seaworthy ## make bin/seaworthy

bin/seaworthy: $(SOURCES)
	$(GO) build -trimpath -ldflags='$(STAMP)' -o $@ ./cmd/app

bin/kustomize: go.mod
	$(GO) build -o $@ sigs.k8s.io/kustomize/kustomize/v5

# axe-core looks at the pages in the tests, where it is: npm is no part of the build.
AXE = 4.14.1
bin/axe.min.js:
	mkdir -p bin && cd bin && npm pack --silent axe-core@$(AXE) >/dev/null && tar -xzf axe-core-$(AXE).tgz package/axe.min.js && mv package/axe.min.js . && rm -r package axe-core-$(AXE).tgz

demo: bin/seaworthy ## a real webhook to a real check run and its page, on a sample repository; ^C ends it
	@bin/seaworthy demo

test: ## pass the tests
	$(GO) test ./...

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

# Packages in which goroutines meet. internal/job is looked at apart (make race):
# under the race detector all that it links takes longer to build than the rest.
CONCURRENT = ./internal/sandbox ./internal/git ./internal/source ./internal/store

check: bin/seaworthy ## before you push: format, vet, staticcheck, errorlint, tests, races, our own audit
	@test -z "$$(gofmt -l cmd internal checks tools *.go)" || { gofmt -l cmd internal checks tools *.go; echo "run gofmt -w on these"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) tool go-errorlint ./...
	$(GO) test ./...
	CGO_ENABLED=1 $(GO) test -race $(CONCURRENT)
	@said=$$(bin/seaworthy audit --repo . --rev WORKTREE --offline) || { echo "$$said"; exit 1; }

race: ## the race detector, over the queue and its whole server too
	CGO_ENABLED=1 $(GO) test -race $(CONCURRENT) ./internal/job ./cmd/app

image: ## make the image, an OCI layout in dist/image
	deploy/image/build

test-image: ## run the image as a cluster would, in namespaces; needs root
	deploy/image/test

snapshot: ## a release's archives in dist, without publishing; takes minutes
	$(GO) run github.com/goreleaser/goreleaser/v2@v2.15.4 release --snapshot --clean --skip=sign,sbom

lint-workflows: ## actionlint and shellcheck over the workflows and the scripts of deploy
	$(GO) run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
	shellcheck -S warning deploy/action/* deploy/image/build deploy/image/test deploy/release/*

docs: bin/seaworthy ## write docs/checks.md, the schema of the repository's file and the sample of docs/audit.md anew
	bin/seaworthy checks docs
	bin/seaworthy checks schema > docs/schema/config-v1.json
	UPDATE=1 $(GO) test -run TestTheSampleOfAnAudit ./cmd/app

schemas: ## make the bundle of schemas anew, from the modules that tools/schemas names
	$(GO) run ./tools/schemas -o internal/schema/schemas.zip

golden: ## write the golden files anew; read the difference before committing it
	UPDATE=1 $(GO) test ./internal/report/...

pictures: ## make the pictures of the documentation anew, of the demo's page in Chromium
	mkdir -p docs/pictures && SEAWORTHY_TEST_SHOTS=$(CURDIR)/docs/pictures $(GO) test -count=1 ./cmd/app -run TestTheDemosPage

bench: bin/seaworthy bin/kustomize ## a thousand overlays, beside the kustomize binary
	$(GO) run ./tools/bench

scaling: bin/seaworthy ## what a review costs by the size of what it is of, as a table
	@$(GO) run ./tools/bench -only scaling

differential: bin/seaworthy bin/kustomize ## REPO=… BASE=… HEAD=…: hold reviews against builds of both sides
	$(GO) run ./tools/differential -repo "$(REPO)" -base "$(BASE)" -head "$(or $(HEAD),HEAD)"

differential-flux: bin/seaworthy ## REPO=…: hold what Flux applies against Flux's own packages
	cd tools/differential/flux && $(GO) run . -seaworthy "$(CURDIR)/bin/seaworthy" -repo "$(abspath $(REPO))"

mutants: bin/seaworthy ## REPO=…: plant problems into a copy of a repository, and count what is found
	$(GO) run ./tools/mutants -v -repo "$(REPO)" $(ARGS)

silence: bin/seaworthy ## REPO=…: change one value after another, and see that each is shown, or named as not visible
	$(GO) run ./tools/silence -repo "$(REPO)" $(ARGS)

replay: bin/seaworthy ## REPO=…: see that every file of a hundred commits is accounted for
	$(GO) run ./tools/replay -repo "$(REPO)" $(ARGS)

judge: bin/seaworthy ## REPO=…: print what a hundred commits would have been told and nobody has judged yet
	$(GO) run ./tools/judge -repo "$(REPO)" $(ARGS)

fuzz: ## a minute for every fuzz target
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do echo $$p $$f; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 60s $$p || exit 1; done; done

.PHONY: help build demo test test-postgres check race image test-image snapshot lint-workflows docs schemas golden pictures bench scaling differential differential-flux mutants silence replay judge fuzz
