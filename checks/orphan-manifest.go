package checks

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var orphanManifest = &review.Check{
	ID: "orphan-manifest", Area: review.Architecture, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "manifest that nothing applies",
		What:   "Looks for manifests, and for files in a directory of values, that are beside or just below a kustomization and are not used: no kustomization of the repository names them, no target applies them without one, and no script, workflow or other file mentions them. An audit also looks for whole directories of manifests that nothing applies, if most of the neighbouring directories are applied, and for directories with a kustomization that nothing leads to, if Flux or Argo CD applies most of those beside them. Examples, tests, templates and the configuration of tools are left alone. On a pull request it looks at the files that change and at those beside a kustomization that changes. On a pull request, a file whose entry is a comment is left alone.",
		Why:    "Someone believes that the alert rule, network policy or backup is applied, and it is not.",
		Fix:    "Add it to `resources:` (or to the generator's `files:`) of the kustomization beside it, or remove the file.",
		Verify: "git grep -n FILE_NAME",
		Waive:  "It is applied by hand or by something outside the repository; say by what.",
		Effort: "small",
		Bad:    "# app/kustomization.yaml\nresources: [web.yaml]   # and app/networkpolicy.yaml lies beside it",
		Good:   "# app/kustomization.yaml\nresources: [web.yaml, networkpolicy.yaml]",
	},
	Run: review.Files(func(p *review.Pass) {
		files := candidates(p)
		if len(files) == 0 && !p.Audit {
			return
		}
		l := newLayout(p)
		for _, file := range files {
			kind, ok := l.manifest(file)
			if !ok || l.named(file) || l.applied(file) || l.mentioned(file) {
				continue
			}
			beside, _ := l.nearest(file)
			if !p.Audit && l.commentedOut(beside, file) {
				continue // who wrote the comment knows
			}
			p.Report(review.Hit{File: file, Key: "orphan", Line: 1, Searched: []string{text.Plural(len(l.dirs), "kustomization"), "scripts, workflows and other files that may name it"},
				Message: fmt.Sprintf("No kustomization names `%s`, not even the one in `%s`: its %s is not applied.", path.Base(file), beside, kind)})
		}
		if p.Audit {
			l.deadDirectories()
			l.deadOverlays()
		}
	}),
}

// layout knows which files of a repository its kustomizations name, as far as
// that can be told without parsing them.
type layout struct {
	p    *review.Pass
	dirs map[string]string          // a directory ▶ its kustomization
	refs map[string]map[string]bool // a kustomization ▶ the paths that it may name
	all  map[string]bool            // what any kustomization may name; nil until asked
	text [][]byte                   // files that may name others; nil until asked

	beside    map[string][]string // by the directory above: those with a kustomization
	delivered map[string]bool     // the directories that Flux or Argo CD applies
}

func newLayout(p *review.Pass) *layout {
	l := &layout{p: p, dirs: map[string]string{}, refs: map[string]map[string]bool{}, beside: map[string][]string{}, delivered: map[string]bool{}}
	for _, file := range p.Paths() {
		if dir := path.Dir(file); repo.IsKustomization(file) {
			if l.dirs[dir] == "" {
				l.beside[path.Dir(dir)] = append(l.beside[path.Dir(dir)], dir)
			}
			l.dirs[dir] = file
		}
	}
	for _, t := range p.HeadTargets {
		if t.Target.Kind == model.Flux || t.Target.Kind == model.ArgoCD {
			l.delivered[t.Target.Path] = true
		}
	}
	return l
}

// candidates are the files that may be manifests and that the pass is about: all in an
// audit, else those that change and those beside a kustomization that does.
func candidates(p *review.Pass) []string {
	changed := map[string]bool{}
	beside := map[string]bool{}
	for _, file := range p.Changed() {
		changed[file] = true
		if repo.IsKustomization(file) {
			beside[path.Dir(file)] = true
		}
	}
	var out []string
	for _, file := range p.Paths() {
		about := p.Audit || changed[file] || len(beside) > 0 && (beside[path.Dir(file)] || beside[path.Dir(path.Dir(file))])
		if about && mayBeManifest(file) {
			out = append(out, file)
		}
	}
	return out
}

// mayBeManifest reports whether a file's path is that of a manifest for a cluster.
func mayBeManifest(file string) bool {
	ext := path.Ext(file)
	return (ext == ".yaml" || ext == ".yml") && !repo.IsKustomization(file) && !repo.Illustrative(file) && !repo.Aside(file)
}

// nearest is the directory of the kustomization beside a file or one directory
// above it.
func (l *layout) nearest(file string) (string, bool) {
	for _, dir := range []string{path.Dir(file), path.Dir(path.Dir(file))} {
		if _, ok := l.dirs[dir]; ok {
			return dir, true
		}
	}
	return "", false
}

