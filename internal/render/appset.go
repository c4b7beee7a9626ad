package render

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"k8s.io/apimachinery/pkg/util/validation"
)

// applicationSet makes the Applications of a set.
func (a *argoSide) applicationSet(ctx context.Context, o *model.Object) ([]*argoUnit, error) {
	spec := specOf[appSet](o)
	home := cmp.Or(a.clusters[inCluster], inCluster)
	set := &argoUnit{target: model.Target{ID: "argocd:" + home + "/" + o.ID.Name, Kind: model.ArgoCD, Cluster: home, Path: "."}, isSet: true, made: map[string]task.BuiltObject{}}
	fail := func(why string) []*argoUnit {
		u := &argoUnit{target: set.target, isSet: true}
		u.stop = &model.Problem{Class: model.UnsupportedSource, Message: model.OfSet + why} // without its name: hundreds are told at once
		u.below, u.leads = spec.below(a)
		asks, ok := spec.asks(a)
		if u.asks = asks; !ok {
			u.below = append(u.below, "")
		}
		u.bounded = !slices.Contains(u.below, "")
		u.leads = u.leads && u.bounded
		return []*argoUnit{u}
	}
	if problem := a.unfollowed.problem(o); problem != nil {
		units := fail(fmt.Sprintf("`%s` is not followed here", dotted(problem.Field)))
		units[0].leads = false
		return units, nil
	}
	made, err := a.made(ctx, o.ID.Namespace, spec)
	switch {
	case err != nil:
		return nil, err
	case made.Mistake:
		units := fail(made.Why)
		units[0].stop.Class, units[0].stop.Field = model.InvalidKustomization, made.Field
		return units, nil
	case made.Why != "":
		units := fail(made.Why)
		units[0].stop.Field = made.Field
		return units, nil
	}
	for _, read := range made.Repositories {
		if a.foreign(argoSource{RepoURL: read[0]}) {
			return fail("a git generator reads another repository"), nil
		}
		if pinned(read[1]) {
			return fail(fmt.Sprintf("a git generator reads the revision `%s`, which is not the one that is reviewed", model.RedactedName(read[1]))), nil
		}
	}
	var frozen map[string]task.BuiltObject // Applications that are there, and are not altered
	if a.base != nil && slices.Contains([]string{"create-only", "create-delete"}, spec.SyncPolicy.ApplicationsSync) {
		frozen = a.base.makes(o.ID)
	}
	var out []*argoUnit
	for _, app := range made.Made {
		if was, ok := frozen[app.Name]; ok {
			app.Object = was.Fields
		}
		_, twice := set.made[app.Name]
		var object struct {
			Spec application `json:"spec"`
		}
		switch err := json.Unmarshal(app.Object, &object); {
		case twice:
			return fail(fmt.Sprintf("it makes two Applications named `%s`, which Argo CD refuses", model.RedactedName(app.Name))), nil
		case len(validation.IsDNS1123Subdomain(app.Name)) > 0:
			return fail(fmt.Sprintf("it makes an Application named `%s`, which is no name for an object", model.RedactedName(app.Name))), nil
		case err != nil:
			return fail(fmt.Sprintf("what it makes of Application `%s` cannot be read", model.RedactedName(app.Name))), nil
		}
		u, err := a.unit(ctx, o.ID.Namespace, app.Name, object.Spec)
		if err != nil {
			return nil, err
		}
		u.set, u.called, u.params, u.by = set, app.Name, app.Files, app.By
		set.params = append(set.params, app.Files...)
		id := model.ObjectID{Group: task.ArgoGroup, Version: "v1alpha1", Kind: "Application", Namespace: o.ID.Namespace, Name: app.Name}
		set.made[app.Name] = task.BuiltObject{ID: id, Sum: task.Sum(string(app.Object)), Fields: app.Object}
		u.sum = set.made[app.Name].Sum
		out = append(out, u)
	}
	a.sets[o.ID] = o
	return append(out, set), nil // last: an Application of its name has the plain id
}

// makes are the Applications of a set that is followed, by name.
func (a *argoSide) makes(set model.ObjectID) map[string]task.BuiltObject {
	for _, u := range a.units {
		if u.isSet && u.object.ID == set {
			return u.made
		}
	}
	return nil
}

