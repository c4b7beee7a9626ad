#!/usr/bin/env bash
# Whether a chart that takes no values but those of its schema can be a dependency.
#
# helm.sh/helm/v4 v4.3.1, go1.26.8, 2026-11-30.
# Expected: a chart whose schema has `additionalProperties: false` takes the same values by
# itself and as another chart's dependency.
# Seen: by itself it renders. As a dependency it is refused, because Helm gives it `global`,
# which is empty and which nobody wrote: the schema has to name it.
#   by itself: renders
#   as a dependency: additional properties 'global' not allowed
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
export HELM_CACHE_HOME=$dir/cache HELM_CONFIG_HOME=$dir/config HELM_DATA_HOME=$dir/data
GOBIN=$dir go install helm.sh/helm/v4/cmd/helm@v4.3.1
mkdir -p shop/charts/web/templates
printf 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' > shop/Chart.yaml
printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' > shop/charts/web/Chart.yaml
printf 'replicas: 2\n' > shop/charts/web/values.yaml
printf 'kind: ConfigMap\nreplicas: {{ .Values.replicas }}\n' > shop/charts/web/templates/config.yaml
render() { ./helm template x "$1" > out 2>&1 && echo renders || grep -o "additional properties 'global' not allowed" out; }
schema() { printf '{"additionalProperties": false, "properties": {"replicas": {"type": "integer"}%s}}\n' "$1" > shop/charts/web/values.schema.json; }
{
  schema ''
  echo "by itself: $(render shop/charts/web)"
  echo "as a dependency: $(render shop)"
  schema ', "global": {}'
  echo "as a dependency, with global: $(render shop)"
} > got
cat got
diff got - <<'WANT'
by itself: renders
as a dependency: additional properties 'global' not allowed
as a dependency, with global: renders
WANT
