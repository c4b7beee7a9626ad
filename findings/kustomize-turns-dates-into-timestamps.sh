#!/usr/bin/env bash
# What becomes of a date without quotes in a manifest.
#
# sigs.k8s.io/kustomize/kustomize v5.8.2, k8s.io/apimachinery v0.37.2 (the reader of kubectl
# apply), go1.26.8, 2026-11-30.
# Expected: the same text in both, as for `1:30` and `yes`.
# Seen: kubectl sends 2026-01-01. Kustomize, with nothing but this file in its resources,
# prints a timestamp. A field whose schema is a date refuses that, and a manifest that moves
# into a kustomization is another object. Dates with a time, and those in quotes, stay.
#   kubectl:   {"at":"2026-01-01T10:00:00+02:00","date":"2026-01-01","span":"1:30"}
#   kustomize: {"at":"2026-01-01T10:00:00+02:00","date":"2026-01-01T00:00:00Z","span":"1:30"}
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
unset GOFLAGS
export GOBIN="$dir/bin" CGO_ENABLED=0
go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2 2> /dev/null
cat > a.yaml <<'Y'
apiVersion: acme.test/v1
kind: Contract
metadata: {name: a}
spec: {date: 2026-01-01, at: 2026-01-01T10:00:00+02:00, span: 1:30}
Y
echo 'resources: [a.yaml]' > kustomization.yaml
cat > go.mod <<'MOD'
module finding
go 1.26
require k8s.io/apimachinery v0.37.2
MOD
cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

func main() {
	var o unstructured.Unstructured
	if err := yaml.NewYAMLOrJSONDecoder(os.Stdin, 4096).Decode(&o); err != nil {
		panic(err)
	}
	j, err := json.Marshal(o.Object["spec"])
	if err != nil {
		panic(err)
	}
	fmt.Println(os.Args[1], string(j))
}
GO
{
  GOFLAGS=-mod=mod go run . 'kubectl:  ' < a.yaml
  bin/kustomize build . | GOFLAGS=-mod=mod go run . kustomize:
} 2> errors > got || { cat errors; exit 1; }
cat got
diff got - <<'WANT'
kubectl:   {"at":"2026-01-01T10:00:00+02:00","date":"2026-01-01","span":"1:30"}
kustomize: {"at":"2026-01-01T10:00:00+02:00","date":"2026-01-01T00:00:00Z","span":"1:30"}
WANT
