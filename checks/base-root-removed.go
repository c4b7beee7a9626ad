package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/loss"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var baseRootRemoved = &review.Check{
	ID: "base-root-removed", Area: review.Architecture, Severity: review.Critical, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "directory that others build is gone",
		What:   "Looks for directories with a kustomization that nothing in this repository includes, and that the change removes or renames. If the repository's own Flux Kustomizations or Argo CD Applications apply its directories, a directory that is removed together with its Kustomization is not reported. A directory from which a cluster was bootstrapped is always critical. A directory that nothing in this repository names is critical if the repository is a library of bases, otherwise low. An overlay of a base that stays, which no script, workflow or make file names any more and nothing takes the place of, is medium: an environment was given up. All directories removed by one change are one finding. A directory whose objects, in their namespaces, come from a new directory now is not certain: what applies the old path must be told. A directory that an ApplicationSet's template may name is not reported. A directory that matches a directory generator in a chart that nothing renders is not certain, unless it holds data, because its Application is deleted with it.",
		Why:    "Such a directory is a root: something outside applies it, such as a cluster or another repository that names its path. Once it is gone, each of them fails with `kustomization path not found` and gets no updates until someone notices.",
		Fix:    "If others apply it, keep the old directory with a kustomization that includes the new one, and announce its removal. Remove it when nothing refers to it any more.",
		Verify: "git grep -n 'path: ./OLD/DIRECTORY' in the repositories that use this one; kubectl get kustomizations -A -o custom-columns=NAME:.metadata.name,PATH:.spec.path",
		Waive:  "Nobody applies it; say how you know.",
		Effort: "small",
		Bad:    "git mv services/loki services/loki/community",
		Good:   "# services/loki/kustomization.yaml stays:\nresources: [community]",
	},
	Run: review.Files(func(p *review.Pass) {
		if p.Side == model.Base {
			return
		}
		named := appliedPaths(p)
		linkedRoots(p, named)
		var gone []model.Rendered
		for i, t := range p.BaseTargets {
			if t.Target.Kind == model.Flux && t.Lineage != nil && !p.Served(t.Lineage.Dir) && (p.HeadTargets[i].Status == model.StatusAbsent || movedEntry(t, p.HeadTargets[i])) {
				entryGone(p, t, t.Lineage.Dir)
			}
			if t.Target.Kind != model.Kustomize || t.Status == model.StatusAbsent || t.Status == model.StatusFailed || p.HeadTargets[i].Status != model.StatusAbsent {
				continue
			}
			if !named.names(t.Target.Path) && repo.KustomizationOf(p, t.Target.Path) != "" { // else its Kustomization goes along, or its path is told as missing
				gone = append(gone, t)
			}
		}
		if len(gone) == 0 {
			return
		}
		inCharts := setsInCharts(p)
		gone = slices.DeleteFunc(gone, func(t model.Rendered) bool {
			set := inCharts.matching(t.Target.Path)
			if set != nil {
				p.Report(appGoneHit(p, t, *set))
			}
			return set != nil
		})
		if named.any { // what is left over is no loss to anybody, as long as it holds no data
			gone = slices.DeleteFunc(gone, func(t model.Rendered) bool { return len(dataOf(t)) == 0 })
		}
		gone = slices.DeleteFunc(gone, func(t model.Rendered) bool {
			to, moved := newPlace(p, t)
			if moved && !named.any {
				p.Report(rootMovedHit(p, t, to))
			}
			return moved && !named.any
		})
		if len(gone) > 0 {
			p.Report(rootsGoneHit(p, gone, named.any))
		}
	}).OfChanges(),
}

// linkedRoots tells of roots that give way to symbolic links, where Flux is at home:
// who else builds them follows the link.
func linkedRoots(p *review.Pass, named applied) {
	for i, t := range p.BaseTargets {
		link := p.Linked(t.Target.Path)
		if t.Target.Kind != model.Kustomize || t.Status == model.StatusAbsent || p.HeadTargets[i].Status == model.StatusAbsent ||
			link == "" || !p.ServedBefore(t.Target.Path) || named.names(t.Target.Path) || !holdsFlux(p) {
			continue
		}
		p.Report(review.Hit{File: repo.KustomizationOf(p, t.Target.Path), Line: 1, Gone: true, Key: t.Target.Path, Targets: []string{t.Target.ID},
			Verdict: review.NotSeen, Severity: review.High, Searched: []string{"the Flux Kustomizations of this repository"},
			Message: fmt.Sprintf("`%s` is a symbolic link now. Flux leaves symbolic links out of what it fetches: a Flux Kustomization of another repository that applies `%s` fails from the next sync on.", link, t.Target.Path)})
	}
}

