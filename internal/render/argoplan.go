package render

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// unit plans the build of an Application.
func (a *argoSide) unit(ctx context.Context, namespace, name string, spec application) (*argoUnit, error) {
	cluster := a.cluster(spec)
	u := &argoUnit{spec: spec, target: model.Target{ID: "argocd:" + cluster + "/" + name, Kind: model.ArgoCD, Cluster: cluster, Path: "."}}
	if spec.Destination.Name != "" && spec.Destination.Server != "" {
		u.stop = &model.Problem{Class: model.InvalidKustomization, Message: "`destination` has a `name` and a `server`: Argo CD refuses it, and applies nothing of the Application"}
		return u, nil
	}
	sources := spec.all()
	tree, g := a.tree, a.graph
	want := task.Build{Kind: model.ArgoCD, Argo: &task.Argo{Name: name, Namespace: spec.Destination.Namespace, KubeVersion: a.kubernetes}}
	w := work{target: u.target.ID, dir: u.target.ID, trees: []*model.Tree{tree}, ahead: [][]string{nil}}
	for i, s := range sources {
		if s.Ref != "" && s.Path == "" && s.Chart == "" {
			if pinned(s.TargetRevision) {
				u.stop = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("its values are read at the revision `%s`, which is not the one that is reviewed", model.RedactedName(s.TargetRevision)), Field: u.sourceAt(i)(model.FieldStep("targetRevision"))}
				return u, nil
			}
			continue // only a name for values files
		}
		at := u.sourceAt(i)
		s, altered, err := a.altered(ctx, u, namespace, name, s)
		if err != nil {
			return nil, err
		}
		if len(s.Plugin) > 0 {
			plain, err := a.onlyKustomizes(ctx, s)
			if err != nil {
				return nil, err
			}
			if plain {
				s.Plugin = nil
			}
		}
		s, problem := s.inEnvironment(name, spec)
		if problem == nil {
			problem = altered
		}
		dir := cleanPath(s.Path)
		e, links, err := tree.Resolve(dir)
		ok := err == nil
		own := a.own[model.RepositoryName(s.RepoURL)]
		elsewhere := a.foreign(s) || !ok && !own && strings.Contains(s.RepoURL, "://") && !a.readHere(u.target.ID, s.RepoURL)
		helm, missing := u.valueFiles(a, s, elsewhere || s.Chart != "")
		if problem == nil {
			problem = missing
		}
		if problem != nil {
			if u.stop = problem; problem.Field != nil {
				u.stop.Field = at(problem.Field...)
			}
			if s.Path != "" {
				u.below = append(u.below, strings.TrimPrefix(cleanPath(s.Path), "."))
			}
			return u, nil
		}
		u.parts = append(u.parts, i)
		if s.Chart != "" {
			want.Argo.Parts = append(want.Argo.Parts, task.ArgoPart{Helm: helm, Chart: &task.Packaged{Repository: chartRepository(s.RepoURL), Name: s.Chart, Version: s.TargetRevision}})
			continue
		}
		if s.Path != "" && elsewhere && len(s.Plugin) == 0 {
			want.Argo.Parts = append(want.Argo.Parts, task.ArgoPart{Dir: dir, Kustomize: s.Kustomize, Directory: s.Directory, Helm: helm,
				Git: &task.Checkout{URL: s.RepoURL, Revision: s.TargetRevision}})
			w.retire = true // what it does to the schema is not known beforehand
			continue
		}
		switch {
		case s.Path == "":
			u.stop = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("its source %s lies outside the repository", sourceName(model.SourceRef{URL: s.RepoURL})), Field: at(model.FieldStep("repoURL"))}
			return u, nil
		case len(s.Plugin) > 0:
			u.below = append(u.below, dir)
			u.stop = &model.Problem{Class: model.UnsupportedSource, Message: "its source is made by a plugin, which a review does not run", Field: at(model.FieldStep("plugin"))}
			return u, nil
		case pinned(s.TargetRevision):
			u.stop = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("it is applied from the revision `%s` of this repository, which is not the one that is reviewed", model.RedactedName(s.TargetRevision)), Field: at(model.FieldStep("targetRevision"))}
			return u, nil
		case !ok && own && !mainRevision(s.TargetRevision):
			u.stop = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("`path` names `%s`, which is not in the commit that is reviewed; it is applied from `%s`", dir, model.RedactedName(s.TargetRevision)), Field: at(model.FieldStep("path"))}
			return u, nil
		case !ok || e.Mode != model.Dir:
			u.stop = &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("`path` names `%s`, which does not exist", dir), Field: at(model.FieldStep("path"))}
			return u, nil
		case slices.Contains(links, dir) && (s.Helm != nil || len(s.Kustomize) > 0):
			u.below = append(u.below, e.Path)
			u.stop = &model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf("`path` names `%s`, a symbolic link, which is not followed here", dir), Field: at(model.FieldStep("path"))}
			return u, nil
		case slices.Contains(links, dir): // its search for manifests starts at the link, and a walk does not follow it
			u.below = append(u.below, e.Path)
			u.stop = &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("`path` names `%s`, a symbolic link: Argo CD finds no manifests behind it (https://github.com/argoproj/argo-cd/issues/17810)", dir), Field: at(model.FieldStep("path"))}
			return u, nil
		}
		dir = e.Path
		if len(u.dirs) == 0 {
			u.target.Path = dir
		}
		u.dirs = append(u.dirs, dir)
		want.Argo.Parts = append(want.Argo.Parts, task.ArgoPart{Dir: dir, Kustomize: s.Kustomize, Directory: s.Directory, Helm: helm})
		c := g.closure(g.kindOf(dir), dir)
		w.ahead[0], w.retire = append(w.ahead[0], c.paths()...), w.retire || c.global
	}
	if len(u.dirs) > 0 {
		w.dir = u.dirs[0]
	}
	w.task, w.sum = want, task.SumOf(want)
	u.work = w
	return u, nil
}

