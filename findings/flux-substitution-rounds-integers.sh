#!/usr/bin/env bash
# What post-build substitution does to an integer that no variable is near to.
#
# github.com/fluxcd/pkg/kustomize v1.41.0 (kustomize-controller 1.9), go1.26.8, 2026-11-30.
# Expected: an object without variables stays as Kustomize built it.
# Seen: as soon as a Kustomization has one variable, every object is written and read once
# more by way of floats: an integer above 2^53 is rounded. Without a variable it is not.
#   0 variables: 9007199254740993
#   1 variables: 9007199254740992
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding
go 1.26
require github.com/fluxcd/pkg/kustomize v1.41.0
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/provider"
)

const object = `apiVersion: acme.test/v1
kind: Account
metadata: {name: a}
spec: {id: 9007199254740993}
`

func main() {
	for _, given := range []map[string]any{{}, {"ANY": "x"}} {
		flux := unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"postBuild": map[string]any{"substitute": given}}}}
		rs, err := provider.NewDefaultDepProvider().GetResourceFactory().SliceFromBytes([]byte(object))
		if err != nil {
			panic(err)
		}
		out, err := kustomize.SubstituteVariables(context.Background(), nil, flux, rs[0], kustomize.SubstituteWithDryRun(true))
		if err != nil {
			panic(err)
		}
		text, err := out.AsYAML()
		if err != nil {
			panic(err)
		}
		_, id, _ := strings.Cut(string(text), "id: ")
		fmt.Print(len(given), " variables: ", id)
	}
}
GO
GOFLAGS=-mod=mod CGO_ENABLED=0 go run . > got
cat got
diff got - <<'WANT'
0 variables: 9007199254740993
1 variables: 9007199254740992
WANT
