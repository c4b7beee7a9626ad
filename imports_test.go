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
// is the design: data goes one way, the edges do not know each other, and the
// sandbox's side of the wall (internal/engine) and the server's side meet in
// internal/task alone. "*" is all.
var allowed = map[string][]string{
	"internal/fault":      {},
	"internal/ballast":    {},
	"internal/glob":       {},
	"internal/pattern":    {},
	"internal/credential": {},
	"internal/model":      {},
	"internal/task":       {"internal/model"},
	"internal/git":        {"internal/fault", "internal/model"},
	"internal/sandbox":    {"internal/model"},
	"internal/source":     {"internal/git", "internal/model", "internal/sandbox", "internal/task"},
	"internal/policy":     {"internal/model"},
	"internal/schema":     {"internal/model"},
	"internal/yamldiff":   {"internal/model"},
	"internal/review":     {"internal/credential", "internal/model", "internal/yamldiff"},
	"internal/render":     {"internal/glob", "internal/model", "internal/sandbox", "internal/task"},
	"internal/cause":      {"internal/model", "internal/render", "internal/review", "internal/sandbox", "internal/task"},
	"internal/audit":      {"internal/model", "internal/review"},
	"internal/report":     {"internal/audit", "internal/model", "internal/review", "internal/yamldiff"},
	"internal/cleartext":  {"internal/credential", "internal/model", "internal/sandbox"},
	"internal/config":     {"internal/glob", "internal/model", "internal/sandbox", "internal/task"},
	"internal/github":     {"internal/credential", "internal/fault"},
	"internal/store":      {},
	"internal/server":     {"internal/github", "internal/job"},
	"internal/web":        {"internal/audit", "internal/model", "internal/report", "internal/review", "internal/yamldiff"},
	"internal/job": {"internal/audit", "internal/cause", "internal/cleartext", "internal/config", "internal/credential", "internal/fault", "internal/git", "internal/github", "internal/glob", "internal/model",
		"internal/policy", "internal/render", "internal/report", "internal/review", "internal/sandbox", "internal/source", "internal/store", "internal/yamldiff"},

	"internal/engine":           {"internal/cleartext", "internal/engine/appset", "internal/engine/argo", "internal/engine/build", "internal/engine/cleartext", "internal/engine/idle", "internal/engine/index", "internal/engine/locate", "internal/engine/scan", "internal/engine/settings", "internal/sandbox", "internal/task"},
	"internal/engine/cleartext": {"internal/cleartext", "internal/credential", "internal/model", "internal/sandbox"},
	"internal/engine/decode":    {},
	"internal/engine/document":  {"internal/model"},
	"internal/engine/object":    {"internal/model", "internal/task"},
	"internal/engine/redact":    {"internal/credential", "internal/engine/decode", "internal/model"},
	"internal/engine/input":     {"internal/engine/object", "internal/engine/redact", "internal/model", "internal/sandbox", "internal/task"},
	"internal/engine/kustomize": {"internal/engine/document", "internal/model", "internal/sandbox", "internal/task"},
	"internal/engine/flux":      {"internal/engine/decode", "internal/engine/input", "internal/engine/kustomize", "internal/engine/object", "internal/engine/redact", "internal/model", "internal/task"},
	"internal/engine/helm":      {"internal/engine/decode", "internal/engine/document", "internal/engine/input", "internal/engine/object", "internal/engine/redact", "internal/model", "internal/sandbox", "internal/task"},
	"internal/engine/argo":      {"internal/engine/decode", "internal/engine/document", "internal/engine/helm", "internal/engine/input", "internal/engine/kustomize", "internal/engine/object", "internal/engine/redact", "internal/model", "internal/sandbox", "internal/task"},
	"internal/engine/appset":    {"internal/engine/redact", "internal/glob", "internal/model", "internal/sandbox", "internal/task"},
	"internal/engine/build":     {"internal/engine/argo", "internal/engine/decode", "internal/engine/flux", "internal/engine/helm", "internal/engine/input", "internal/engine/kustomize", "internal/engine/object", "internal/engine/redact", "internal/model", "internal/sandbox", "internal/task"},
	"internal/engine/idle":      {"internal/engine/argo", "internal/engine/document", "internal/engine/kustomize", "internal/engine/object", "internal/engine/redact", "internal/sandbox", "internal/task"},
	"internal/engine/index":     {"internal/sandbox", "internal/task"},
	"internal/engine/scan":      {"internal/engine/document", "internal/sandbox", "internal/task"},
	"internal/engine/locate":    {"internal/model", "internal/sandbox", "internal/task"},
	"internal/engine/settings":  {"internal/config", "internal/policy", "internal/sandbox", "internal/task"},

	"checks":           {"checks/alerts", "checks/custom", "checks/evidence", "checks/flux", "checks/frozen", "checks/given", "checks/kube", "checks/loss", "checks/pin", "checks/presence", "checks/rbac", "checks/reference", "checks/refused", "checks/repo", "checks/scan", "checks/setting", "checks/sops", "checks/text", "checks/update", "internal/credential", "internal/model", "internal/policy", "internal/review", "internal/schema"},
	"checks/alerts":    {"checks/flux", "checks/kube", "internal/model", "internal/review"},
	"checks/evidence":  {"internal/review"},
	"checks/flux":      {"checks/reference", "checks/text", "internal/model", "internal/review"},
	"checks/given":     {"checks/flux", "internal/model", "internal/review"},
	"checks/frozen":    {"checks/kube", "internal/model", "internal/review"},
	"checks/update":    {"checks/kube", "internal/model", "internal/review"},
	"checks/kube":      {"internal/model", "internal/review"},
	"checks/pin":       {},
	"checks/loss":      {"checks/flux", "checks/kube", "checks/text", "internal/model", "internal/review"},
	"checks/custom":    {"checks/kube", "internal/model", "internal/review"},
	"checks/presence":  {"checks/flux", "checks/kube", "checks/text", "internal/model", "internal/review"},
	"checks/rbac":      {"checks/kube", "internal/model", "internal/review"},
	"checks/refused":   {"checks/kube", "checks/text", "internal/model", "internal/policy", "internal/review"},
	"checks/reference": {"checks/kube", "checks/text", "internal/model", "internal/review"},
	"checks/repo":      {"checks/text", "internal/review"},
	"checks/scan":      {"internal/credential"},
	"checks/sops":      {"checks/repo", "checks/scan", "internal/credential", "internal/review"},
	"checks/setting":   {"checks/kube", "internal/review"},
	"checks/text":      {"internal/model", "internal/review"},
	"cmd/app":          {"*"},

	// Helpers of tests, and programs for us.
	"internal/model/modeltest":           {"internal/model"},
	"internal/review/reviewtest":         {"internal/config", "internal/engine", "internal/job", "internal/model", "internal/model/modeltest", "internal/render", "internal/review", "internal/sandbox"},
	"internal/credential/credentialtest": {},
	"internal/store/storetest":           {},
	"internal/web/webtest":               {},
	"tools/standin":                      {},
	"tools/schemas":                      {"internal/schema"},
	"tools/bench":                        {},
	"tools/differential":                 {},
	"tools/differential/flux":            {}, // a module of its own
	"tools/silence":                      {},
	"tools/replay":                       {},
	"tools/judge":                        {},
	"tools/mutants":                      {},
}

