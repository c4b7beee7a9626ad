package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	admission "k8s.io/api/admissionregistration/v1"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Admission is a ValidatingAdmissionPolicy, compiled.
type Admission struct {
	Name string
	// Wrong is what the API server would refuse the policy itself for, and At where the
	// first of it stands, as a pointer; "" is not known.
	Wrong []string
	At    string

	spec        admission.ValidatingAdmissionPolicySpec
	variables   []named
	conditions  []named
	validations []validation
}

type named struct {
	name string
	*expression
}

type validation struct {
	*expression
	says    *expression // the message, nil for none
	message string
}

// kept are compiled policies by their digest: one takes tens of milliseconds,
// and both sides and many reviews have the same.
var kept = struct {
	sync.Mutex
	by map[string]*Admission
}{by: map[string]*Admission{}}

const maxKept = 256

// ReadCost is what compiling a policy counts for, in CEL's units: up to 5 µs a
// byte were measured, and the API server reckons ten units to one. It counts for
// a policy that is kept, too, so that the same input gives the same answer.
func ReadCost(o *model.Object) int64 { return 50 * int64(len(o.JSON())) }

// ReadAdmission compiles a rendered ValidatingAdmissionPolicy.
func ReadAdmission(o *model.Object) *Admission {
	key := o.Sum + "\x00" + o.ID.Name
	kept.Lock()
	a := kept.by[key]
	kept.Unlock()
	if a != nil && o.Sum != "" {
		return a
	}
	a = newAdmission(o)
	kept.Lock()
	defer kept.Unlock()
	if len(kept.by) >= maxKept {
		clear(kept.by)
	}
	kept.by[key] = a
	return a
}

// maxExpressions bounds those of one policy; the API server's own limits are
// about these.
const maxExpressions = 64

func newAdmission(o *model.Object) *Admission {
	a := &Admission{Name: o.ID.Name}
	var whole admission.ValidatingAdmissionPolicy
	if err := json.Unmarshal(o.JSON(), &whole); err != nil {
		a.Wrong = []string{"it cannot be read: " + oneLine(err.Error())}
		return a
	}
	a.spec = whole.Spec
	if len(a.spec.Variables)+len(a.spec.MatchConditions)+len(a.spec.Validations) > maxExpressions {
		a.Wrong = []string{fmt.Sprintf("it has more than %d expressions", maxExpressions)}
		return a
	}
	for i, v := range a.spec.Variables {
		a.variables = append(a.variables, named{v.Name, a.compile(fmt.Sprintf("variables[%d]", i), v.Expression)})
	}
	for i, c := range a.spec.MatchConditions {
		a.conditions = append(a.conditions, named{c.Name, a.compile(fmt.Sprintf("matchConditions[%d]", i), c.Expression, cel.BoolType)})
	}
	for i, v := range a.spec.Validations {
		check := validation{message: strings.TrimSpace(v.Message), expression: a.compile(fmt.Sprintf("validations[%d]", i), v.Expression, cel.BoolType)}
		if v.MessageExpression != "" {
			check.says = a.compile(fmt.Sprintf("validations[%d].messageExpression", i), v.MessageExpression, cel.StringType)
		}
		if check.message == "" {
			check.message = "failed expression: " + oneLine(v.Expression)
		}
		a.validations = append(a.validations, check)
	}
	return a
}

// compile notes what is wrong; the expression is nil then.
func (a *Admission) compile(where, text string, results ...*cel.Type) *expression {
	e, err := compile(forPolicies, text, results...)
	if err != nil && len(a.Wrong) == 0 {
		a.At = pointerTo(where)
	}
	var syntax *SyntaxError
	switch {
	case errors.As(err, &syntax):
		a.Wrong = append(a.Wrong, "`"+where+"`, "+strings.Join(syntax.Mistakes, "; "))
	case err != nil:
		a.Wrong = append(a.Wrong, "`"+where+"`: "+oneLine(err.Error()))
	}
	return e
}

// pointerTo is where in a policy the expression stands that a mistake names so.
func pointerTo(where string) string {
	where = "/spec/" + strings.NewReplacer("[", "/", "].", "/", "]", "").Replace(where)
	if !strings.HasSuffix(where, "/messageExpression") {
		where += "/expression"
	}
	return where
}

// Parametric reports whether the policy reads a parameter, and of which kind:
// Kind.group, or Kind.
func (a *Admission) Parametric() (groupKind string, ok bool) {
	if a.spec.ParamKind == nil {
		return "", false
	}
	id := model.ObjectID{Kind: a.spec.ParamKind.Kind}
	id.Group, _ = model.SplitAPIVersion(a.spec.ParamKind.APIVersion)
	return id.GroupKind(), true
}

