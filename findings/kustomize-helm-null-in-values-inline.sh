#!/usr/bin/env bash
# What null does in the values that a kustomization gives to a chart.
#
# kustomize v5.8.2, helm v4.3.1, go1.26.8 linux/amd64, 2026-11-30.
# Expected: it takes the chart's default away, as null in a file of values does with Helm.
# Seen: so it does in a valuesFile that stands alone. In valuesInline it does nothing: the
# values are merged with the chart's own before Helm sees them, nulls get lost on the way,
# and the default stays. Nothing is said.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
unset GOFLAGS
export GOBIN="$dir/bin" CGO_ENABLED=0
go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2 2> /dev/null
go install helm.sh/helm/v4/cmd/helm@v4.3.1 2> /dev/null
PATH="$dir/bin:$PATH"
chart() {
	mkdir -p "$1/charts/web/templates"
	printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' > "$1/charts/web/Chart.yaml"
	printf 'limits: {cpu: 1, memory: 2}\n' > "$1/charts/web/values.yaml"
	printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {limits: {{ .Values.limits | toJson | quote }}}\n' > "$1/charts/web/templates/c.yaml"
}
chart inline
printf 'helmCharts:\n- {name: web, releaseName: web, valuesInline: {limits: {cpu: null}}}\n' > inline/kustomization.yaml
chart file
printf 'limits: {cpu: null}\n' > file/values.yaml
printf 'helmCharts:\n- {name: web, releaseName: web, valuesFile: values.yaml}\n' > file/kustomization.yaml
limits() { kustomize build --enable-helm "$1" | grep limits; }
echo "in a file:$(limits file)"
echo "inline:$(limits inline)"
limits file | grep -qF '{"memory":2}' || { echo "changed: null in a file keeps the default"; exit 1; }
limits inline | grep -qF '{"cpu":1,"memory":2}' || { echo "changed: null takes the default away inline too"; exit 1; }
