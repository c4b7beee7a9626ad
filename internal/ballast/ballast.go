// Package ballast lets the first garbage collection wait: what is made at the start, and
// to read a repository, mostly stays until the end.
// Packages are initialised in the order of their paths (Go 1.21), as far as they do not
// need one another, so that this one is before most that make much.
package ballast

import (
	"os"
	"runtime/debug"
)

// ours is false where who started this program says by GOGC when to collect, as the
// sandbox does of its children.
var ours = os.Getenv("GOGC") == ""

// Bytes are never touched, so that they cost no memory: with them, the heap grows by
// Go's default to some thirty MiB before it is collected.
var Bytes = func() []byte {
	if !ours {
		return nil
	}
	return make([]byte, 32<<20)
}()

// Alone is for a process that works by itself: its heap may grow to twice as much.
func Alone() { percent(200) }

// Beside is for one beside its children, which have more use for the memory.
func Beside() { percent(50) }

func percent(of int) {
	if ours {
		debug.SetGCPercent(of)
	}
}