// Request is an object on its way into a cluster.
type Request struct {
	Object, Old *model.Object // Old is nil for one that is created
	Partial     bool          // variables in it were left unresolved
	Resource    string        // the plural name of its kind
	// Namespaced: the kind has a namespace, also where the object names none.
	Namespaced bool
	Namespace  *model.Object // the Namespace that it comes into; nil where that is not seen
	Param      *model.Object // what the binding names, for a policy that reads one
}

// Decision is what one validation says of a request: Fails is a refusal.
type Decision struct {
	Verdict
	Index   int    // of the validation
	Message string // of a refusal
}

// Validate asks the policy about a request that its rules match. What it says
// nothing against is left out. Cost is what all of it cost.
func (a *Admission) Validate(r Request) (out []Decision, cost int64) {
	if len(a.Wrong) > 0 {
		return nil, 0
	}
	variables := a.bind(r, &cost)
	match := Verdict{Answer: Holds}
	for _, c := range a.conditions {
		v := c.judge(variables)
		cost += v.Cost
		if v.Answer == Fails {
			return nil, cost
		}
		if v.Answer == Unknown {
			match = v
		}
	}
	for i, check := range a.validations {
		d := Decision{Verdict: check.judge(variables), Index: i}
		cost += d.Cost
		if d.Answer == Holds {
			continue
		}
		d.Message = oneLine(check.message)
		if said := check.say(variables, &cost); said != "" {
			d.Message = said
		}
		if d.Answer == Fails && match.Answer == Unknown {
			d.Verdict = match
		}
		out = append(out, d)
	}
	return out, cost
}

// say evaluates the message; "" where the API server would fall back, too.
func (v validation) say(variables map[string]any, cost *int64) string {
	if v.says == nil {
		return ""
	}
	out := v.says.run(variables)
	*cost += out.cost
	said, ok := out.value.(types.String)
	if !ok || strings.Contains(strings.TrimSpace(string(said)), "\n") {
		return ""
	}
	return oneLine(string(said))
}

// bind sets what an expression can name. A variable that has no value breaks
// only what uses it.
func (a *Admission) bind(r Request, cost *int64) map[string]any {
	all := map[string]any{
		"object": fields(r.Object, r.Partial), "oldObject": fields(r.Old, r.Partial), "params": fields(r.Param, false),
		"request": r.request(), "authorizer": hidden("who applies it"), "namespaceObject": r.namespace(),
	}
	variables := map[string]any{}
	all["variables"] = variables
	for _, v := range a.variables {
		out := v.run(all)
		*cost += out.cost
		switch {
		case out.value != nil:
			variables[v.name] = out.value
		case strings.HasPrefix(out.why, dependsOn):
			variables[v.name] = hidden(strings.TrimPrefix(out.why, dependsOn))
		default:
			variables[v.name] = types.NewErr("variable %s: %s", v.name, out.why)
		}
	}
	return all
}

func (r Request) request() map[string]any {
	id := r.Object.ID
	kind := map[string]any{"group": id.Group, "version": id.Version, "kind": id.Kind}
	resource := map[string]any{"group": id.Group, "version": id.Version, "resource": r.Resource}
	return map[string]any{
		"kind": kind, "requestKind": kind, "resource": resource, "requestResource": resource, "subResource": "", "requestSubResource": "",
		"name": id.Name, "namespace": id.Namespace, "operation": string(r.operation()),
		"userInfo": hidden("who applies it"), "dryRun": hidden("how it is applied"), "options": hidden("how it is applied"), "uid": hidden("how it is applied"),
	}
}

func (r Request) operation() admission.OperationType {
	if r.Old == nil {
		return admission.Create
	}
	return admission.Update
}

// nameLabel is what every Namespace carries in a cluster.
const nameLabel = "kubernetes.io/metadata.name"

// namespace is the request's Namespace, as a cluster would have it.
func (r Request) namespace() any {
	if !r.Namespaced {
		return types.NullValue
	}
	if r.Namespace == nil {
		return hidden("the Namespace, which is not seen")
	}
	whole, _ := fields(r.Namespace, r.Partial).(map[string]any)
	metadata, ok := whole["metadata"].(map[string]any)
	if !ok {
		return whole
	}
	labels, ok := metadata["labels"].(map[string]any)
	if !ok {
		labels = map[string]any{}
		metadata["labels"] = labels
	}
	labels[nameLabel] = r.Namespace.ID.Name
	return whole
}
