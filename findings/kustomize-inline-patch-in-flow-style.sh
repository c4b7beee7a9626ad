#!/usr/bin/env bash
# An inline JSON 6902 patch that is YAML in flow style is refused; in block style, or
# as JSON, it is taken.
#
# sigs.k8s.io/kustomize/api v0.21.2 (kustomize 5.8.2), 2026-11-29.
# Expected: `patch: "[{op: replace, path: /data/a, value: b}]"` is YAML like any
# other, since the same list in block style is taken.
# Seen: a text that begins with [ is read as JSON alone:
#   flow   unable to parse SM or JSON patch
#   block  taken
#   json   taken
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding
go 1.26
require (
	sigs.k8s.io/kustomize/api v0.21.2
	sigs.k8s.io/kustomize/kyaml v0.21.2
)
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	for _, c := range [][2]string{
		{"flow", "[{op: replace, path: /data/a, value: b}]"},
		{"block", "- op: replace\n  path: /data/a\n  value: b"},
		{"json", `[{"op": "replace", "path": "/data/a", "value": "b"}]`},
	} {
		fs := filesys.MakeFsInMemory()
		_ = fs.WriteFile("k/c.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: a}\n"))
		_ = fs.WriteFile("k/kustomization.yaml", []byte("resources: [c.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |-\n    "+strings.ReplaceAll(c[1], "\n", "\n    ")+"\n"))
		_, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, "k")
		said := "taken"
		if err != nil {
			said = err.Error()[strings.Index(err.Error(), "unable"):][:len("unable to parse SM or JSON patch")]
		}
		fmt.Println(c[0], said)
	}
}
GO
GOFLAGS=-mod=mod go run . > got
cat got
diff got - <<'WANT'
flow unable to parse SM or JSON patch
block taken
json taken
WANT
