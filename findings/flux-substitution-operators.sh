#!/usr/bin/env bash
# Flux' post-build substitution knows fewer of the shell's expansions than it looks.
#
# github.com/fluxcd/pkg/envsubst v1.8.0 (kustomize-controller 1.9), 2026-11-27.
# Expected, as in a shell: ${V:+alt} is alt where V is set; ${V:?text} is an error
# where V is not; ${V: -3} are the last three characters.
# Seen: all three are taken for a default or not read at all. V=abcdef, N is unset:
#   ${V:+alt}   abcdef   (a shell: alt)
#   ${N:+alt}   alt      (a shell: nothing)
#   ${N:?text}  text     (a shell: an error)
#   ${V: -3}    abcdef   (a shell: def)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding
go 1.26
require github.com/fluxcd/pkg/envsubst v1.8.0
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"

	"github.com/fluxcd/pkg/envsubst"
)

func main() {
	for _, text := range []string{"${V:+alt}", "${N:+alt}", "${N:?text}", "${V: -3}"} {
		out, err := envsubst.Eval(text, func(name string) (string, bool) { return map[string]string{"V": "abcdef"}[name], name == "V" })
		fmt.Println(text, out, err)
	}
}
GO
GOFLAGS=-mod=mod go run . > got
cat got
diff got - <<'WANT'
${V:+alt} abcdef <nil>
${N:+alt} alt <nil>
${N:?text} text <nil>
${V: -3} abcdef <nil>
WANT
