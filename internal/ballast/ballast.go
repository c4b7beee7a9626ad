// Package ballast lets the first garbage collection wait until the heap is some fifty
// MiB: what is made at the start, and to read a repository, mostly stays until the end.
// Packages are initialised in the order of their paths (Go 1.21), as far as they do not
// need one another, so that this one is before most that make much.
package ballast

import "os"

// Bytes are never touched, so that they cost no memory. Who says by GOGC when to
// collect, as the sandbox does of its children, is listened to.
var Bytes = func() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	return make([]byte, 48<<20)
}()
