#!/usr/bin/env bash
# What a Go program that builds kustomizations weighs, with and without Kustomize's
# loader of Go plugins, which is off unless a program asks for it.
#
# sigs.k8s.io/kustomize/api v0.21.2, go1.26.8 linux/amd64, 2026-11-30.
# Expected: what is never called costs nothing.
# Seen: linked with C, as go build does where a C compiler is found, 26.2 MB and 47,000
# dynamic symbols; 16.4 MB and some 50 with the tag kustomize_disable_go_plugin_support;
# 16.3 MB without C, with the tag or not. The loader imports package plugin, for which
# the linker keeps every exported method of every library, and names them all to who
# may load them.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > main.go <<'GO'
package main

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), ".")
	if err != nil {
		panic(err)
	}
	fmt.Println(objects.Size(), "objects")
}
GO
unset GOFLAGS
go mod init example.org/builder 2> /dev/null
go get sigs.k8s.io/kustomize/api@v0.21.2 2> /dev/null
go mod tidy 2> /dev/null
CGO_ENABLED=1 go build -trimpath -o with .
CGO_ENABLED=1 go build -trimpath -tags kustomize_disable_go_plugin_support -o tagged .
CGO_ENABLED=0 go build -trimpath -o without .
for name in with tagged without; do
	echo "$name: $(stat -c %s $name) bytes, $(readelf --dyn-syms $name | wc -l) lines of dynamic symbols"
done
test "$(stat -c %s with)" -gt $(("$(stat -c %s tagged)" * 13 / 10)) || { echo "changed: the loader costs nothing"; exit 1; }
test "$(stat -c %s without)" -lt $(("$(stat -c %s tagged)" * 11 / 10)) || { echo "changed: the loader costs something without C"; exit 1; }
