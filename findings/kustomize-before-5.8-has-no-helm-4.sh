#!/usr/bin/env bash
# Whether Kustomize renders helmCharts with Helm 4.
#
# kustomize v5.7.1 and v5.8.2, helm v4.3.1, go1.26.8 linux/amd64, 2026-11-30.
# Expected: yes, where a helm program is on the PATH.
# Seen: 5.8.2 does. 5.7.1 asks `helm version -c --short` first, a flag that Helm 4 has no
# more, and every kustomization with a chart fails with "unknown shorthand flag: 'c'".
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
unset GOFLAGS
export GOBIN="$dir/bin" CGO_ENABLED=0
go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1 2> /dev/null
mv bin/kustomize bin/kustomize-5.7.1
go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2 2> /dev/null
go install helm.sh/helm/v4/cmd/helm@v4.3.1 2> /dev/null
mkdir -p app/charts/web/templates
printf 'helmCharts:\n- {name: web, releaseName: web}\n' > app/kustomization.yaml
printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' > app/charts/web/Chart.yaml
printf 'a: 1\n' > app/charts/web/values.yaml
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n' > app/charts/web/templates/c.yaml
PATH="$dir/bin:$PATH"
kustomize build --enable-helm app || { echo "changed: 5.8.2 does not render"; exit 1; }
if said=$(kustomize-5.7.1 build --enable-helm app 2>&1); then
	echo "changed: 5.7.1 renders"
	exit 1
fi
echo "$said" | head -n 1
grep -q "unknown shorthand flag: 'c'" <<< "$said" || { echo "changed: it fails otherwise"; exit 1; }
