#!/usr/bin/env bash
# A strategic merge patch of a port is lost where only one side names the protocol.
#
# sigs.k8s.io/kustomize/kustomize/v5 v5.8.1, 2026-11-27.
# Expected: the patch sets nodePort on the port 80 of the base, or adds an entry.
# Seen: the entry is matched, and none of the patch's fields arrive; nothing is said.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
GOBIN=$dir/bin go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
cat > service.yaml <<'YAML'
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  ports: [{name: http, port: 80, protocol: TCP}]
YAML
cat > kustomization.yaml <<'YAML'
resources: [service.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec:
      ports: [{port: 80, nodePort: 30080}]
YAML
bin/kustomize build . > got
cat got
if grep -q 30080 got; then
  echo "the patch arrives: the finding no longer holds"
  exit 1
fi
