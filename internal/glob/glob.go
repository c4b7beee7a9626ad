// Package glob matches paths against patterns that may be hostile.
package glob

import (
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// What a pattern may hold. doublestar tries every alternative of {a,b} with every
// one of the next: thirty pairs are a billion tries for one name.
const (
	maxPattern      = 1000 // bytes
	maxAlternatives = 256  // ways through all braces together
)

// Match reports whether a path fits a pattern that may be hostile; one that is
// malformed, or would cost too much, fits nothing.
func Match(pattern, name string) bool {
	if len(pattern) > maxPattern {
		return false
	}
	ways := 1
	for i, part := range strings.Split(pattern, "{") {
		if i > 0 {
			ways *= 1 + strings.Count(part, ",")
		}
		if ways > maxAlternatives {
			return false
		}
	}
	ok, err := doublestar.Match(pattern, name)
	return err == nil && ok
}

// Valid reports whether a pattern is well-formed.
func Valid(pattern string) bool {
	return len(pattern) <= maxPattern && doublestar.ValidatePattern(pattern)
}

// Git matches as git's pathspecs do without magic: `*` and `?` stand for slashes too.
func Git(pattern, name string) bool {
	// path.Match stops at slashes: with another character in their place it does not.
	const slash = "\x01"
	pattern = strings.ReplaceAll(pattern, "/", slash)
	for strings.Contains(pattern, "**") {
		pattern = strings.ReplaceAll(pattern, "**", "*")
	}
	ok, err := path.Match(pattern, strings.ReplaceAll(name, "/", slash))
	return err == nil && ok
}
