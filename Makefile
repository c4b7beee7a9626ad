.DEFAULT_GOAL := help
GO ?= go
export GOFLAGS := -mod=readonly -buildvcs=false

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## make bin/seaworthy
	$(GO) build -trimpath -o bin/seaworthy ./cmd/app

test: ## pass the tests
	$(GO) test ./...

.PHONY: help build test
