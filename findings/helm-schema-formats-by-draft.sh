#!/usr/bin/env bash
# Whether Helm holds a value against the `format` that a chart's schema gives it.
#
# helm.sh/helm/v4 v4.3.1, go1.26.8, 2026-11-30.
# Expected: a value that is no address is refused where values.schema.json says
# `format: ipv4`, whichever version of JSON Schema it names.
# Seen: it is refused where the schema names draft-07 or an older one. Where it names a
# newer one, or none, formats are notes: any text is taken, and nothing says so.
#   draft-07: refused
#   2020-12: taken
#   none: taken
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
export HELM_CACHE_HOME=$dir/cache HELM_CONFIG_HOME=$dir/config HELM_DATA_HOME=$dir/data
GOBIN=$dir go install helm.sh/helm/v4/cmd/helm@v4.3.1
mkdir web web/templates
printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' > web/Chart.yaml
printf 'kind: ConfigMap\naddress: {{ .Values.address }}\n' > web/templates/config.yaml
schema() { # a key and its value, or nothing
  printf '{%s "properties": {"address": {"type": "string", "format": "ipv4"}}}\n' "$1" > web/values.schema.json
  if ./helm template x web --set address=nowhere > out 2>&1; then echo taken; else grep -q 'not valid ipv4' out && echo refused; fi
}
{
  echo "draft-04: $(schema '"$schema": "http://json-schema.org/draft-04/schema#",')"
  echo "draft-07: $(schema '"$schema": "http://json-schema.org/draft-07/schema#",')"
  echo "2019-09: $(schema '"$schema": "https://json-schema.org/draft/2019-09/schema",')"
  echo "2020-12: $(schema '"$schema": "https://json-schema.org/draft/2020-12/schema",')"
  echo "none: $(schema '')"
} > got
cat got
diff got - <<'WANT'
draft-04: refused
draft-07: refused
2019-09: taken
2020-12: taken
none: taken
WANT
