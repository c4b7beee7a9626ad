// Package repo is what several checks know of a repository's files: workflows,
// texts, scripts, files that show rather than apply; and it makes the checks of
// files that should be there.
package repo

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// IsWorkflow reports whether a file is a workflow of GitHub Actions, or an
// action of this repository.
func IsWorkflow(file string) bool {
	yaml := strings.HasSuffix(file, ".yaml") || strings.HasSuffix(file, ".yml")
	return yaml && (path.Dir(file) == ".github/workflows" || strings.HasPrefix(file, ".github/actions/"))
}

// IsDocument reports whether a file is a text for people.
func IsDocument(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".markdown", ".mdx", ".adoc", ".rst":
	default:
		return false
	}
	return !strings.Contains("/"+file, "/vendor/") && !strings.Contains("/"+file, "/node_modules/") && !strings.HasPrefix(path.Base(strings.ToLower(file)), "changelog")
}

// Illustrative reports whether a file shows how things look rather than being
// applied: documentation, tests, examples of credentials.
func Illustrative(p string) bool {
	lower := "/" + strings.ToLower(p)
	switch path.Ext(lower) {
	case ".md", ".rst", ".adoc", ".txt", ".html", ".go", ".py", ".js", ".ts", ".java", ".rb", ".lock", ".svg":
		return true
	}
	for _, part := range []string{"/testdata/", "/test/", "/tests/", "/docs/", "/fixtures/", ".example", ".sample", ".tmpl", ".j2", "-template.", ".template.", "/.git"} {
		if strings.Contains(lower, part) && part != "/.git" {
			return true
		}
	}
	return false
}

// ManifestFile reports whether a file may hold manifests or values.
func ManifestFile(p string) bool {
	switch path.Ext(p) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// NamedValues reports whether a file is called like one of a chart's values.
func NamedValues(file string) bool {
	return strings.Contains(strings.ToLower(path.Base(file)), "values")
}

// IsKustomization reports whether a file is one that Kustomize reads as such.
func IsKustomization(file string) bool {
	switch path.Base(file) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}

// Aside reports whether a file lies where no manifests of a cluster do.
func Aside(file string) bool {
	if slices.Contains([]string{"Chart.yaml", "kustomizeconfig.yaml"}, path.Base(file)) {
		return true
	}
	for _, part := range strings.Split(path.Dir(file), "/") {
		if slices.Contains([]string{"charts", "templates", "examples", "example", "samples", "bootstrap", "talos", "hack", "scripts", "e2e", "archive", "disabled"}, part) ||
			len(part) > 1 && (part[0] == '.' || part[0] == '_') {
			return true
		}
	}
	return false
}

// BuildsImages reports whether the repository makes images itself.
func BuildsImages(p *review.Pass) bool {
	for _, file := range p.Paths() {
		base := path.Base(file)
		if (strings.HasPrefix(base, "Dockerfile") || base == "Containerfile" || base == ".ko.yaml") && !Illustrative(file) {
			return true
		}
	}
	return false
}

// UsesSops reports whether the repository keeps secrets that SOPS encrypts.
func UsesSops(p *review.Pass) bool {
	for _, file := range p.Paths() {
		if base := path.Base(file); base == ".sops.yaml" || base == ".sops.yml" || strings.Contains(base, ".sops.") {
			return true
		}
	}
	return false
}

// SpeaksOfSops reports whether SOPS is used here, or a text of the repository is
// about it: a base teaches what its customers use.
func SpeaksOfSops(p *review.Pass) bool {
	return UsesSops(p) || slices.ContainsFunc(p.Paths(), func(file string) bool {
		return IsDocument(file) && strings.Contains(strings.ToLower(path.Base(file)), "sops")
	})
}

// RendersSomething reports whether the repository has anything to run.
func RendersSomething(p *review.Pass) bool {
	for _, c := range p.Clusters {
		if len(c.Objects) > 0 {
			return true
		}
	}
	return false
}

// Production matches directories and namespaces of production.
var Production = review.Production

// KustomizationOf is the file that made a directory of base a root.
func KustomizationOf(p *review.Pass, dir string) string {
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization"} {
		if p.Existed(path.Join(dir, name)) {
			return path.Join(dir, name)
		}
	}
	return ""
}

// MaxMentioning bounds the files that are searched for the name of another.
const MaxMentioning = 3000

// MayMention reports whether a file is one by which others are applied.
func MayMention(file string) bool {
	switch path.Ext(file) {
	case ".sh", ".py", ".tf", ".mk", ".just", ".json", ".toml", ".star", ".cue", ".jsonnet", ".ts", ".go":
		return true
	case ".yaml", ".yml":
		return IsWorkflow(file) || strings.HasPrefix(path.Base(file), "Taskfile") || strings.HasPrefix(path.Base(file), ".") ||
			strings.Contains(path.Base(file), "helmfile") || path.Dir(file) == "."
	}
	base := path.Base(file)
	return base == "Makefile" || base == "Tiltfile" || base == "justfile" || base == ".justfile" || base == "Taskfile"
}
