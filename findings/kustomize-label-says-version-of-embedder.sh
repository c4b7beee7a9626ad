#!/usr/bin/env bash
# The label that `buildMetadata: [managedByLabel]` adds, where a program builds a
# kustomization by Kustomize's packages and not by its command.
#
# sigs.k8s.io/kustomize/api v0.21.2, go1.26.8 linux/amd64, 2026-12-01.
# Expected: app.kubernetes.io/managed-by is Kustomize's version (kustomize-v5.8.2, as by
# the command of that release), or is left out.
# Seen: it is the version of the program. Built from a checkout that is (devel), so that
# the label is `kustomize-(devel)`, which no API server takes: parentheses are not allowed
# in a label's value.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > main.go <<'GO'
package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	files := filesys.MakeFsInMemory()
	for name, content := range map[string]string{
		"kustomization.yaml": "resources: [map.yaml]\nbuildMetadata: [managedByLabel]\n",
		"map.yaml":           "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
	} {
		if err := files.WriteFile(name, []byte(content)); err != nil {
			panic(err)
		}
	}
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, ".")
	if err != nil {
		panic(err)
	}
	label := objects.Resources()[0].GetLabels()["app.kubernetes.io/managed-by"]
	fmt.Println(label, validation.IsValidLabelValue(label))
}
GO
unset GOFLAGS
go mod init example.org/builder 2> /dev/null
go get sigs.k8s.io/kustomize/api@v0.21.2 k8s.io/apimachinery@v0.37.2 2> /dev/null
go mod tidy 2> /dev/null
go build -trimpath -o builder .
seen=$(./builder)
echo "$seen"
case $seen in
"kustomize-(devel) [a valid label"*) ;;
*) echo "changed: the label is another one, or is taken" && exit 1 ;;
esac
