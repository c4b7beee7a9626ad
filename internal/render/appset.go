package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// applicationSet makes the Applications of a set.
func (a *argoSide) applicationSet(ctx context.Context, o *model.Object) ([]*argoUnit, error) {
	spec := specOf[appSet](o)
	fail := func(why string) []*argoUnit {
		u := &argoUnit{target: model.Target{ID: "argocd:in-cluster/" + o.ID.Name, Kind: model.ArgoCD, Cluster: "in-cluster", Path: "."}}
		u.stop = &model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf("ApplicationSet `%s`: %s", o.ID.Name, why)}
		u.below = spec.below()
		return []*argoUnit{u}
	}
	if problem := a.unfollowed.problem(o); problem != nil {
		return fail(fmt.Sprintf("`%s` is not followed here", dotted(problem.Field))), nil
	}
	made, err := a.made(ctx, spec)
	switch {
	case err != nil:
		return nil, err
	case made.Why != "":
		return fail(made.Why), nil
	}
	for _, read := range made.Repositories {
		if a.foreign(argoSource{RepoURL: read[0]}) {
			return fail("a git generator reads another repository"), nil
		}
		if pinned(read[1]) {
			return fail(fmt.Sprintf("a git generator reads the revision `%s`, which is not the one that is reviewed", model.RedactedName(read[1]))), nil
		}
	}
	var out []*argoUnit
	names := map[string]bool{}
	for _, app := range made.Made {
		if names[app.Name] {
			return fail(fmt.Sprintf("it makes two Applications named `%s`, which Argo CD refuses", model.RedactedName(app.Name))), nil
		}
		names[app.Name] = true
		var of application
		if err := json.Unmarshal(app.Spec, &of); err != nil {
			return fail(fmt.Sprintf("what it makes of Application `%s` cannot be read", model.RedactedName(app.Name))), nil
		}
		u, err := a.unit(ctx, app.Name, of)
		if err != nil {
			return nil, err
		}
		u.values = append(u.values, app.Files...)
		out = append(out, u)
	}
	a.sets[o.ID] = o
	return out, nil
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

// below are the directories in which a set finds what its Applications apply, as
// far as its text tells without being followed; "" is the whole repository.
func (s appSet) below() []string {
	var template struct {
		Spec application `json:"spec"`
	}
	_ = json.Unmarshal(s.Template, &template) // partly decoded is as good as it gets
	var out []string
	for _, source := range template.Spec.all() {
		out = append(out, fixedDir(strings.TrimPrefix(source.Path, "./")))
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// made asks the sandbox for the Applications of a set, once for both sides where what it
// is told of the repository is the same.
func (a *argoSide) made(ctx context.Context, spec appSet) (task.Applications, error) {
	want := spec.ApplicationSet
	want.MaxApplications = maxUnits
	sum := task.SumOf(want)
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
