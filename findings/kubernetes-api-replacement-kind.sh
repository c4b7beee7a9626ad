#!/usr/bin/env bash
# What k8s.io/api says replaces an API version may name a list instead of a kind.
#
# k8s.io/api v0.37.2, 2026-11-29.
# Expected: APILifecycleReplacement of networking.k8s.io/v1beta1 IngressClass gives
# networking.k8s.io/v1 IngressClass, as it gives Ingress for Ingress.
# Seen: it gives networking.k8s.io/v1 IngressClassList. Group and version are right:
# who tells people what to write must not take the kind from there.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding
go 1.26
require k8s.io/api v0.37.2
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"

	v1beta1 "k8s.io/api/networking/v1beta1"
)

func main() {
	fmt.Println((&v1beta1.Ingress{}).APILifecycleReplacement())
	fmt.Println((&v1beta1.IngressClass{}).APILifecycleReplacement())
}
GO
GOFLAGS=-mod=mod go run . > got
cat got
diff got - <<'WANT'
networking.k8s.io/v1, Kind=Ingress
networking.k8s.io/v1, Kind=IngressClassList
WANT
