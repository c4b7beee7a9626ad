#!/usr/bin/env bash
# A kustomization that has nothing but an empty list is not empty for Kustomize.
#
# sigs.k8s.io/kustomize/kustomize/v5 v5.8.1, 2026-11-27.
# Expected: both files below are refused, since neither does anything.
# Seen: `resources: []` builds to nothing and succeeds with no output; a file with
# only apiVersion and kind is refused as empty.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
GOBIN=$dir/bin go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
mkdir a b
printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n' > a/kustomization.yaml
printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n' > b/kustomization.yaml
bin/kustomize build a > got && echo "a: built, $(wc -c < got) bytes"
if bin/kustomize build b 2> err; then
  echo "b builds: the finding no longer holds"
  exit 1
fi
cat err
test ! -s got
