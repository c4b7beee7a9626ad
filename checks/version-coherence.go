package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var versionCoherence = &review.Check{
	ID: "version-coherence", Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "versions do not agree",
		What:   "Compares the version of the project wherever its root states one: `pyproject.toml`, a `package.json` that is not private, `Cargo.toml`, a `VERSION` file, the newest release in the changelog, and Python constants such as `APP_VERSION` or `__version__`. Only exact versions such as 1.4.2 are compared; a heading for unreleased changes does not count.",
		Why:    "The running application and the changelog name different versions, and in an outage nobody knows which code runs.",
		Fix:    "Change them together, preferably with the release tool.",
		Verify: "grep -rnE '^## \\[?v?[0-9]+\\.|version *= *\"' CHANGELOG.md pyproject.toml",
		Waive:  "A component has its own version.",
		Effort: "small",
		Bad:    "version = \"1.4.2\"      # pyproject.toml\n## [1.4.1] - 2026-01-09 # CHANGELOG.md",
		Good:   "version = \"1.4.2\"      # pyproject.toml\n## [1.4.2] - 2026-02-01 # CHANGELOG.md",
	},
	Run: review.Files(func(p *review.Pass) {
		if !p.Audit && !slices.ContainsFunc(p.Changed(), func(f string) bool { return statesVersion(f) }) {
			return
		}
		stated := statedVersions(p)
		for _, s := range stated[min(1, len(stated)):] {
			if s.version != stated[0].version {
				p.Report(review.Hit{File: s.file, Line: s.line, Key: "version",
					Message: fmt.Sprintf("This says version %s, and `%s` says %s.", s.version, stated[0].file, stated[0].version)})
			}
		}
	}),
}

type statedVersion struct {
	file, version string
	line          int
}

const plainSemver = `v?(\d+\.\d+\.\d+)`

var (
	tomlSection     = pattern.New(`^\[([\w.]+)\]`)
	tomlVersion     = pattern.New(`^version\s*=\s*"` + plainSemver + `"`)
	jsonVersion     = pattern.New(`^(?:  |\t)"version"\s*:\s*"` + plainSemver + `"`)
	jsonPrivate     = pattern.New(`(?m)^(?:  |\t)"private"\s*:\s*true`)
	testCode        = pattern.New(`(^|/)(tests?|testdata|fixtures|examples?)/|(^|/)test_[^/]*$`)
	plainVersion    = pattern.New(`^` + plainSemver + `\s*$`)
	changelogTitle  = pattern.New(`^##? \[?` + plainSemver + `\]?(?:$|[\s(:-])`)
	constantVersion = pattern.New(`^(?:[A-Z]+_VERSION|__version__|VERSION)(?:\s*:\s*str)?\s*=\s*["']` + plainSemver + `["']`)
)

// versionFiles are the files in the root that state the project's version, the
// leading ones first.
var versionFiles = []string{"pyproject.toml", "Cargo.toml", "package.json", "VERSION", "CHANGELOG.md"}

func statesVersion(file string) bool {
	return slices.Contains(versionFiles, file) || strings.HasSuffix(file, ".py")
}

// statedVersions gives each file's first statement of the project's version.
// Constants count only where the root has a manifest, outside of what has one of
// its own.
func statedVersions(p *review.Pass) []statedVersion {
	var out []statedVersion
	for _, file := range versionFiles {
		if s, ok := versionIn(p, file); ok {
			out = append(out, s)
		}
	}
	if !p.Exists("pyproject.toml") {
		return out
	}
	var nested []string
	for _, file := range p.Paths() {
		if slices.Contains([]string{"pyproject.toml", "setup.py", "setup.cfg"}, path.Base(file)) && path.Dir(file) != "." {
			nested = append(nested, path.Dir(file)+"/")
		}
	}
	for _, file := range p.Paths() {
		if !strings.HasSuffix(file, ".py") || testCode.MatchString(file) || slices.ContainsFunc(nested, func(dir string) bool { return strings.HasPrefix(file, dir) }) {
			continue
		}
		if s, ok := versionIn(p, file); ok {
			out = append(out, s)
		}
	}
	return out
}

func versionIn(p *review.Pass, file string) (statedVersion, bool) {
	if !p.Exists(file) {
		return statedVersion{}, false
	}
	content := string(p.Read(file))
	pattern := map[string]*pattern.Pattern{".toml": tomlVersion, ".json": jsonVersion, ".md": changelogTitle, ".py": constantVersion, "": plainVersion}[path.Ext(file)]
	if file == "package.json" && jsonPrivate.MatchString(content) {
		return statedVersion{}, false
	}
	section := ""
	for i, text := range strings.Split(content, "\n") {
		if m := tomlSection.FindStringSubmatch(text); m != nil && path.Ext(file) == ".toml" {
			section = m[1]
		}
		m := pattern.FindStringSubmatch(strings.TrimRight(text, "\r"))
		if m == nil || path.Ext(file) == ".toml" && !slices.Contains([]string{"project", "tool.poetry", "package", "workspace.package"}, section) {
			continue
		}
		return statedVersion{file: file, version: m[1], line: i + 1}, true
	}
	return statedVersion{}, false
}
