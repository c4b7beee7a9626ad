package render

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// argoRendered gives both sides of an Application.
func (p *pair) argoRendered(t model.Target) [2]model.Rendered {
	var out [2]model.Rendered
	units := [2]*argoUnit{p.apps[0].units[t.ID], p.apps[1].units[t.ID]}
	if units[0] != nil && units[1] != nil && units[0].made != nil && units[1].made != nil {
		return p.setRendered(t, units)
	}
	for side, u := range units {
		if u == nil || u.made != nil {
			out[side] = model.Rendered{Target: t, Status: model.StatusAbsent, Reused: true}
			continue
		}
		o := u.out
		if o.Problem != nil && o.Field == nil {
			o.Field = o.Problem.Field
		}
		o.Field = u.fault(o.Field)
		if o.Problem != nil && o.Problem.Location == nil {
			problem := *o.Problem
			if u.line != nil && u.line.File != "" {
				problem.Location = &model.Position{File: u.line.File, Line: 1, EndLine: 1, Precision: model.AtFile}
			}
			o.Problem = &problem
		}
		out[side] = p.build.rendered(side, t, o)
		out[side].Lineage = u.lineage()
		out[side].Application, out[side].Handed = p.application(u), p.handed(u)
	}
	if units[0] != nil && units[1] == nil && units[0].made == nil {
		out[0].Lineage.Unmade = p.apps[1].unmade(units[0])
	}
	if units[0] == nil || units[1] == nil {
		return out
	}
	if out[0].Status == model.StatusRendered && len(out[0].Objects) > 0 && out[1].Status == model.StatusRendered && len(out[1].Objects) == 0 && units[1].spec.keepsLast() {
		out[1].Notes = append(slices.Clone(out[1].Notes), "Argo CD's automated sync does not delete all that an Application has (`allowEmpty` is not set): it stays, until somebody syncs by hand")
	}
	if why, field := movedSource(units); why != "" && units[1].stop == nil {
		problem := &model.Problem{Class: model.SourceUnreachable, Message: why, Field: units[1].fault(field)}
		if out[1].Problem != nil {
			problem.Location = out[1].Problem.Location
		}
		for side := range out {
			out[side].Problem, out[side].Status, out[side].Objects, out[side].Context = problem, model.StatusIncomplete, nil, false
		}
		return out
	}
	if !p.req.All && p.sameArgo(units[0], units[1]) {
		for side := range out {
			out[side].Context = out[side].Known()
			out[side].Status, out[side].Reused = model.StatusUnreached, true
		}
	}
	return out
}

// application is what an ApplicationSet makes for a unit; nil where none does.
func (p *pair) application(u *argoUnit) *model.Object {
	if u.set == nil {
		return nil
	}
	made, ok := u.set.made[u.called]
	if !ok {
		return nil
	}
	return p.build.share(task.BuiltObject{ID: made.ID, Sum: made.Sum, Fields: made.Fields})
}

// handed is what an Application gives to charts that are not to be had.
func (p *pair) handed(u *argoUnit) []model.Handed {
	if len(u.out.Handed) == 0 {
		return nil
	}
	release := u.object
	if u.set != nil {
		if release = p.application(u); release == nil {
			return nil
		}
	}
	var out []model.Handed
	for _, h := range u.out.Handed {
		if h.Part < 0 || h.Part >= len(u.parts) {
			continue
		}
		h.Release = release
		if u.set != nil {
			h.Under = append(h.Under, model.FieldStep("spec"), model.FieldStep("template"))
		}
		h.Under = append(h.Under, model.FieldStep("spec"))
		if len(u.spec.Sources) > 0 {
			h.Under = append(h.Under, model.FieldStep("sources"), model.ItemStep(u.parts[h.Part]))
		} else {
			h.Under = append(h.Under, model.FieldStep("source"))
		}
		h.Under = append(h.Under, model.FieldStep("helm"))
		out = append(out, h)
	}
	return out
}

