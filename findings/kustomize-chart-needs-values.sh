#!/usr/bin/env bash
# Whether a chart without values.yaml can be an entry of helmCharts.
#
# kustomize v5.8.2, helm v4.3.1, go1.26.8 linux/amd64, 2026-11-30.
# Expected: yes: the file is optional in a chart, and Helm renders without it.
# Seen: Kustomize reads it by itself where the entry has no valuesFile, and fails with
# "no such file or directory".
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
unset GOFLAGS
export GOBIN="$dir/bin" CGO_ENABLED=0
go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2 2> /dev/null
go install helm.sh/helm/v4/cmd/helm@v4.3.1 2> /dev/null
PATH="$dir/bin:$PATH"
mkdir -p app/charts/web/templates
printf 'helmCharts:\n- {name: web, releaseName: web}\n' > app/kustomization.yaml
printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' > app/charts/web/Chart.yaml
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n' > app/charts/web/templates/c.yaml
helm template web app/charts/web | grep -q 'kind: ConfigMap' || { echo "changed: helm does not render it"; exit 1; }
if said=$(kustomize build --enable-helm app 2>&1); then
	echo "changed: kustomize renders it"
	exit 1
fi
echo "${said//$dir/.}" | head -n 1
grep -q "values.yaml: no such file or directory" <<< "$said" || { echo "changed: it fails otherwise"; exit 1; }