// holdsFlux reports whether a root of base holds objects of Flux.
func holdsFlux(p *review.Pass) bool {
	return slices.ContainsFunc(p.BaseTargets, func(t model.Rendered) bool {
		return slices.ContainsFunc(t.Objects, func(o *model.Object) bool { return strings.HasSuffix(o.ID.Group, ".fluxcd.io") })
	})
}

// chartSet is a pattern of directories in a chart that tells Argo CD a repository: an
// ApplicationSet of the chart's, or in its values.
type chartSet struct {
	file, pattern string
	line          int
}

type chartSets []chartSet

// matching gives the first that may name a directory; nil for none.
func (s chartSets) matching(dir string) *chartSet {
	for i, set := range s {
		if ok, err := path.Match(set.pattern, dir); ok && err == nil {
			return &s[i]
		}
	}
	return nil
}

// setPath is a directory generator's pattern; a chart's template may make a part of it.
var (
	setPath  = pattern.New(`^\s*-?\s*path:\s*["']?((?:\{\{[^}]*\}\}|[^\s"'#{])*\*(?:\{\{[^}]*\}\}|[^\s"'#{])*)["']?\s*$`)
	template = pattern.New(`\{\{[^}]*\}\}`)
)

// feedsArgo matches names of files that may hold the values of argocd-apps.
var feedsArgo = pattern.New(`(?i)values|app|argo|set|boot`)

// setsInCharts finds them in the charts of base, which need not be rendered (such a
// chart is installed by hand, once), and in the values of argo-helm's argocd-apps.
func setsInCharts(p *review.Pass) (out chartSets) {
	for _, file := range p.Paths() {
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" || !inChart(p, path.Dir(file)) && !feedsArgo.MatchString(path.Base(file)) {
			continue
		}
		content := string(p.ReadBase(file))
		if !strings.Contains(content, "repoURL:") || !inChart(p, path.Dir(file)) && !strings.Contains(content, "applicationsets:") {
			continue
		}
		n := 0
		for line := range strings.Lines(content) {
			n++
			if m := setPath.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
				out = append(out, chartSet{file, path.Clean(template.ReplaceAllString(m[1], "*")), n})
			}
		}
	}
	return out
}

// inChart reports whether a directory is a chart's, or below one.
func inChart(p *review.Pass, dir string) bool {
	for ; dir != "."; dir = path.Dir(dir) {
		if p.Existed(path.Join(dir, "Chart.yaml")) {
			return true
		}
	}
	return false
}

// appGoneHit tells of a directory that such a set made an Application of.
func appGoneHit(p *review.Pass, t model.Rendered, set chartSet) review.Hit {
	hit := review.Hit{File: repo.KustomizationOf(p, t.Target.Path), Line: 1, Gone: true, Key: t.Target.Path, Targets: []string{t.Target.ID}, Verdict: review.NotSeen, Severity: review.Medium,
		Searched: []string{fmt.Sprintf("%s:%d, in a chart that nothing here renders", set.file, set.line)},
		Message:  fmt.Sprintf("`%s` is gone, and `%s` at %s:%d may have created an Application from it: if so, the Application is deleted too, with all that it applied.", t.Target.Path, set.pattern, set.file, set.line)}
	if claims := dataOf(t); len(claims) > 0 {
		hit.Severity, hit.Verdict, hit.Searched = review.High, review.Sure, nil
		hit.Message += fmt.Sprintf(" The data of %s is deleted with it.", text.Some(claims))
	}
	return hit
}

// dataOf gives the objects of a root that hold data.
func dataOf(t model.Rendered) (out []string) {
	for _, o := range t.Objects {
		if kind := o.ID.GroupKind(); (kind == kube.PersistentVolumeClaim || kind == "Cluster.postgresql.cnpg.io" || loss.Claims(o)) && !loss.Spared(o, t.Target.ID) {
			out = append(out, o.ID.String())
		}
	}
	return out
}

