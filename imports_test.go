package seaworthy

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/seaworthy-dev/seaworthy/"

// allowed says which packages of this program each may import. What stands here
// is the design: data goes one way, the edges do not know each other.
var allowed = map[string][]string{
	"internal/fault":                     {},
	"internal/credential":                {},
	"internal/credential/credentialtest": {},
	"internal/model":                     {},
	"internal/model/modeltest":           {"internal/model"},
	"internal/cleartext":                 {"internal/model", "internal/sandbox"},
	"internal/engine/cleartext":          {"internal/cleartext", "internal/credential", "internal/model", "internal/sandbox"},
	"internal/git":                       {"internal/fault", "internal/model"},
	"internal/sandbox":                   {"internal/fault", "internal/model"},
	"internal/source":                    {"internal/fault", "internal/git", "internal/model"},
	"internal/render":                    {"internal/credential", "internal/fault", "internal/model", "internal/sandbox"},
	"internal/policy":                    {"internal/fault", "internal/model"},
	"internal/schema":                    {"internal/model"},
	"internal/schema/generate":           {"internal/schema"},
	"internal/review":                    {"internal/credential", "internal/fault", "internal/model"},
	"internal/cause":                     {"internal/fault", "internal/model", "internal/sandbox"},
	"internal/audit":                     {"internal/model", "internal/review"},
	"internal/report":                    {"internal/audit", "internal/fault", "internal/model", "internal/review"},
	"internal/config":                    {"internal/fault", "internal/model", "internal/policy", "internal/sandbox"},
	"internal/github":                    {"internal/credential", "internal/fault"},
	"internal/github/githubtest":         {},
	"internal/store":                     {"internal/fault"},
	"internal/store/storetest":           {},
	"internal/server":                    {"internal/github", "internal/job"},
	"internal/web":                       {"internal/fault", "internal/report", "internal/review", "internal/store"},
	"internal/job": {"internal/audit", "internal/cause", "internal/cleartext", "internal/credential", "internal/config", "internal/fault", "internal/git", "internal/github", "internal/model",
		"internal/policy", "internal/render", "internal/report", "internal/review", "internal/sandbox", "internal/source", "internal/store"},
	"internal/review/reviewtest": {"internal/cause", "internal/config", "internal/engine/cleartext", "internal/job", "internal/model", "internal/model/modeltest", "internal/render", "internal/review", "internal/sandbox"},
	"internal/bench":             {},
	"internal/differential":      {},
	"internal/differential/flux": {}, // a module of its own
	"internal/mutants":           {},
	"checks":                     {"internal/credential", "internal/model", "internal/policy", "internal/review", "internal/schema"},
	"cmd/app":                    {"*"},
}

// only says which packages may import a library that the design keeps in one
// place.
var only = map[string][]string{
	"github.com/google/go-github/":    {"internal/github"},
	"github.com/bradleyfalzon/":       {"internal/github"},
	"sigs.k8s.io/kustomize/":          {"internal/render"},
	"helm.sh/helm/":                   {"internal/render"},
	"github.com/fluxcd/":              {"internal/render", "internal/differential/flux"},
	"k8s.io/pod-security-admission/":  {"checks"},
	"k8s.io/apiextensions-apiserver/": {"internal/schema"},
	"k8s.io/apiserver/":               {"internal/policy", "internal/schema"},
	"github.com/google/cel-go/":       {"internal/policy", "internal/schema"},
	"github.com/riverqueue/":          {"internal/store"},
	"github.com/jackc/":               {"internal/store", "internal/store/storetest"},
	"modernc.org/":                    {"internal/store"},
	module + "checks":                 {"cmd/app"},
}

// TestImports holds the import graph. It parses the files: `go list` in a test
// could pass from the test cache.
func TestImports(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		seen++
		pkg := filepath.ToSlash(filepath.Dir(file))
		may, known := allowed[pkg]
		if !known && pkg != "." {
			t.Errorf("%s: the design has no package %s", file, pkg)
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if own, ok := strings.CutPrefix(name, module); ok && !slices.Contains(may, own) && !slices.Contains(may, "*") {
				t.Errorf("%s imports %s, which the design does not allow", file, own)
			}
			for library, where := range only {
				if strings.HasPrefix(name+"/", library) && !slices.Contains(where, pkg) && !strings.HasPrefix(library, path.Clean(module+pkg)) {
					t.Errorf("%s imports %s, which belongs to %v", file, name, where)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Errorf("only %d files were looked at", seen)
	}
}
