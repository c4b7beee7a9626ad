package review

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Container is one container of a workload.
type Container struct {
	Workload *model.Object
	Pod      Pod
	Fields   map[string]any
	Pointer  string // of the container in Workload
	Name     string
	Init     bool // an init container that ends
	Sidecar  bool // an init container with restartPolicy Always
}

// At is the pointer of a place inside the container: At("resources", "limits").
func (c Container) At(path ...string) string { return c.Pointer + pointer(path) }

// Field is the value at a path inside the container; nil when it is missing.
func (c Container) Field(path ...string) any { return Lookup(c.Fields, path...) }

// Key names the container within its workload, wherever it stands in its list.
func (c Container) Key() string {
	if c.Init || c.Sidecar {
		return "init:" + c.Name
	}
	return c.Name
}

// String is how a message names the container: "Deployment shop/web, container
// `app`".
func (c Container) String() string {
	what := "container"
	if c.Init {
		what = "init container"
	}
	return fmt.Sprintf("%s, %s `%s`", c.Workload.ID, what, c.Name)
}

// Pod is the pod template of a workload, or a Pod itself.
type Pod struct {
	Spec     map[string]any
	Metadata map[string]any
	Pointer  string // of the spec in the workload
}

// At is the pointer of a place inside the pod's spec.
func (p Pod) At(path ...string) string { return p.Pointer + pointer(path) }

// podAt is where a kind keeps its pod template.
type podAt struct {
	path    []string
	pointer string // of the pod's spec
}

func below(path ...string) podAt { return podAt{path, pointer(path) + "/spec"} }

// podsAt tells it by group and kind.
var podsAt = map[[2]string]podAt{
	{"", "Pod"}:                               below(),
	{"apps", "Deployment"}:                    below("spec", "template"),
	{"apps", "StatefulSet"}:                   below("spec", "template"),
	{"apps", "DaemonSet"}:                     below("spec", "template"),
	{"apps", "ReplicaSet"}:                    below("spec", "template"),
	{"", "ReplicationController"}:             below("spec", "template"),
	{"batch", "Job"}:                          below("spec", "template"),
	{"batch", "CronJob"}:                      below("spec", "jobTemplate", "spec", "template"),
	{"", "PodTemplate"}:                       below("template"),
	{"argoproj.io", "Rollout"}:                below("spec", "template"),
	{"apps.kruise.io", "CloneSet"}:            below("spec", "template"),
	{"apps.openshift.io", "DeploymentConfig"}: below("spec", "template"),
}

// workload is an object that makes pods, as the checks read it.
type workload struct {
	pod        Pod
	containers []Container
}

// PodOf gives the pod of a workload; ok is false for other kinds.
func PodOf(o *model.Object) (Pod, bool) {
	pod := workloadOf(o).pod
	return pod, pod.Spec != nil
}

// ContainersOf gives the containers of a workload, init containers first. Callers must not
// change the slice.
func ContainersOf(o *model.Object) []Container { return workloadOf(o).containers }

// noWorkload is any other object.
var noWorkload = &workload{}

func workloadOf(o *model.Object) *workload {
	at, ok := podsAt[[2]string{o.ID.Group, o.ID.Kind}]
	if !ok {
		return noWorkload
	}
	return model.Once(o, func() *workload {
		template, _ := Lookup(o.Fields(), at.path...).(map[string]any)
		spec, _ := template["spec"].(map[string]any)
		meta, _ := template["metadata"].(map[string]any)
		if spec == nil {
			return noWorkload
		}
		pod := Pod{Spec: spec, Metadata: meta, Pointer: at.pointer}
		return &workload{pod, containersOf(o, pod)}
	})
}

