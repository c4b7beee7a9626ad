// Package pin knows what keeps a version where it is: an exact version, a whole
// commit; and which names move.
package pin

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Exact matches one SemVer version, with or without its v; a suffix may
// follow. 0.0.0 with any suffix is a stand-in.
var (
	Exact   = pattern.New(`^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)
	StandIn = pattern.New(`^v?0\.0\.0([-+]|$)`)
)

// MovingNames are names of branches and of tags that move.
var MovingNames = []string{"latest", "main", "master", "edge", "nightly", "canary", "dev", "develop", "stable", "rolling", "head", "HEAD", "trunk"}

// Moves reports whether a branch or tag is one that moves.
func Moves(word string) bool { return slices.Contains(MovingNames, word) }

// Text is a version as text; YAML may have read it as a number.
func Text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// Commit matches a whole Git commit.
var Commit = pattern.New(`^[0-9a-f]{40}$`)
