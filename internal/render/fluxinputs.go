package render

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// taskInputs numbers the inputs of a task.
type taskInputs struct {
	task *task.Build
	work *work
	at   map[*unit]int
}

func newInputs(task *task.Build, w *work) *taskInputs {
	return &taskInputs{task: task, work: w, at: map[*unit]int{}}
}

// tree gives the index of a tree among the task's, adding it where it is new.
func (in *taskInputs) tree(t *model.Tree) int {
	for i, known := range in.work.trees {
		if known == t {
			return i
		}
	}
	in.work.trees = append(in.work.trees, t)
	return len(in.work.trees) - 1
}

// of gives the index of the input that builds a unit.
func (in *taskInputs) of(u *unit) int {
	if u.kept != nil {
		u = u.kept
	}
	if i, ok := in.at[u]; ok {
		return i
	}
	task := in.renumber(u.work.task, u.work.trees)
	in.task.Inputs = append(in.task.Inputs, task)
	in.at[u] = len(in.task.Inputs) - 1
	return in.at[u]
}

// renumber gives a task whose trees are numbered as this one's.
func (in *taskInputs) renumber(want task.Build, trees []*model.Tree) task.Build {
	if want.Tree < len(trees) {
		want.Tree = in.tree(trees[want.Tree])
	}
	inputs := make([]task.Build, len(want.Inputs))
	for i, t := range want.Inputs {
		inputs[i] = in.renumber(t, trees)
	}
	want.Inputs = inputs
	return want
}

// values says how the child gets at a ConfigMap or Secret.
func (in *taskInputs) values(ref objectRef, namespace string, h held, found bool) task.Values {
	v := task.Values{Kind: ref.Kind, Namespace: namespace, Name: ref.Name, Optional: ref.Optional}
	switch {
	case !found:
		v.Missing = true
	case ref.Kind == "ConfigMap" && !redacted(h.object):
		v.Data = texts(h.object, "data")
	case ref.Kind == "Secret" && encrypted(h.object):
		v.Name = h.object.ID.Name
		v.Data = texts(h.object, "data", "stringData")
	default:
		v.Name = h.object.ID.Name
		i := in.of(h.unit)
		v.Input = &i
	}
	return v
}

// encrypted reports whether there is nothing but ciphertext in a Secret: what stands
// for that is all that anybody can have of it, and whoever reads it need not build
// the Secret for it.
func encrypted(secret *model.Object) bool {
	for _, section := range []string{"data", "stringData"} {
		values, ok := secret.Fields()[section].(map[string]any)
		if !ok && secret.Fields()[section] != nil {
			return false
		}
		for key := range values {
			if k := secret.Keys[model.Pointer([]model.Step{model.FieldStep(section), model.FieldStep(key)})]; !k.Encrypted || k.Sealed {
				return false
			}
		}
	}
	return true
}

// texts are the values of a ConfigMap or Secret as the parent has them.
func texts(o *model.Object, sections ...string) map[string]string {
	out := map[string]string{}
	for _, section := range sections {
		values, _ := o.Fields()[section].(map[string]any)
		for key, value := range values {
			if text, ok := value.(string); ok {
				out[key] = text
			}
		}
	}
	return out
}
