#!/usr/bin/env bash
# Whether a generator of a kustomization can merge into what its component generates.
#
# sigs.k8s.io/kustomize/kustomize v5.8.2, go1.26.8, 2026-12-01.
# Expected: yes, as into what a base generates: both are listed above it.
# Seen: it fails, "does not exist; cannot merge or replace": generators run before the
# components of their kustomization, wherever these stand in the file. The same entry in a
# second component, listed after the first, merges.
#   beside the component: does not exist; cannot merge or replace
#   in a second component: a: "1" b: "2"
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
unset GOFLAGS
export GOBIN="$dir/bin" CGO_ENABLED=0
go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2 2> /dev/null
mkdir one two beside after
head='apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n'
merge='configMapGenerator:\n- {name: settings, behavior: merge, literals: [b=2]}\n'
printf "$head"'configMapGenerator:\n- {name: settings, literals: [a=1]}\n' > one/kustomization.yaml
printf "$head$merge" > two/kustomization.yaml
printf 'components: [../one]\n'"$merge" > beside/kustomization.yaml
printf 'components: [../one, ../two]\n' > after/kustomization.yaml
{
  echo "beside the component: $(bin/kustomize build beside 2>&1 | grep -o 'does not exist; cannot merge or replace')"
  echo "in a second component: $(bin/kustomize build after | grep -E '^  [ab]:' | xargs -d '\n' | sed 's/^ *//; s/  */ /g')"
} > got
cat got
diff got - <<'WANT'
beside the component: does not exist; cannot merge or replace
in a second component: a: "1" b: "2"
WANT