// lineage says how an Application came to be.
func (u *argoUnit) lineage() *model.Lineage {
	by := u.object.ID
	l := &model.Lineage{Kind: model.ArgoCD, By: &by, Parent: u.line}
	l.Elsewhere, l.Parameters, l.Generators, l.Values = len(u.fetched()) > 0, u.params, u.by, append(slices.Clone(u.values), u.params...)
	if u.work.task.Argo != nil {
		l.Application = u.work.task.Argo.Name
		for _, part := range u.work.task.Argo.Parts {
			if !part.Directory.Empty() && part.Git == nil && part.Chart == nil {
				l.Plain = append(l.Plain, part.Dir)
			}
		}
	}
	if u.set != nil && u.work.task.Argo != nil {
		l.Options = map[string]json.RawMessage{}
		for _, part := range u.work.task.Argo.Parts {
			if len(part.Kustomize) > 0 && part.Git == nil && part.Chart == nil {
				l.Options[part.Dir] = part.Kustomize
			}
			if part.Helm != nil {
				l.ValueFiles = append(l.ValueFiles, part.Helm.ValueFiles...)
			}
		}
	}
	if len(u.dirs) == 1 {
		l.Dir = u.dirs[0]
	} else {
		l.Dirs = u.dirs
	}
	return l
}

// movedSource says that an Application reads another repository or revision than it
// did, and by which field: only one of them is the tree that is at hand, and nobody knows
// which.
func movedSource(units [2]*argoUnit) (why string, field []model.Step) {
	was, is := units[0].spec.all(), units[1].spec.all()
	if len(was) != len(is) {
		return "", nil
	}
	for i := range is {
		if units[0].asked(was[i]) && units[1].asked(is[i]) {
			continue
		}
		if was[i].Chart != "" || is[i].Chart != "" || was[i].Path == "" && is[i].Path == "" && is[i].Ref == "" {
			continue
		}
		if was[i].TargetRevision != is[i].TargetRevision && !slices.Contains([]string{"", "HEAD"}, was[i].TargetRevision+is[i].TargetRevision) {
			return fmt.Sprintf("it follows `%s` now, and `%s` before: what is there is not what is reviewed", model.RedactedName(is[i].TargetRevision), model.RedactedName(was[i].TargetRevision)), units[1].sourceAt(i)(model.FieldStep("targetRevision"))
		}
		if model.RepositoryName(was[i].RepoURL) != model.RepositoryName(is[i].RepoURL) {
			return fmt.Sprintf("its source is another repository now: %s", sourceName(model.SourceRef{URL: is[i].RepoURL})), units[1].sourceAt(i)(model.FieldStep("repoURL"))
		}
	}
	return "", nil
}

// asked reports whether a source of another repository was asked for: what it brings is
// there to be seen, or said to be missing.
func (u *argoUnit) asked(s argoSource) bool {
	return slices.ContainsFunc(u.fetched(), func(p *task.ArgoPart) bool {
		return p.Git != nil && p.Git.URL == s.RepoURL && p.Git.Revision == s.TargetRevision && p.Dir == cleanPath(s.Path)
	})
}

// sameArgo reports whether an Application is built from the same on both sides. Of
// one that is not built, all that it names counts.
func (p *pair) sameArgo(base, head *argoUnit) bool {
	if base.work.sum != head.work.sum || (base.stop == nil) != (head.stop == nil) || (base.out.Problem == nil) != (head.out.Problem == nil) {
		return false
	}
	if head.out.Problem != nil && (p.touchesAny(base.files(p.graphs[0], p.changed, p.rooted)) || p.touchesAny(head.files(p.graphs[1], p.changed, p.rooted))) {
		return false
	}
	switch {
	case head.stop != nil && base.set != nil && head.set != nil:
		return base.sum == head.sum
	case head.stop != nil:
		return base.object.Sum == head.object.Sum
	}
	return head.out.trace.Holds(base.work.trees...)
}
