#!/usr/bin/env bash
# A Chart.lock is out of step as soon as a dependency's condition changes.
#
# helm.sh/helm/v4 v4.3.1, 2026-11-30.
# Expected: Chart.lock pins versions, and is out of step where the dependencies' names,
# repositories or version ranges change.
# Seen: its digest covers every field of a dependency. After a change of `condition`
# (tags and alias are in it as well) `helm dependency build` refuses the chart, without
# a word of what differs. And without charts/ `helm template` fails for a dependency
# that its condition switches off.
#   helm dependency build: out of sync
#   helm template: missing in charts/ directory: dep
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
export HELM_CACHE_HOME=$dir/cache HELM_CONFIG_HOME=$dir/config HELM_DATA_HOME=$dir/data
GOBIN=$dir go install helm.sh/helm/v4/cmd/helm@v4.3.1
mkdir dep top
printf 'apiVersion: v2\nname: dep\nversion: 1.2.0\n' > dep/Chart.yaml
chart() {
  printf 'apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n- {name: dep, version: 1.x, repository: "file://../dep", condition: %s}\n' "$1" > top/Chart.yaml
}
chart dep.enabled
./helm dependency update top > /dev/null
rm -r top/charts
chart dep.on
{
  echo "helm dependency build: $(./helm dependency build top 2>&1 | grep -o 'out of sync')"
  echo "helm template: $(./helm template x top --set dep.on=false 2>&1 | grep -o 'missing in charts/ directory: dep')"
} | tee got
diff got - <<'WANT'
helm dependency build: out of sync
helm template: missing in charts/ directory: dep
WANT
