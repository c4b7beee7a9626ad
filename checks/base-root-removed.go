package checks

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var baseRootRemoved = &review.Check{
	ID: "base-root-removed", Area: review.Architecture, Severity: review.Critical, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "directory that others build is gone",
		What:   "Looks for directories with a kustomization that nothing in this repository includes, and that the change removes or renames. Nothing is reported where Flux Kustomizations or Argo CD Applications of this repository apply its directories, and the one for this directory is removed with it. A directory that a cluster was bootstrapped from is always critical. A directory that nothing in this repository names is critical if the repository is a library of bases, else medium.",
		Why:    "Such a directory is a root: something outside applies it, a cluster or another repository that names its path. Once it is gone, each of them fails with `kustomization path not found` and stays as it is, with no updates, until someone notices.",
		Fix:    "Keep the old directory with a kustomization that includes the new one, and announce its removal. Remove it once nothing refers to it.",
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
		for i, t := range p.BaseTargets {
			if t.Target.Kind == model.Flux && p.HeadTargets[i].Status == model.StatusAbsent && appliesItself(t) && !p.Exists(t.Target.Path) {
				p.Report(review.Hit{
					File: entryFile(p, t.Target.Path), Line: 1, Gone: true, Key: t.Target.Path, Targets: []string{t.Target.ID},
					Message: fmt.Sprintf("`%s` is the entry point of the cluster %s and is gone: its Flux fails from the next sync on, and the cluster stays as it is until someone bootstraps it anew.", t.Target.Path, t.Target.Cluster),
				})
			}
			if t.Target.Kind != model.Kustomize || t.Status == model.StatusAbsent || t.Status == model.StatusFailed || p.HeadTargets[i].Status != model.StatusAbsent {
				continue
			}
			dir := t.Target.Path
			severity, what := review.Critical, "is a root and is gone: whatever applies it"
			switch {
			case named.base[dir]:
				continue // its Kustomization goes along, or its path is told as missing
			case named.any:
				severity, what = review.Medium, "is a root that nothing in this repository applies, and is gone: what applies it"
			}
			p.Report(review.Hit{
				File: kustomizationOf(p, dir), Line: 1, Gone: true, Key: dir, Severity: severity, Targets: []string{t.Target.ID},
				Message: fmt.Sprintf("`%s` %s from outside fails from the next sync on.", dir, what),
			})
		}
	}).OfChanges(),
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

func entryFile(p *review.Pass, dir string) string {
	if file := path.Join(dir, "flux-system", "gotk-sync.yaml"); p.ReadBase(file) != nil {
		return file
	}
	return kustomizationOf(p, dir)
}

type applied struct {
	base map[string]bool // directories that Flux Kustomizations and Argo CD's Applications of base name
	any  bool            // some of them is a directory of this repository
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
			if o.ID.GroupKind() != flux.Kustomization {
				continue
			}
			dir := path.Clean(strings.TrimLeft(review.Text(o.Fields(), "spec", "path"), "/"))
			out.base[dir] = true
		}
	}
	for _, t := range p.BaseTargets {
		out.any = out.any || out.base[t.Target.Path]
	}
	return out
}

func kustomizationOf(p *review.Pass, dir string) string {
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		if p.ReadBase(path.Join(dir, name)) != nil {
			return path.Join(dir, name)
		}
	}
	return dir
}
