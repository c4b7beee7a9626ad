package render

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// files are the files of this repository that an Application's build could
// read, or was told of. What a generator's file gives stands in what the set makes.
func (u *argoUnit) files(g *graph, changed []string, rendered map[string]bool) []string {
	var out []string
	for _, dir := range u.dirs {
		out = append(out, g.closure(g.kindOf(dir), dir).paths()...)
	}
	for _, told := range u.out.trace {
		out = append(out, told.Path)
	}
	out = append(out, u.values...)
	for _, pattern := range u.asks {
		out = append(out, slices.DeleteFunc(slices.Clone(changed), func(file string) bool { return !glob.Git(pattern, file) && !glob.Match(pattern, file) })...)
	}
	for _, dir := range u.below {
		for _, file := range changed {
			if u.leads && rendered[file] { // by the kustomization that it leads to
				continue
			}
			if dir == "" || file == dir || strings.HasPrefix(file, dir+"/") {
				out = append(out, file)
			}
		}
	}
	return out
}

// valueFiles gives how a source renders a chart, with its values files as paths of
// the repository: relative to the source's path, from the root where they begin
// with a slash, or of the source that they name by $ref; of a chart or a
// repository from elsewhere, there. One that lies elsewhere is a problem.
func (u *argoUnit) valueFiles(a *argoSide, s argoSource, elsewhere bool) (*task.ArgoHelm, *model.Problem) {
	if s.Helm == nil {
		return nil, nil
	}
	helm := *s.Helm
	helm.ValueFiles = nil
	var problem *model.Problem
	for i, file := range s.Helm.ValueFiles {
		at := []model.Step{model.FieldStep("helm"), model.FieldStep("valueFiles"), model.ItemStep(i)}
		named := path.Join(cleanPath(s.Path), file)
		ref, rest, byRef := strings.Cut(strings.TrimPrefix(file, "$"), "/")
		switch {
		case strings.Contains(file, "://"):
			problem = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("the values file `%s` is fetched from elsewhere", file), Field: at}
			continue
		case strings.HasPrefix(file, "$") && byRef:
			named = cleanPath(rest)
			if u.fromElsewhere(a, ref) {
				problem = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("the values file `%s` is in another repository, `%s`", rest, ref), Field: at}
				continue
			}
			if e, ok := a.tree.Lookup(named); (!ok || e.Mode == model.Dir) && !helm.IgnoreMissing && !u.isHere(a, ref) {
				problem = &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("the values file `%s` is not in this repository: `%s` may be another one", rest, ref), Field: at}
			}
		case elsewhere && strings.ContainsAny(file, "*?[{"):
		case elsewhere && strings.HasPrefix(file, "/"):
			helm.ValueFiles = append(helm.ValueFiles, path.Clean(file))
			continue
		case elsewhere:
			helm.ValueFiles = append(helm.ValueFiles, path.Join("/", s.Path, file))
			continue
		case strings.HasPrefix(file, "/"):
			named = cleanPath(file)
		}
		if strings.ContainsAny(named, "*?[{") {
			problem = &model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf("the values files `%s` are named by a pattern, which is not followed here", file), Field: at}
			u.below = append(u.below, fixedDir(named))
			continue
		}
		helm.ValueFiles = append(helm.ValueFiles, named)
		u.values = append(u.values, named)
	}
	helm.FileParameters = slices.Clone(helm.FileParameters)
	for i, p := range helm.FileParameters {
		at, wrong := u.parameterFile(a, s, fmt.Sprint(p["path"]), elsewhere)
		if wrong != nil {
			problem = wrong
			problem.Field = []model.Step{model.FieldStep("helm"), model.FieldStep("fileParameters"), model.ItemStep(i), model.FieldStep("path")}
			continue
		}
		p = maps.Clone(p)
		p["path"], helm.FileParameters[i] = at, p
	}
	return &helm, problem
}

// parameterFile gives the path of a file parameter from the source's path. It is written
// as those of values files are.
func (u *argoUnit) parameterFile(a *argoSide, s argoSource, file string, elsewhere bool) (string, *model.Problem) {
	ref, rest, byRef := strings.Cut(strings.TrimPrefix(file, "$"), "/")
	byRef = byRef && strings.HasPrefix(file, "$")
	switch {
	case byRef && (elsewhere || u.fromElsewhere(a, ref)):
		return "", &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf("the file `%s` of a parameter is in another repository than what it is given to", file)}
	case elsewhere:
		return file, nil
	case byRef:
		file = "/" + rest
	}
	at := path.Join(cleanPath(s.Path), file)
	if strings.HasPrefix(file, "/") {
		at = cleanPath(file)
	}
	u.values = append(u.values, at)
	from, err := filepath.Rel(cleanPath(s.Path), at)
	if err != nil {
		return "", &model.Problem{Class: model.MissingFile, Message: fmt.Sprintf("the file `%s` of a parameter cannot be read", file)}
	}
	return from, nil
}

// fromElsewhere reports whether a source that others name by ref is another repository.
func (u *argoUnit) fromElsewhere(a *argoSide, ref string) bool {
	return slices.ContainsFunc(u.spec.all(), func(o argoSource) bool { return o.Ref == ref && a.foreign(o) })
}

// isHere reports whether a source that others name by ref is what is reviewed, for certain:
// what is missing of it is missing.
func (u *argoUnit) isHere(a *argoSide, ref string) bool {
	return slices.ContainsFunc(u.spec.all(), func(o argoSource) bool {
		return o.Ref == ref && a.own[model.RepositoryName(o.RepoURL)] && mainRevision(o.TargetRevision)
	})
}

// fixedDir is the directory of a pattern or a template up to where it varies; ""
// is the root.
func fixedDir(pattern string) string {
	i := strings.IndexAny(pattern, "*?[{")
	if i < 0 {
		return pattern
	}
	dir := path.Dir(pattern[:i] + "x")
	if dir == "." {
		return ""
	}
	return strings.TrimPrefix(dir, "/")
}
