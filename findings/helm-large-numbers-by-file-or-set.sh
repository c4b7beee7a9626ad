#!/usr/bin/env bash
# What a template prints of one whole number, by how it is given.
#
# helm.sh/helm/v4 v4.3.1, go1.26.8, 2026-11-30.
# Expected: the same text, however the value comes.
# Seen: of --set the number as it is written; of a values file, of --set-json and of the
# chart's own values.yaml one with an exponent, as those are floats. So a value that moves
# from the parameters of an Application of Argo CD (--set) to its valuesObject, or from a
# HelmRelease's targetPath to its values, is another text, with the chart unchanged. In JSON
# and YAML that the template makes of the values it is the number again.
#   --set: id=123456789012 json=123456789012
#   values file: id=1.23456789012e+11 json=123456789012
#   --set-json: id=1.23456789012e+11 json=123456789012
#   own: id=1.23456789012e+11 json=123456789012
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
GOBIN="$dir" CGO_ENABLED=0 go install helm.sh/helm/v4/cmd/helm@v4.3.1
mkdir -p chart/templates own/templates
printf 'apiVersion: v2\nname: chart\nversion: 1.0.0\n' | tee chart/Chart.yaml > own/Chart.yaml
cat > chart/templates/c.yaml <<'T'
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  id: "id={{ .Values.id }} json={{ .Values.id | toJson }}"
T
cp chart/templates/c.yaml own/templates
echo 'id: 0' > chart/values.yaml
echo 'id: 123456789012' | tee own/values.yaml > given.yaml
shown() { echo "$1: $(./helm template r "${@:2}" | sed -n 's/.*id: "\(.*\)"/\1/p')"; }
{
  shown --set chart --set id=123456789012
  shown 'values file' chart -f given.yaml
  shown --set-json chart --set-json id=123456789012
  shown own own
} > got
cat got
diff got - <<'WANT'
--set: id=123456789012 json=123456789012
values file: id=1.23456789012e+11 json=123456789012
--set-json: id=1.23456789012e+11 json=123456789012
own: id=1.23456789012e+11 json=123456789012
WANT
