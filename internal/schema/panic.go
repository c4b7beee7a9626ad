package schema

import (
	"fmt"
	"runtime/debug"
)

// Panic is a panic of a library on a schema or an object that it does not expect.
// Both may quote foreign text.
type Panic struct{ Value, Stack string }

// panicked takes what was recovered, where it was.
func panicked(value any) *Panic {
	return &Panic{Value: fmt.Sprint(value), Stack: string(debug.Stack())}
}
