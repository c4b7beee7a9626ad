#!/usr/bin/env bash
# What Argo CD does with a value of its annotations that it does not know.
#
# github.com/argoproj/argo-cd/gitops-engine/v3 v3.6.1 (Argo CD 3.6), go1.27.0, 2026-11-30.
# Expected: an unknown hook is refused, or the object is applied as any other; options are
# read without regard to case, as Flux reads its own.
# Seen: an object whose hook is unknown, empty or in another case is in no sync at all: it
# is neither a hook nor one of the objects that are compared and applied, and one that is
# in the cluster is no longer wanted. A wave that is no whole number is wave 0, and an
# option in another case is none: `Prune=False` protects nothing. None of it is an error.
#   hook "presync": left out true
#   sync-wave "2.0": 0
#   sync-options "Prune=False": kept false
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding
go 1.27
require github.com/argoproj/argo-cd/gitops-engine/v3 v3.6.1
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync/ignore"
	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync/resource"
	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync/syncwaves"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func with(key, value string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetAnnotations(map[string]string{"argocd.argoproj.io/" + key: value})
	return o
}

func main() {
	for _, v := range []string{"PreSync", "presync", "PreSync,Garbage", ""} {
		fmt.Printf("hook %q: left out %v\n", v, ignore.Ignore(with("hook", v)))
	}
	for _, v := range []string{"2", "2.0", "2 "} {
		fmt.Printf("sync-wave %q: %d\n", v, syncwaves.Wave(with("sync-wave", v)))
	}
	const options = "argocd.argoproj.io/sync-options"
	for _, v := range []string{"Prune=false", "Prune=False", "Validate=false, Prune=false"} {
		fmt.Printf("sync-options %q: kept %v\n", v, resource.HasAnnotationOption(with("sync-options", v), options, "Prune=false"))
	}
}
GO
GOTOOLCHAIN=go1.27.0 GOFLAGS=-mod=mod CGO_ENABLED=0 go run . > got
cat got
diff got - <<'WANT'
hook "PreSync": left out false
hook "presync": left out true
hook "PreSync,Garbage": left out false
hook "": left out true
sync-wave "2": 2
sync-wave "2.0": 0
sync-wave "2 ": 0
sync-options "Prune=false": kept true
sync-options "Prune=False": kept false
sync-options "Validate=false, Prune=false": kept true
WANT