// unmade says, on head's side, what becomes of an Application that one of base's
// objects made, and nothing in head does. Argo CD 3.2 gives what a set makes its finalizer, unless the
// template names its own or the set is told to preserve, and deletes what it makes no
// more, unless applicationsSync says otherwise.
func (a *argoSide) unmade(u *argoUnit) model.Unmade {
	set := a.sets[u.object.ID]
	if set == nil {
		return model.Made
	}
	spec := specOf[appSet](set)
	var template struct {
		Metadata struct {
			Finalizers []string `json:"finalizers"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(spec.Template, &template) // it was read when the set was followed
	deletes := len(template.Metadata.Finalizers) == 0 || slices.ContainsFunc(template.Metadata.Finalizers, func(f string) bool {
		return strings.HasPrefix(f, "resources-finalizer.argocd.argoproj.io")
	})
	switch spec.SyncPolicy.ApplicationsSync {
	case "create-only", "create-update":
		deletes = false
	}
	if deletes && !spec.SyncPolicy.Preserve {
		return model.UnmadeDeleted
	}
	return model.UnmadeLeft
}

// appSet are the fields of an ApplicationSet's spec.
type appSet struct {
	task.ApplicationSet
	SyncPolicy struct {
		Preserve         bool   `json:"preserveResourcesOnDeletion"`
		ApplicationsSync string `json:"applicationsSync"`
	} `json:"syncPolicy"`
}

// made asks the sandbox for the Applications of a set, once for both sides where what it
// is told of the repository is the same.
func (a *argoSide) made(ctx context.Context, namespace string, spec appSet) (task.Applications, error) {
	want := spec.ApplicationSet
	want.MaxApplications, want.Namespace, want.Key = maxUnits, namespace, nil
	sum := task.SumOf(want)
	want.Key = a.build.cache.key
	if a.base != nil {
		for _, known := range a.base.asked[sum] {
			if known.trace.Holds(a.tree) {
				return known.made, nil
			}
		}
	}
	result, err := a.build.runner.Do(ctx, sandbox.Task{Kind: task.ApplicationSetKind, Scope: a.build.scope, Payload: want, Trees: []*model.Tree{a.tree}})
	var out task.Applications
	switch {
	case err != nil && ctx.Err() != nil:
		return out, ctx.Err()
	case err != nil && brokeOff(err):
		return task.Applications{Why: "its templates take too much, and are not followed"}, nil
	case err != nil:
		return out, err
	}
	if err := json.Unmarshal(result.JSON, &out); err != nil {
		return out, err
	}
	a.asked[sum] = append(a.asked[sum], askedSet{result.Trace, out})
	return out, nil
}

// askedSet is what became of a set, and what that depends on.
type askedSet struct {
	trace sandbox.Trace
	made  task.Applications
}

// brokeOff reports whether a task ended for what it was given, and not for the machine.
func brokeOff(err error) bool {
	var panicked *sandbox.PanicError
	return errors.As(err, &panicked) || slices.ContainsFunc([]error{sandbox.ErrTimeout, sandbox.ErrMemory, sandbox.ErrTooLarge, sandbox.ErrDied}, func(e error) bool { return errors.Is(err, e) })
}

// sameMade are the Applications that a set makes on both sides, in the order of their
// names: what else of them changes than what they apply.
func sameMade(base, head *argoUnit) (names []string, differs bool) {
	for _, name := range slices.Sorted(maps.Keys(base.made)) {
		if is, ok := head.made[name]; ok {
			names = append(names, name)
			differs = differs || is.Sum != base.made[name].Sum
		}
	}
	return names, differs
}

// setRendered gives both sides of a set whose Applications are known: those that it
// makes on both. Of others, what they apply is told.
func (p *pair) setRendered(t model.Target, units [2]*argoUnit) (out [2]model.Rendered) {
	names, _ := sameMade(units[0], units[1])
	for side, u := range units {
		var o outcome
		for _, name := range names {
			o.Objects = append(o.Objects, u.made[name])
		}
		out[side] = p.build.rendered(side, t, o)
		out[side].Lineage = u.lineage()
	}
	return out
}

// tells reports whether an Application's or a set's unit is a target: a set is one where
// it is not followed, or makes other Applications of the same names.
func (p *pair) tells(side int, u *argoUnit) bool {
	if u.made == nil {
		return true
	}
	other := p.apps[1-side].units[u.target.ID]
	if other == nil || other.made == nil {
		return false
	}
	_, differs := sameMade(u, other)
	return differs
}