func containersOf(o *model.Object, pod Pod) []Container {
	var out []Container
	for _, list := range []string{"initContainers", "containers"} {
		items, _ := pod.Spec[list].([]any)
		for i, item := range items {
			fields, ok := item.(map[string]any)
			if !ok {
				continue
			}
			c := Container{Workload: o, Pod: pod, Fields: fields, Name: Text(fields, "name"),
				Pointer: pod.Pointer + "/" + list + "/" + strconv.Itoa(i)}
			if list == "initContainers" {
				c.Sidecar = Text(fields, "restartPolicy") == "Always"
				c.Init = !c.Sidecar
			}
			out = append(out, c)
		}
	}
	return slices.Clip(out)
}

// Pointer is the JSON Pointer of a path of map keys.
func Pointer(path ...string) string { return pointer(path) }

func pointer(path []string) string {
	steps := make([]model.Step, len(path))
	for i, p := range path {
		steps[i] = model.FieldStep(p)
	}
	return model.Pointer(steps)
}

// Lookup is the value at a path of map keys; nil when something is missing. What stands
// below a variable that was left as it is written is that variable: it may hold all that
// is asked for.
func Lookup(fields map[string]any, path ...string) any {
	var at any = fields
	for _, key := range path {
		m, ok := at.(map[string]any)
		if !ok && Unsettled(at) {
			return at
		}
		if !ok {
			return nil
		}
		at = m[key]
	}
	return at
}

// Unsettled reports whether a value is decided by a variable that was left as it is written,
// or by what is hidden: whatever a check asks of it, it may be.
func Unsettled(value any) bool {
	s, ok := value.(string)
	return ok && (strings.Contains(s, "${") || model.RedactedName(s) != s)
}

// wholeVariable matches a value that is a variable and nothing else.
var wholeVariable = pattern.New(`^\$\{[^{}]*\}$`)

// variableAt reports whether a field of an object, or what it would stand in, is a
// variable and nothing else.
func variableAt(o *model.Object, field string) bool {
	if field == "" {
		return false
	}
	_, value, _ := Walk(o, field)
	text, ok := value.(string)
	return ok && wholeVariable.MatchString(text)
}

// unsettled counts the values in a field of an object, or in what it would stand in, that
// variables decide.
func unsettled(o *model.Object, field string) int {
	_, value, _ := Walk(o, field)
	return unsettledIn(value)
}

func unsettledIn(value any) (n int) {
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			n += unsettledIn(inner)
		}
	case []any:
		for _, inner := range v {
			n += unsettledIn(inner)
		}
	default:
		if Unsettled(v) {
			n++
		}
	}
	return n
}

// Text is the string at a path; "" when it is missing or no string.
func Text(fields map[string]any, path ...string) string {
	s, _ := Lookup(fields, path...).(string)
	return s
}

// Map is the map at a path; nil when it is missing or no map.
func Map(fields map[string]any, path ...string) map[string]any {
	m, _ := Lookup(fields, path...).(map[string]any)
	return m
}

// Items is the list of maps at a path; items that are no maps are nil, so that
// indexes hold.
func Items(fields map[string]any, path ...string) []map[string]any {
	list, _ := Lookup(fields, path...).([]any)
	out := make([]map[string]any, len(list))
	for i, item := range list {
		out[i], _ = item.(map[string]any)
	}
	return out
}

// Int is the whole number at a path; ok is false when it is missing or no
// whole number.
func Int(fields map[string]any, path ...string) (n int64, ok bool) {
	number, ok := Lookup(fields, path...).(json.Number)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(string(number), 10, 64)
	return n, err == nil
}

// Bool is the boolean at a path; ok is false when it is missing.
func Bool(fields map[string]any, path ...string) (value, ok bool) {
	value, ok = Lookup(fields, path...).(bool)
	return value, ok
}

// Labels are the string labels at a path.
func Labels(fields map[string]any, path ...string) map[string]string {
	out := map[string]string{}
	for k, v := range Map(fields, path...) {
		if s, ok := v.(string); ok {
			out[k] = s
		}
	}
	return out
}
