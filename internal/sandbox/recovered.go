package sandbox

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"sync"
)

// Recovered is a panic that was kept to where it happened. Value and Stack may
// quote foreign text.
type Recovered struct {
	Where string `json:"where"` // a word for a metric, such as "locate"
	Value string `json:"value"`
	Stack string `json:"stack"`
}

// noted are the panics of the task that runs: a child does one at a time.
var noted struct {
	sync.Mutex
	list []Recovered
}

// maxNoted bounds what one task tells of.
const maxNoted = 20

// Note tells the parent of a panic that a task recovered from and answers all the
// same. It must be called where it was recovered.
func Note(where string, value any) {
	noted.Lock()
	defer noted.Unlock()
	if len(noted.list) < maxNoted {
		noted.list = append(noted.list, Recovered{Where: where, Value: fmt.Sprint(value), Stack: string(debug.Stack())})
	}
}

func takeNoted() []Recovered {
	noted.Lock()
	defer noted.Unlock()
	out := noted.list
	noted.list = nil
	return out
}

// parsePanics reads a frame of them; a child that sends another is still of use.
func parsePanics(payload []byte) []Recovered {
	var out []Recovered
	if json.Unmarshal(payload, &out) != nil {
		return nil
	}
	return out[:min(len(out), maxNoted)]
}