// anywhere is what every package may import.
const anywhere = "internal/pattern"

// inTests says what a package's tests may import besides.
var inTests = map[string][]string{
	"internal/audit":         {"internal/model/modeltest"},
	"internal/cleartext":     {"internal/model/modeltest"},
	"internal/credential":    {"internal/credential/credentialtest"},
	"internal/engine/appset": {"internal/model/modeltest"},
	"internal/engine/helm":   {"internal/model/modeltest"},
	"internal/engine/idle":   {"internal/model", "internal/model/modeltest"},
	"internal/engine/input":  {"internal/model/modeltest"},
	"internal/engine/locate": {"internal/engine/build", "internal/engine/scan", "internal/model/modeltest", "internal/render"},
	"internal/github":        {"internal/git", "tools/standin"},
	"internal/job":           {"checks", "internal/credential/credentialtest", "internal/engine", "internal/model/modeltest", "internal/review/reviewtest"},
	"internal/render":        {"internal/engine", "internal/model/modeltest"},
	"internal/report":        {"internal/model/modeltest"},
	"internal/review":        {"internal/review/reviewtest"},
	"internal/source":        {"internal/engine/index"},
	"internal/store":         {"internal/store/storetest"},
	"internal/web":           {"internal/store", "internal/web/webtest"},
	"checks":                 {"internal/config", "internal/engine", "internal/job", "internal/model/modeltest", "internal/render", "internal/review/reviewtest", "internal/sandbox"},
}

