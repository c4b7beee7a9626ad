#!/usr/bin/env bash
# What the name of an entry of a kustomization's images matches.
#
# kustomize v5.8.2, go1.26.8 linux/amd64, 2026-11-30.
# Expected: the image of that name, as the reference of the field says ("the name of the
# image to be replaced").
# Seen: the name is a regular expression, put into another one as it is. The dots of a
# name match any character: an entry for registry.example.org/a.b moves a-b too, and its
# new tag takes the digest off an image that was pinned by one.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
unset GOFLAGS
GOBIN="$dir" go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2 2> /dev/null
mkdir app
cat > app/kustomization.yaml <<'YAML'
resources: [pod.yaml]
images:
- {name: registry.example.org/a.b, newTag: "2"}
YAML
cat > app/pod.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: three}
spec:
  containers:
  - {name: meant, image: "registry.example.org/a.b:1"}
  - {name: other, image: "registry.example.org/a-b:1"}
  - {name: pinned, image: "registry-example.org/a_b@sha256:0123456789012345678901234567890123456789012345678901234567890123"}
YAML
seen=$(./kustomize build app | grep -o 'image: .*' | sort)
echo "$seen"
test "$seen" = "image: registry-example.org/a_b:2
image: registry.example.org/a-b:2
image: registry.example.org/a.b:2" || { echo "changed: other images are left alone"; exit 1; }
