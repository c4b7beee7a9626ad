.DEFAULT_GOAL := help
GO ?= go
export GOFLAGS := -mod=readonly -buildvcs=false
SOURCES := $(shell find cmd internal checks -name '*.go' -not -name '*_test.go') go.mod app.yml

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: bin/seaworthy ## make bin/seaworthy

bin/seaworthy: $(SOURCES)
	$(GO) build -trimpath -o $@ ./cmd/app

bin/kustomize: go.mod
	$(GO) build -o $@ sigs.k8s.io/kustomize/kustomize/v5

demo: bin/seaworthy ## a real webhook to a real check run, on a sample repository
	@bin/seaworthy demo

test: ## pass the tests
	$(GO) test ./...

check: ## what continuous integration runs: format, vet, tests, docs, our own deploy/
	@test -z "$$(gofmt -l cmd internal checks *.go)" || { gofmt -l cmd internal checks *.go; echo "run gofmt -w on these"; exit 1; }
	$(GO) vet ./...
	$(GO) test ./...

docs: bin/seaworthy ## write docs/checks.md anew
	bin/seaworthy checks docs > docs/checks.md

golden: ## write the golden files anew; read the difference before committing it
	UPDATE=1 $(GO) test ./internal/report/...

bench: bin/seaworthy bin/kustomize ## a thousand overlays, beside the kustomize binary
	$(GO) run ./internal/bench

differential: bin/seaworthy bin/kustomize ## REPO=… BASE=… HEAD=…: hold reviews against builds of both sides
	$(GO) run ./internal/differential -repo "$(REPO)" -base "$(BASE)" -head "$(or $(HEAD),HEAD)"

mutants: bin/seaworthy ## REPO=…: plant problems into a copy of a repository, and count what is found
	$(GO) run ./internal/mutants -v -repo "$(REPO)"

fuzz: ## a minute for every fuzz target
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do echo $$p $$f; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 60s $$p || exit 1; done; done

.PHONY: help build demo test check docs golden bench differential mutants fuzz