// sourceAt leads from an Application to fields of one of its sources. Where files beside
// it say something of a source, nobody knows here which of its fields is not theirs.
func (u *argoUnit) sourceAt(source int) func(below ...model.Step) []model.Step {
	return func(below ...model.Step) []model.Step {
		switch {
		case u.overridden || source >= len(u.spec.all()):
			return nil
		case len(u.spec.Sources) > 0:
			return append([]model.Step{model.FieldStep("spec"), model.FieldStep("sources"), model.ItemStep(source)}, below...)
		}
		return append([]model.Step{model.FieldStep("spec"), model.FieldStep("source")}, below...)
	}
}

// fault leads to the field at fault in the object that makes an Application. A build
// counts the sources that it was given, which are not all.
func (u *argoUnit) fault(field []model.Step) []model.Step {
	if len(field) > 0 && field[0].Item() {
		if field[0].Index >= len(u.parts) {
			return nil
		}
		field = u.sourceAt(u.parts[field[0].Index])(field[1:]...)
	}
	if len(field) > 0 && u.set != nil {
		field = append([]model.Step{model.FieldStep("spec"), model.FieldStep("template")}, field...)
	}
	return field
}

// altered gives a source with what files beside it say: Argo CD Image Updater writes such.
func (a *argoSide) altered(ctx context.Context, u *argoUnit, namespace, name string, s argoSource) (argoSource, *model.Problem, error) {
	if s.Path == "" || s.Chart != "" || a.foreign(s) {
		return s, nil, nil
	}
	var want task.ArgoSource
	for _, name := range []string{".argocd-source.yaml", ".argocd-source-" + name + ".yaml", ".argocd-source-" + namespace + "_" + name + ".yaml"} {
		file := path.Join(cleanPath(s.Path), name)
		if e, ok := a.tree.Lookup(file); ok && e.Mode == model.File {
			want.Overrides = append(want.Overrides, file)
		}
	}
	if len(want.Overrides) == 0 {
		return s, nil, nil
	}
	u.values, u.overridden = append(u.values, want.Overrides...), true
	var err error
	if want.Source, err = json.Marshal(s); err != nil {
		return s, nil, err
	}
	result, err := a.build.runner.Do(ctx, sandbox.Task{Kind: task.ArgoSourceKind, Scope: a.build.scope, Payload: want, Trees: []*model.Tree{a.tree}, Ahead: [][]string{want.Overrides}})
	if err != nil && (ctx.Err() != nil || !brokeOff(err)) {
		return s, nil, err
	}
	var merged task.MergedSource
	if err != nil {
		merged = task.MergedSource{Why: "it cannot be read", File: want.Overrides[0]}
	} else if err := json.Unmarshal(result.JSON, &merged); err != nil {
		return s, nil, err
	}
	wrong := func(file, why string) (argoSource, *model.Problem, error) {
		return s, &model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf("`%s` alters its source: %s", file, why),
			Location: &model.Position{File: file, Line: 1, EndLine: 1, Precision: model.AtFile}}, nil
	}
	if merged.Why != "" {
		return wrong(merged.File, merged.Why)
	}
	if field := sourceTree.unknown(merged.Source); field != nil {
		return wrong(want.Overrides[0], fmt.Sprintf("`%s` is not followed here", dotted(field)))
	}
	j, err := json.Marshal(merged.Source)
	if err != nil {
		return s, nil, err
	}
	var out argoSource
	if json.Unmarshal(j, &out) != nil {
		return wrong(want.Overrides[0], "a field of it has another type than it has in an Application")
	}
	return out, nil, nil
}