// rootsGoneHit tells of all roots that are gone, once: they left in one change, and
// for one reason. In a repository that applies its own directories, what nothing in
// it applies is more likely left over than applied from outside.
func rootsGoneHit(p *review.Pass, gone []model.Rendered, applies bool) review.Hit {
	var dirs, ids []string
	for _, t := range gone {
		dirs, ids = append(dirs, t.Target.Path), append(ids, t.Target.ID)
	}
	hit := review.Hit{File: repo.KustomizationOf(p, dirs[0]), Line: 1, Gone: true, Key: dirs[0], Targets: ids}
	what, them := "is gone, and nothing in this repository applies it", "it"
	if len(dirs) > 1 {
		what, them = "are gone, and nothing in this repository applies them", "them"
	}
	if applies {
		hit.Severity = review.Low
	} else if givenUp(p, gone) {
		hit.Severity, hit.Title = review.Medium, "overlay is removed"
		hit.Message = fmt.Sprintf("%s %s, and no script or workflow names %s. If something outside applies %s, that fails from the next sync on; what it applied stays in the cluster until someone deletes it.", text.Some(text.Code(dirs)), what, them, them)
		return hit
	}
	hit.Message = fmt.Sprintf("%s %s: whatever applies %s from outside fails from the next sync on.", text.Some(text.Code(dirs)), what, them)
	return hit
}

// newPlace gives the root that renders the objects of one that is gone: the same names
// in the same namespaces, so that it is known to be what a cluster has. Objects without a
// namespace are a base's, which others build on by its path.
func newPlace(p *review.Pass, gone model.Rendered) (dir string, ok bool) {
	names := rootNames(gone)
	if !slices.ContainsFunc(gone.Objects, func(o *model.Object) bool { return o.ID.Namespace != "" }) {
		return "", false
	}
	for i, t := range p.HeadTargets {
		if t.Target.Kind == model.Kustomize && t.Status == model.StatusRendered && p.BaseTargets[i].Status == model.StatusAbsent && slices.Equal(rootNames(t), names) {
			return t.Target.Path, true
		}
	}
	return "", false
}

// rootNames are the identities of what a root renders, without the hashes that Kustomize
// puts on names.
func rootNames(t model.Rendered) (out []string) {
	for _, o := range t.Objects {
		id := o.ID.Key()
		id.Name, _ = review.GeneratedName(id.Name)
		out = append(out, id.GroupKind()+" "+id.String())
	}
	slices.Sort(out)
	return out
}

// rootMovedHit tells of a root that is rendered from another directory now: nothing goes
// from the cluster, and who applies it by its path must be told. That nobody does, as others
// do with a library, is not known: it never passes by itself.
func rootMovedHit(p *review.Pass, t model.Rendered, to string) review.Hit {
	return review.Hit{File: repo.KustomizationOf(p, t.Target.Path), Line: 1, Gone: true, Key: t.Target.Path, Targets: []string{t.Target.ID},
		Verdict: review.NotAnswered, Severity: review.Medium, Title: "directory has moved", Searched: []string{"the Flux Kustomizations and Argo CD Applications of this repository"},
		Message: fmt.Sprintf("`%s` is `%s` now, with the same objects. Nothing in this repository applies it: what applies it from outside by its old path fails until it is told.", t.Target.Path, to)}
}

// upwards matches an entry of a kustomization that leads out of its directory.
var upwards = pattern.New(`[\s"'\[,](\.\./[^\s"'#,\]]+)`)

// givenUp reports whether roots were removed on purpose, with all that names them: each is
// an overlay of something that stays, no new root takes their place, and no file by which
// kustomizations are applied names one of them.
func givenUp(p *review.Pass, gone []model.Rendered) bool {
	for i, t := range p.HeadTargets {
		if t.Target.Kind == model.Kustomize && t.Status != model.StatusAbsent && p.BaseTargets[i].Status == model.StatusAbsent {
			return false
		}
	}
	for _, t := range gone {
		entries := upwards.FindAllStringSubmatch(string(p.ReadBase(repo.KustomizationOf(p, t.Target.Path))), -1)
		if !slices.ContainsFunc(entries, func(m []string) bool { return p.Exists(path.Join(t.Target.Path, m[1])) }) {
			return false
		}
	}
	read := 0
	for _, file := range p.Paths() {
		if !repo.MayMention(file) {
			continue
		}
		if read++; read > repo.MaxMentioning {
			return false
		}
		content := string(p.Read(file))
		if slices.ContainsFunc(gone, func(t model.Rendered) bool { return strings.Contains(content, t.Target.Path) }) {
			return false
		}
	}
	return true
}