// commentedOut reports whether a comment in a directory's kustomization stands where an
// entry for the file would.
func (l *layout) commentedOut(dir, file string) bool {
	return slices.ContainsFunc(scan.Entries(l.p.Read(l.dirs[dir]), "#"), func(e scan.Entry) bool {
		entry := path.Join(dir, e.Text)
		return entry == file || entry == path.Dir(file)
	})
}

// toolGroups begin the API versions of files that tools read, no cluster.
var toolGroups = []string{"kustomize.config.k8s.io/", "builtin", "kind.x-k8s.io/", "kubeadm.k8s.io/", "kubelet.config.k8s.io/", "cli.kyverno.io/", "chainsaw.kyverno.io/",
	"skaffold/", "v1alpha1", "v1alpha2", "v2", "viaduct.ai/", "kuttl.dev/", "backstage.io/", "apiserver.config.k8s.io/", "audit.k8s.io/", "transformers.", "ctlptl.dev/", "config.k8s.io/"}

// manifest reports whether a candidate lies where a kustomization would name it, and
// what it holds.
func (l *layout) manifest(file string) (kind string, ok bool) {
	if _, ok := l.nearest(file); !ok || l.named(file) {
		return "", false
	}
	return l.kind(file)
}

// kind is the kind of the manifest that a file holds; ok is false where it holds none.
func (l *layout) kind(file string) (kind string, ok bool) {
	content := l.p.Read(file)
	if len(content) == 0 || isTemplate(content) {
		return "", false
	}
	version := ""
	for i, text := range strings.Split(string(content), "\n") {
		line, isKey := scan.Key(i+1, text)
		if !isKey || line.Indent > 0 {
			continue
		}
		switch line.Key {
		case "apiVersion":
			version = line.Value
		case "kind":
			kind = line.Value
		}
	}
	if version == "" || kind == "" {
		dir := path.Base(path.Dir(file))
		return "content", dir == "helm-values" || dir == "values"
	}
	return kind, !slices.ContainsFunc(toolGroups, func(begin string) bool { return strings.HasPrefix(version, begin) })
}

// isTemplate reports whether something fills a file in before it is a manifest.
// Braces further inside are an alert's or a dashboard's own.
func isTemplate(content []byte) bool {
	for i, text := range strings.Split(string(content), "\n") {
		line, ok := scan.Key(i+1, text)
		if strings.HasPrefix(strings.TrimSpace(text), "{{") || ok && line.Indent <= 2 && strings.Contains(text, "{{") {
			return true
		}
	}
	return false
}

// named reports whether a kustomization may name a file: first those above it,
// then all.
func (l *layout) named(file string) bool {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if k, ok := l.dirs[dir]; ok && l.namedBy(k)[file] {
			return true
		}
		if dir == "." || dir == "/" {
			break
		}
	}
	if l.all == nil {
		l.all = map[string]bool{}
		for _, k := range slices.Sorted(maps.Values(l.dirs)) { // an audit names the first that were read
			for ref := range l.namedBy(k) {
				l.all[ref] = true
			}
		}
	}
	return l.all[file]
}

// namedBy gives every path that the words of a kustomization may mean.
func (l *layout) namedBy(kustomization string) map[string]bool {
	if refs, ok := l.refs[kustomization]; ok {
		return refs
	}
	refs := map[string]bool{}
	l.refs[kustomization] = refs
	for _, text := range strings.Split(string(l.p.Read(kustomization)), "\n") {
		if strings.HasPrefix(strings.TrimSpace(text), "#") {
			continue
		}
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\"'=,[]{}", r) }) {
			if strings.Contains(word, ".") && !strings.Contains(word, "://") {
				refs[path.Join(path.Dir(kustomization), word)] = true
			}
		}
	}
	return refs
}

// fewestBeside is how many directories beside a dead one must be applied: with fewer,
// nobody can tell what is the custom.
const fewestBeside = 3

// deadDirectories reports directories of manifests without a kustomization of which
// nothing is applied, where at least fewestBeside of those beside them are, and most.
func (l *layout) deadDirectories() {
	dead := map[string]string{} // a directory ▶ its first manifest
	for _, file := range l.p.Paths() {
		dir := path.Dir(file)
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" || dir == "." || dead[dir] != "" || repo.Illustrative(file) || repo.Aside(file) {
			continue
		}
		if _, ok := l.nearest(file); ok {
			continue // told of by itself
		}
		if kind, ok := l.kind(file); ok && kind != "content" && l.amongApplied(dir) && !l.anyUsed(dir) {
			dead[dir] = file
			l.p.Report(review.Hit{File: file, Line: 1, Key: "dead directory", Searched: []string{text.Plural(len(l.dirs), "kustomization"), text.Plural(len(l.p.HeadTargets), "target")},
				Title: "directory that nothing applies", Message: fmt.Sprintf("Nothing applies what is in `%s`, such as this %s: it has no kustomization, and no target leads to it. Most directories beside it are applied.", dir, kind)})
		}
	}
}