// sourceTree are the fields of a source that are followed.
var sourceTree = parseFields(argoSourceFields)

// chartRepository is a Helm repository's URL. Argo CD names a registry without a scheme
// (argo-cd v3, docs/user-guide/helm.md).
func chartRepository(repoURL string) string {
	if strings.Contains(repoURL, "://") {
		return repoURL
	}
	return "oci://" + repoURL
}

// supply fetches the charts and the other repositories of Applications, all at once, and
// puts them into their builds. Of an Application that has further sources, one that is
// not to be had is a hole.
func (a *argoSide) supply(ctx context.Context, units []*argoUnit) {
	var refs []model.SourceRef
	for _, u := range units {
		for _, part := range u.fetched() {
			refs = append(refs, refOf(part))
		}
	}
	a.outside.fetchAll(ctx, a.side, refs)
	for _, u := range units {
		parts := u.fetched()
		for _, part := range parts {
			if part.Chart != nil {
				a.outside.supply(a.side, &u.work, part.Chart)
				continue
			}
			part.Git.Tree, part.Git.Problem = a.outside.place(a.side, &u.work, refOf(part), nil)
			u.work.sum = task.SumOf(u.work.task)
		}
		if len(parts) == 1 && len(u.work.task.Argo.Parts) == 1 {
			if lack := parts[0].Problem(); lack != nil {
				stop := *lack
				stop.Field = u.sourceAt(u.parts[0])(parts[0].Names())
				u.stop, u.lacks = &stop, true
			}
		}
	}
}

// fetched are those of an Application's sources that do not lie in this repository.
func (u *argoUnit) fetched() []*task.ArgoPart {
	var out []*task.ArgoPart
	if u.stop == nil && u.work.task.Argo != nil {
		for i := range u.work.task.Argo.Parts {
			if part := &u.work.task.Argo.Parts[i]; part.Chart != nil || part.Git != nil {
				out = append(out, part)
			}
		}
	}
	return out
}

// refOf is what a source from elsewhere is fetched by. Of a Git revision that could be a
// branch or a tag, its form decides.
func refOf(part *task.ArgoPart) model.SourceRef {
	if part.Chart != nil {
		return chartRef(part.Chart)
	}
	ref := model.SourceRef{Kind: model.GitSource, URL: part.Git.URL}
	switch revision := part.Git.Revision; {
	case revision == "" || revision == "HEAD":
	case commitSHA.MatchString(revision):
		ref.Commit = revision
	case strings.HasPrefix(revision, "refs/"):
		ref.Name = revision
	case strings.ContainsAny(revision, "*^~<>= "):
		ref.SemVer = revision
	case tagLike.MatchString(revision):
		ref.Tag = revision
	default:
		ref.Branch = revision
	}
	return ref
}

// version matches what is a tag and hardly a branch.
var version = pattern.New(`^(v?\d+\.\d+(\.\d+)?([-+.].*)?|[0-9a-f]{40}|refs/tags/.*)$`)

// mainRevision reports whether a revision is, as its name says, the branch that pull
// requests go into: on another one a directory may be that is not here.
func mainRevision(revision string) bool {
	return slices.Contains([]string{"", "HEAD", "main", "master"}, revision)
}

// pinned reports whether a revision is a tag or a commit: what is reviewed is a
// branch's, and only what follows that branch gets it.
func pinned(revision string) bool { return version.MatchString(revision) }

// readHere reports whether base's side of an Application found this URL's directory
// in this repository: then a path that does not exist is a mistake, and not a path
// of another repository.
func (a *argoSide) readHere(id, repoURL string) bool {
	if a.base == nil {
		return false
	}
	other := a.base.units[id]
	if other == nil || other.stop != nil {
		return false
	}
	return slices.ContainsFunc(other.spec.all(), func(s argoSource) bool {
		return s.RepoURL == repoURL && slices.Contains(other.dirs, cleanPath(s.Path))
	})
}
