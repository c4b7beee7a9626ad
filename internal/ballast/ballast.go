// Package ballast lets the first garbage collection wait: what is made at the start, and
// to read a repository, mostly stays until the end.
// Packages are initialised in the order of their paths (Go 1.21), as far as they do not
// need one another, so that this one is before most that make much.
package ballast

import (
	"os"
	"runtime"
	"runtime/debug"
)

// ours is false where who started this program says by GOGC when to collect, as the
// sandbox does of its children.
var ours = os.Getenv("GOGC") == ""

// Bytes are never touched, so that they cost no memory: with them, the heap grows by
// Go's default to some fifty MiB before it is collected.
var Bytes []byte

// roomy is how much of the heap is in large pages, in bytes: as much as a review of a
// thousand targets takes that finds all in its cache. What is not touched costs nothing.
const roomy = 128 << 20

// The heap gets its first memory in pages of 2 MiB where Linux gives them to who asks
// (transparent_hugepage=madvise, as Ubuntu has it): page faults were a seventh of a review
// that finds all in its cache, and are a tenth with them.
var _ = func() bool {
	if !ours {
		return false
	}
	percent(-1)
	room := make([]byte, roomy)
	largePages(room)
	Bytes = make([]byte, 48<<20)
	runtime.KeepAlive(room)
	room = nil
	runtime.GC() // the room is the heap's now, and nothing of it is touched
	percent(100)
	return true
}()

// Alone is for a process that works by itself: its heap may grow to twice as much.
func Alone() { percent(200) }

// Beside is for one beside its children, which have more use for the memory.
func Beside() { percent(40) }

func percent(of int) {
	if ours {
		debug.SetGCPercent(of)
	}
}
