#!/usr/bin/env bash
# What a Go program pays at each start for Helm's merging of values, before main.
#
# helm.sh/helm/v4 v4.3.1, github.com/santhosh-tekuri/jsonschema/v6 v6.0.3, go1.26.8
# linux/amd64, 2026-11-30.
# Expected: a schema is compiled when a chart has one (values.schema.json).
# Seen: package helm.sh/helm/v4/pkg/chart/common/util, where values are merged, imports
# jsonschema, which compiles the meta-schemas of six drafts while it is initialised:
# 1.7 MB in 21,000 allocations and 4 to 6 ms, whether or not a schema is ever read. A
# program that starts many short processes pays it in each.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > main.go <<'GO'
package main

import (
	"fmt"

	"helm.sh/helm/v4/pkg/chart/common/util"
)

func main() {
	fmt.Println(util.MergeTables(map[string]any{"a": 1}, map[string]any{"b": 2}))
}
GO
unset GOFLAGS
go mod init example.org/merges 2> /dev/null
go get helm.sh/helm/v4@v4.3.1 github.com/santhosh-tekuri/jsonschema/v6@v6.0.3 2> /dev/null
go mod tidy 2> /dev/null
CGO_ENABLED=0 go build -o merges .
line=$(GODEBUG=inittrace=1 ./merges 2>&1 | grep '^init github.com/santhosh-tekuri/jsonschema/v6 ')
echo "$line"
bytes=$(sed -E 's/.* ([0-9]+) bytes.*/\1/' <<< "$line")
test "$bytes" -gt 1000000 || { echo "changed: the meta-schemas are not compiled at the start"; exit 1; }