// only says which packages may import a library that the design keeps in one
// place; "dir/" is all packages below a directory, "tests" every test.
var only = map[string][]string{
	"github.com/google/go-github/":     {"internal/github"},
	"github.com/bradleyfalzon/":        {"internal/github"},
	"k8s.io/pod-security-admission/":   {"checks"},
	"k8s.io/apiextensions-apiserver/":  {"internal/schema"},
	"k8s.io/apiserver/":                {"internal/policy", "internal/schema"},
	"github.com/google/cel-go/":        {"internal/policy", "internal/schema"},
	"github.com/riverqueue/":           {"internal/store"},
	"github.com/jackc/":                {"internal/store", "internal/store/storetest"},
	"modernc.org/":                     {"internal/store"},
	"github.com/chromedp/":             {"internal/web/webtest", "tests"},
	"github.com/modelcontextprotocol/": {"internal/web", "tests"},
	"golang.org/x/oauth2/":             {"internal/github"},
	"golang.org/x/time/":               {"internal/web", "internal/job"},
	"github.com/sergi/go-diff/":        {"internal/yamldiff"},
	"github.com/alecthomas/chroma/":    {"internal/web"},

	// The wall: these parse what strangers wrote, or build it, and run in the
	// sandbox. cmd/app writes YAML and reads the App's own manifest; config reads
	// the operator's file of credentials.
	"sigs.k8s.io/kustomize/":         {"internal/engine/"},
	"helm.sh/helm/":                  {"internal/engine/helm"},
	"github.com/fluxcd/pkg/":         {"internal/engine/flux", "tools/differential/flux", "internal/render", "tests"},
	"go.yaml.in/yaml/":               {"internal/engine/", "internal/config", "tools/mutants", "tools/silence"},
	"sigs.k8s.io/yaml/":              {"internal/engine/", "tools/differential/", "cmd/app", "tests"},
	"github.com/bmatcuk/doublestar/": {"internal/glob", "internal/engine/settings", "internal/review"},
	"github.com/gobwas/glob":         {"internal/engine/argo"},
}

// never says what may not be imported below a directory: the sandbox's side opens
// no socket, starts no program and runs no pool.
var never = map[string][]string{
	"internal/engine/": {"net", "net/http", "os/exec", "github.com/sourcegraph/conc/"},
	"internal/review/": {"net", "net/http", "os/exec", "os", "io/fs"},
}

// TestImports holds the import graph. It parses the files: `go list` in a test
// could pass from the test cache.
func TestImports(t *testing.T) {
	g := importGraph{T: t, used: map[string]bool{}}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case !strings.HasSuffix(file, ".go"):
			return nil
		}
		g.files++
		return g.file(file)
	})
	if err != nil {
		t.Fatal(err)
	}
	if g.files < 50 {
		t.Errorf("only %d files were looked at", g.files)
	}
	g.unused()
}

// importGraph holds what files import against the tables, and notes what was used
// of those.
type importGraph struct {
	*testing.T
	files int
	used  map[string]bool
}

func (g *importGraph) file(file string) error {
	pkg, test := filepath.ToSlash(filepath.Dir(file)), strings.HasSuffix(file, "_test.go")
	if _, known := allowed[pkg]; !known && pkg != "." {
		g.Errorf("%s: the design has no package %s", file, pkg)
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
		if own, ok := strings.CutPrefix(name, module); ok && own != pkg && own != anywhere {
			if !g.may("allowed", pkg, own, allowed[pkg]) && !(test && g.may("inTests", pkg, own, inTests[pkg])) {
				g.Errorf("%s imports %s, which the design does not allow", file, own)
			}
		}
		g.library(file, pkg, name, test)
	}
	return nil
}

// may reports whether a table's list holds a package, and notes the use.
func (g *importGraph) may(table, pkg, own string, list []string) bool {
	for _, one := range []string{own, "*"} {
		if slices.Contains(list, one) {
			g.used[table+" "+pkg+" "+one] = true
			return true
		}
	}
	return false
}

func (g *importGraph) library(file, pkg, name string, test bool) {
	for library, where := range only {
		if !strings.HasPrefix(name+"/", library) {
			continue
		}
		at := slices.IndexFunc(where, func(w string) bool { return below(pkg, w) || w == "tests" && test })
		if at < 0 {
			g.Errorf("%s imports %s, which belongs to %v", file, name, where)
			continue
		}
		g.used["only "+library+" "+where[at]] = true
	}
	for dir, list := range never {
		for _, one := range list {
			if below(pkg, dir) && !test && (name == one || strings.HasSuffix(one, "/") && strings.HasPrefix(name, one)) {
				g.Errorf("%s imports %s, which nothing in %s may", file, name, dir)
			}
		}
	}
}

// below reports whether a package is one that a table names: itself, or anything
// in a directory written with a slash at its end.
func below(pkg, name string) bool {
	dir, all := strings.CutSuffix(name, "/")
	return pkg == path.Clean(dir) || all && strings.HasPrefix(pkg, name)
}

// unused tells of permissions that nobody needs: they are doors left open.
func (g *importGraph) unused() {
	for table, lists := range map[string]map[string][]string{"allowed": allowed, "inTests": inTests, "only": only} {
		for pkg, list := range lists {
			for _, one := range list {
				if !g.used[table+" "+pkg+" "+one] {
					g.Errorf("%s: nothing uses the permission of %s for %s", table, pkg, one)
				}
			}
		}
	}
}