// appliesItself reports whether a Flux Kustomization is in its own render: the
// entry point that bootstrap makes.
func appliesItself(t model.Rendered) bool {
	for _, o := range t.Objects {
		if o.ID.GroupKind() == flux.Kustomization && strings.HasSuffix(t.Target.ID, "/"+o.ID.Namespace+"/"+o.ID.Name) {
			return true
		}
	}
	return false
}

// movedEntry reports whether a cluster's entry point is another directory now.
func movedEntry(was, is model.Rendered) bool {
	return was.Lineage.Parent == nil && is.Lineage != nil && is.Lineage.Parent == nil && was.Lineage.Dir != is.Lineage.Dir
}

// entryGone tells of the directory of an entry point, as it says so itself or as its
// Flux objects show.
func entryGone(p *review.Pass, t model.Rendered, dir string) {
	hit := review.Hit{File: entryFile(p, dir), Line: 1, Gone: true, Key: dir, Targets: []string{t.Target.ID}}
	switch {
	case appliesItself(t):
		hit.Message = fmt.Sprintf("`%s` is the entry point of the cluster %s and is gone: its Flux fails from the next sync on, and the cluster stays as it is until someone bootstraps it again.", dir, t.Target.Cluster)
	case t.Lineage != nil && t.Lineage.Parent == nil:
		hit.Severity = review.High
		hit.Message = fmt.Sprintf("`%s` is the entry point of the cluster %s and is gone. What applies it is not in this repository: it fails from now on, and the cluster stays as it is; if it applies a directory above, all of this is deleted.", dir, t.Target.Cluster)
		if hit.File == "" && len(t.Objects) > 0 {
			hit.Object = t.Objects[0]
		}
	default:
		return
	}
	p.Report(hit)
}

func entryFile(p *review.Pass, dir string) string {
	if file := path.Join(dir, "flux-system", "gotk-sync.yaml"); p.ReadBase(file) != nil {
		return file
	}
	return repo.KustomizationOf(p, dir)
}

type applied struct {
	base     map[string]bool // directories that Flux Kustomizations and Argo CD's Applications of base name
	patterns []string        // paths of ApplicationSets' templates, in which each expression is a *
	any      bool            // some of them is a directory of this repository
}

// names reports whether a directory of base is applied by the repository itself.
func (a applied) names(dir string) bool {
	return a.base[dir] || slices.ContainsFunc(a.patterns, func(p string) bool {
		ok, err := path.Match(p, dir)
		return ok && err == nil
	})
}

// expression is one of an ApplicationSet's template: what it gives may not be seen.
var expression = pattern.New(`\{\{.*?\}\}`)

// templatePaths gives the paths that an ApplicationSet's template names.
func templatePaths(o *model.Object) (out []string) {
	spec := review.Map(o.Fields(), "spec", "template", "spec")
	for _, source := range append(review.Items(spec, "sources"), review.Map(spec, "source")) {
		if p := review.Text(source, "path"); strings.Contains(p, "{{") {
			out = append(out, path.Clean(expression.ReplaceAllString(p, "*")))
		}
	}
	return out
}

// appliedPaths gives what the repository's own Flux Kustomizations and Argo CD's
// Applications apply.
func appliedPaths(p *review.Pass) applied {
	out := applied{base: map[string]bool{}}
	for _, t := range p.BaseTargets {
		if t.Target.Kind == model.ArgoCD && t.Status != model.StatusAbsent {
			out.base[t.Target.Path] = true
		}
		for _, o := range t.Objects {
			if o.ID.GroupKind() == kube.ApplicationSet {
				out.patterns = append(out.patterns, templatePaths(o)...)
			}
			if o.ID.GroupKind() != flux.Kustomization {
				continue
			}
			dir := path.Clean(strings.TrimLeft(review.Text(o.Fields(), "spec", "path"), "/"))
			out.base[dir] = true
		}
	}
	for _, t := range p.BaseTargets {
		out.any = out.any || out.names(t.Target.Path)
	}
	return out
}
