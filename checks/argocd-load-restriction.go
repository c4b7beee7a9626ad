package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var argocdLoadRestriction = &review.Check{
	ID: "argocd-load-restriction", Area: review.Architecture, Severity: review.High, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "file outside the directory that Argo CD builds",
		What:   "Looks at kustomizations that Argo CD Applications build. Reports those in which the change names, for the first time, a file outside their own directory: a manifest, a patch or a generator's file. Directories may be outside. The result is certain if the ConfigMap `argocd-cm` is rendered, because its `kustomize.buildOptions` can allow it. Nothing is reported if a file of the repository contains `LoadRestrictionsNone`, or if another of these kustomizations already does the same.",
		Why:    "Argo CD builds with Kustomize's default load restriction, like `kustomize build` and unlike Flux. The build fails with `security; file is not in or below`, and the Application is not updated.",
		Fix:    "Move the file below the directory, or put it into a directory that has its own kustomization or component, and refer to that directory.",
		Verify: "kustomize build DIRECTORY; kubectl get configmap -n argocd argocd-cm -o jsonpath='{.data.kustomize\\.buildOptions}'",
		Waive:  "Argo CD is configured with `kustomize.buildOptions: --load-restrictor LoadRestrictionsNone`.",
		Effort: "small",
		Bad:    "resources:\n- ../shared/config.yaml",
		Good:   "resources:\n- ../shared   # with a kustomization.yaml of its own",
	},
	Run: review.Files(func(p *review.Pass) {
		if p.Side == model.Base {
			return
		}
		var built []string // directories that Argo CD builds
		for _, t := range p.HeadTargets {
			if t.Target.Kind == model.ArgoCD && t.Status != model.StatusAbsent && t.Target.Path != "." {
				built = append(built, t.Target.Path)
			}
		}
		var hits []review.Hit
		for _, file := range p.Changed() {
			dir := path.Dir(file)
			if !repo.IsKustomization(file) || !slices.Contains(built, dir) {
				continue
			}
			was := filesOutside(dir, string(p.ReadBase(file)), p.ReadBase)
			for at, line := range filesOutside(dir, string(p.Read(file)), p.Read) {
				if _, before := was[at]; !before {
					hits = append(hits, review.Hit{File: file, Line: line, Key: at, Verdict: review.NotSeen, Searched: []string{"`LoadRestrictionsNone` in the files of the repository"},
						Message: fmt.Sprintf("`%s` is outside `%s`, which Argo CD builds: unless `kustomize.buildOptions` allows it, the build is refused.", at, dir)})
				}
			}
		}
		if len(hits) == 0 || restrictionLifted(p, built) {
			return
		}
		slices.SortFunc(hits, func(a, b review.Hit) int { return strings.Compare(a.File+a.Key, b.File+b.Key) })
		for _, h := range hits {
			if optionsSeen(p) {
				h.Verdict, h.Searched = review.Sure, nil
				h.Message = strings.Replace(h.Message, "unless `kustomize.buildOptions` allows it, the build is refused", "the build is refused, since `argocd-cm` does not allow it", 1)
			}
			p.Report(h)
		}
	}).OfChanges(),
}

// optionsSeen reports whether Argo CD's settings are rendered.
func optionsSeen(p *review.Pass) bool {
	for _, t := range p.HeadTargets {
		for _, o := range t.Objects {
			if o.ID.GroupKind() == "ConfigMap" && o.ID.Name == "argocd-cm" {
				return true
			}
		}
	}
	return false
}

// upward is a path in a kustomization that leaves its directory.
var upward = pattern.New(`(?:^|[\s\[,"'=])(\.\./[\w./@+-]+)`)

// filesOutside gives the files outside of a directory that its kustomization names,
// with their first lines. What is read as nil is no file.
func filesOutside(dir, content string, read func(string) []byte) map[string]int {
	out := map[string]int{}
	n := 0
	for line := range strings.Lines(content) {
		n++
		text, _, _ := strings.Cut(line, " #")
		if strings.HasPrefix(strings.TrimSpace(text), "#") {
			continue
		}
		for _, m := range upward.FindAllStringSubmatch(text, -1) {
			at := path.Join(dir, m[1])
			if _, known := out[at]; !known && at != ".." && !strings.HasPrefix(at, "../") && at != dir && !strings.HasPrefix(at, dir+"/") && read(at) != nil {
				out[at] = n
			}
		}
	}
	return out
}

// restrictionLifted reports whether the repository says that Argo CD may load files
// from anywhere, or already relies on it.
func restrictionLifted(p *review.Pass, built []string) bool {
	for _, dir := range built {
		if file := repo.KustomizationOf(p, dir); file != "" && len(filesOutside(dir, string(p.ReadBase(file)), p.ReadBase)) > 0 {
			return true
		}
	}
	for i, file := range p.Paths() {
		if i == maxSearchedForOptions {
			return true // not looked at to the end: nothing is said
		}
		switch path.Ext(file) {
		case ".yaml", ".yml", ".tf", ".json":
			if strings.Contains(string(p.Read(file)), "LoadRestrictionsNone") {
				return true
			}
		}
	}
	return false
}

// maxSearchedForOptions bounds the files that are searched for Argo CD's options.
const maxSearchedForOptions = 5000