// deadOverlays reports directories with a kustomization that no Flux Kustomization,
// Application or other kustomization leads to, where at least fewestBeside of those beside
// them are applied by Flux or Argo CD, and most.
func (l *layout) deadOverlays() {
	for _, t := range l.p.HeadTargets {
		dir := t.Target.Path
		file := l.dirs[dir]
		if t.Target.Kind != model.Kustomize || t.Target.Cluster != "" || file == "" || dir == "." || repo.Illustrative(file) || repo.Aside(file) {
			continue
		}
		applied, all := l.deliveredBeside(dir)
		if applied < fewestBeside || 2*applied <= all || l.mentioned(file) || l.ledTo(dir) {
			continue
		}
		l.p.Report(review.Hit{File: file, Line: 1, Key: "dead overlay", Searched: []string{text.Plural(len(l.dirs), "kustomization"), text.Plural(len(l.p.HeadTargets), "target")},
			Title:   "directory that nothing applies",
			Message: fmt.Sprintf("Nothing applies `%s`: nothing that Flux or Argo CD applies leads to it. Of the %d directories beside it %d are applied.", dir, all, applied)})
	}
}

// ledTo reports whether some file names a directory as the path of what applies it, or
// tells people to: whether that is done, no target shows.
func (l *layout) ledTo(dir string) bool {
	leads := regexp.MustCompile(`(?m)^\s*(-\s+)?path:\s*["']?(\./)?` + regexp.QuoteMeta(dir) + `/?["']?\s*$|\bapply -k\s+(\./)?` + regexp.QuoteMeta(dir) + `\b`)
	return slices.ContainsFunc(l.p.Paths(), func(file string) bool {
		switch path.Ext(file) {
		case ".yaml", ".yml", ".md":
			return leads.Match(l.p.Read(file))
		}
		return false
	})
}

// deliveredBeside counts the directories with a kustomization beside one, and those of
// them that Flux or Argo CD applies.
func (l *layout) deliveredBeside(dir string) (applied, all int) {
	for _, other := range l.beside[path.Dir(dir)] {
		if other == dir {
			continue
		}
		all++
		if l.delivered[other] {
			applied++
		}
	}
	return applied, all
}

// amongApplied reports whether most directories beside one are applied.
func (l *layout) amongApplied(dir string) bool {
	beside := map[string]bool{} // applied
	for _, file := range l.p.Paths() {
		if rest, ok := strings.CutPrefix(file, path.Dir(dir)+"/"); ok {
			if name, _, deeper := strings.Cut(rest, "/"); deeper {
				beside[path.Join(path.Dir(dir), name)] = false
			}
		}
	}
	applied := 0
	for other := range beside {
		if slices.ContainsFunc(l.p.HeadTargets, func(t model.Rendered) bool {
			return t.Target.Kind != model.Helm && (t.Target.Path == other || strings.HasPrefix(t.Target.Path, other+"/"))
		}) {
			applied++
		}
	}
	return applied >= fewestBeside && 2*applied > len(beside)
}

// anyUsed reports whether something applies, names or mentions a file of a directory.
func (l *layout) anyUsed(dir string) bool {
	return slices.ContainsFunc(l.p.Paths(), func(file string) bool {
		return strings.HasPrefix(file, dir+"/") && (l.named(file) || l.applied(file) || l.mentioned(file))
	})
}

// applied reports whether a target without a kustomization applies a file: Flux
// and Argo CD take all manifests of such a directory.
func (l *layout) applied(file string) bool {
	targets := l.p.HeadTargets
	if l.p.Side == model.Base {
		targets = l.p.BaseTargets
	}
	return slices.ContainsFunc(targets, func(t model.Rendered) bool {
		if t.Lineage != nil && slices.ContainsFunc(t.Lineage.Plain, func(dir string) bool { return strings.HasPrefix(file, dir+"/") }) {
			return true
		}
		_, kustomized := l.dirs[t.Target.Path]
		return t.Target.Path == file || !kustomized && t.Target.Path != "." && strings.HasPrefix(file, t.Target.Path+"/")
	})
}

// mentioned reports whether another file names a file or its directory.
func (l *layout) mentioned(file string) bool {
	if l.text == nil {
		l.text = [][]byte{}
		for _, f := range l.p.Paths() {
			if repo.MayMention(f) && len(l.text) < repo.MaxMentioning {
				l.text = append(l.text, l.p.Read(f))
			}
		}
	}
	short := path.Join(path.Base(path.Dir(file)), path.Base(file))
	return slices.ContainsFunc(l.text, func(content []byte) bool {
		return bytes.Contains(content, []byte(short)) || path.Dir(file) != "." && bytes.Contains(content, []byte(path.Dir(file)+"/"))
	}) || len(l.text) == repo.MaxMentioning
}
