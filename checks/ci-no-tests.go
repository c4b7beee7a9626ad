package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// codeRoot is what code and tests look like below a file that makes a directory
// one of code.
type codeRoot struct {
	endings []string
	isTest  func(file string) bool
}

var codeRoots = map[string]codeRoot{
	"go.mod":           {[]string{".go"}, func(f string) bool { return strings.HasSuffix(f, "_test.go") }},
	"pyproject.toml":   {[]string{".py"}, pythonTest},
	"requirements.txt": {[]string{".py"}, pythonTest},
	"setup.py":         {[]string{".py"}, pythonTest},
	"package.json": {[]string{".js", ".ts", ".tsx"}, func(f string) bool {
		return strings.Contains(f, ".test.") || strings.Contains(f, ".spec.") || strings.Contains(f, "__tests__/")
	}},
}

func pythonTest(f string) bool {
	base := path.Base(f)
	return strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") || strings.Contains("/"+f, "/tests/")
}

var ciNoTests = &review.Check{
	ID: "ci-no-tests", Area: review.Testing, Severity: review.Medium, Tags: []review.Tag{review.Pipelines},
	Doc: review.Doc{
		Title:  "code without tests",
		What:   "In an audit, looks for directories of code (with sources and a go.mod, pyproject.toml, package.json or similar) that contain no file with the name of a test.",
		Why:    "Changes to code that deployments depend on are verified only by reading them.",
		Fix:    "Write tests for the failures that would do the most harm, and run them in the pipeline.",
		Verify: "git ls-files | grep -iE 'test'",
		Waive:  "A script of a few lines that fails loudly.",
		Effort: "large",
		Bad:    "tools/migrate/go.mod, tools/migrate/main.go",
		Good:   "tools/migrate/go.mod, tools/migrate/main.go, tools/migrate/main_test.go",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, file := range p.Paths() {
			root, ok := codeRoots[path.Base(file)]
			if !ok || repo.Illustrative(path.Dir(file)+"/") {
				continue
			}
			code, tests := 0, 0
			for _, f := range p.Paths() {
				if !below(path.Dir(file), f) {
					continue
				}
				if root.isTest(f) {
					tests++
				} else if root.isCode(f) {
					code++
				}
			}
			if code == 0 {
				continue
			}
			p.Looked(1)
			if tests == 0 {
				p.Report(review.Hit{File: file, Line: 1, Key: "tests", Searched: []string{path.Dir(file) + "/**"},
					Message: fmt.Sprintf("`%s` contains code (%s) and no test.", path.Dir(file), text.Plural(code, "file"))})
			}
		}
	}).OfAudits(),
}

func below(dir, file string) bool { return dir == "." || strings.HasPrefix(file, dir+"/") }

func (r codeRoot) isCode(file string) bool {
	return slices.Contains(r.endings, path.Ext(file)) && path.Base(file) != "setup.py" &&
		!strings.Contains(file, "node_modules/") && !strings.Contains(file, ".config.")
}
