#!/usr/bin/env bash
# What Kustomize says of a replacement that replaces nothing.
#
# sigs.k8s.io/kustomize/kustomize/v5 v5.8.2, 2026-11-30.
# Expected: a target that selects no object is an error, as a field that is not there is, and
# as a name in `replicas` that nothing has is; or neither is.
# Seen: a field that is not there is an error, and a selection that matches nothing is not.
# With `create: true` a key of a list item that is misspelt makes another item.
#   no such field: error
#   no such object: old.example.org
#   no such item, create: old.example.org db.example.org
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
GOBIN=$dir go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
cat > all.yaml <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata: {name: from}
data: {host: db.example.org}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: "web:1", env: [{name: HOST, value: old.example.org}]}]}
YAML
build() { # name, field path, options
  printf 'resources: [all.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: from, fieldPath: data.host}\n  targets: [{select: {kind: Pod, name: %s}, fieldPaths: ["%s"], options: {create: %s}}]\n' "$@" > kustomization.yaml
  ./kustomize build . 2> /dev/null | sed -n 's/ *value: //p' | tr '\n' ' ' | sed 's/ $//' | grep . || echo error
}
{
  echo "as meant: $(build web 'spec.containers.0.env.[name=HOST].value' false)"
  echo "no such field: $(build web 'spec.containers.0.env.[name=HOTS].value' false)"
  echo "no such object: $(build wbe 'spec.containers.0.env.[name=HOST].value' false)"
  echo "no such item, create: $(build web 'spec.containers.0.env.[name=HOTS].value' true)"
} > got
cat got
diff got - <<'WANT'
as meant: db.example.org
no such field: error
no such object: old.example.org
no such item, create: old.example.org db.example.org
WANT
