#!/usr/bin/env bash
# A key that is defined twice in one map of a resource: building it succeeds, printing
# it does not.
#
# sigs.k8s.io/kustomize/api v0.21.2 (kustomize 5.8.2), 2026-11-29.
# Expected: the build refuses it, or the last one counts everywhere.
# Seen: Kustomizer.Run gives a result without an error, and transformers work on it;
# only AsYaml, which `kustomize build` and kustomize-controller call, fails with
# "mapping key ... already defined". Who takes the objects from the result in another
# way sees a render that nobody can apply.
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
	fs := filesys.MakeFsInMemory()
	_ = fs.WriteFile("k/c.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: \"1\"}\ndata: {a: \"2\"}\n"))
	_ = fs.WriteFile("k/kustomization.yaml", []byte("resources: [c.yaml]\nnamespace: shop\n"))
	m, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, "k")
	fmt.Println("run:", err)
	_, err = m.AsYaml()
	fmt.Println("print:", err != nil && strings.Contains(err.Error(), "already defined"))
}
GO
GOFLAGS=-mod=mod go run . > got
cat got
diff got - <<'WANT'
run: <nil>
print: true
WANT
