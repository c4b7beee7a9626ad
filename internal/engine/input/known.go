package input

import (
	"slices"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Hundreds of Kustomizations of a cluster may read one Secret that another one renders.
// A process keeps what it built for the last of them: it holds for a task that is told
// the same of its files.

// made is an input that was built.
type made struct {
	sum     string
	heard   []*sandbox.Heard // of each tree
	objects []map[string]any // of readable kinds; nobody changes them
	secrets *redact.Redactor // what it met
}

// readable are the kinds that a task takes out of an input.
var readable = []string{"ConfigMap", "Secret", "Kustomization", "HelmRelease"}

// keptInputs is how many are kept: those of two sides and their decoys, for two
// clusters and some.
const keptInputs = 12

// kept are this process' inputs, the latest last.
var kept struct {
	sync.Mutex
	inputs []*made
}

// make builds an input, or finds what was built of the same files.
func (in *Set) make(want task.Build) (*made, error) {
	sum := task.Sum(task.SumOf(want), in.Secrets.Way())
	kept.Lock()
	known := slices.Clone(kept.inputs)
	kept.Unlock()
	for _, m := range known {
		if m.sum == sum && m.holds(in.files) {
			return m, nil
		}
	}
	m := &made{sum: sum, secrets: in.Secrets.Fresh()}
	for _, f := range in.files {
		h, end := f.Hear()
		defer end()
		m.heard = append(m.heard, h)
	}
	objects, err := in.build(want, m.secrets)
	if err != nil {
		return nil, err
	}
	for _, fields := range objects {
		if slices.Contains(readable, object.ID(fields).Kind) {
			m.objects = append(m.objects, fields)
		}
	}
	kept.Lock()
	defer kept.Unlock()
	kept.inputs = append(kept.inputs, m)
	kept.inputs = slices.Clone(kept.inputs[max(0, len(kept.inputs)-keptInputs):])
	return m, nil
}

func (m *made) holds(files []*sandbox.Files) bool {
	for i, h := range m.heard {
		if i >= len(files) || !h.Holds(files[i]) {
			return false
		}
	}
	return true
}
