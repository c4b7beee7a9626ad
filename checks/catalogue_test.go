package checks

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/review/reviewtest"
)

// TestFixtures runs every check over its fixtures.
func TestFixtures(t *testing.T) {
	for _, c := range All {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			reviewtest.Run(t, c, filepath.Join("testdata", c.ID))
		})
	}
}

// TestUnrelated: what stands in a repository is nobody's doing who changes
// something else in it.
func TestUnrelated(t *testing.T) {
	for _, c := range All {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			reviewtest.Unrelated(t, All, filepath.Join("testdata", c.ID))
		})
	}
}

// TestEveryCheck: an id is the name of its file and of its fixtures, and a
// reader of its doc can act on it.
func TestEveryCheck(t *testing.T) {
	for _, c := range All {
		if _, err := os.Stat(c.ID + ".go"); err != nil {
			t.Errorf("%s: the file is not named like the check: %v", c.ID, err)
		}
		d := c.Doc
		for name, text := range map[string]string{"Title": d.Title, "What": d.What, "Why": d.Why, "Fix": d.Fix, "Verify": d.Verify, "Waive": d.Waive, "Effort": d.Effort} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: Doc.%s is empty", c.ID, name)
			}
		}
		if c.Severity.Rank() == 0 || c.Area == "" {
			t.Errorf("%s: severity %q, area %q", c.ID, c.Severity, c.Area)
		}
		loud, quiet := fixtures(t, c)
		if loud == 0 || quiet == 0 {
			t.Errorf("%s: %d loud and %d quiet fixtures; at least one of each is needed", c.ID, loud, quiet)
		}
	}
}

func fixtures(t *testing.T, c *review.Check) (loud, quiet int) {
	files, err := filepath.Glob(filepath.Join("testdata", c.ID, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), `# want "`) || strings.Contains(string(content), "-- want --") || strings.Contains(string(content), `# want worse "`) || audited(content) && strings.Contains(string(content), "# want ") {
			loud++
		} else {
			quiet++
		}
	}
	return loud, quiet
}

// audited reports whether a fixture is one of an audit, where nothing is new.
func audited(fixture []byte) bool { return strings.Contains(string(fixture), "\n-- audit --") }

// TestCatalogue: every file with a check is in All, sorted; every folder of
// fixtures belongs to one.
func TestCatalogue(t *testing.T) {
	known := map[string]bool{}
	for _, c := range All {
		known[c.ID] = true
	}
	if !sort.SliceIsSorted(All, func(i, j int) bool { return All[i].ID < All[j].ID }) {
		t.Error("All is not sorted by id")
	}
	dirs, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if !known[filepath.Base(d)] {
			t.Errorf("%s belongs to no check", d)
		}
	}
	for _, f := range sourceFiles(t) {
		id := strings.TrimSuffix(f, ".go")
		if !known[id] && f != "checks.go" && f != "engine.go" {
			t.Errorf("%s is not in All; what several checks use belongs into a package of its own", f)
		}
	}
}

// TestOneFileACheck: no check uses what the file of another declares. What
// several use belongs into a package of its own, where it can be found.
func TestOneFileACheck(t *testing.T) {
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range sourceFiles(t) {
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	// Imports are not looked at: the names of this package are found without them.
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	pkg, err := config.Check("checks", set, files, &info)
	if pkg == nil {
		t.Fatal(err)
	}
	seen := 0
	for id, o := range info.Uses {
		if o.Parent() != pkg.Scope() {
			continue
		}
		seen++
		at, declared := set.Position(id.Pos()), set.Position(o.Pos())
		if at.Filename != declared.Filename && at.Filename != "checks.go" {
			t.Errorf("%s: %s is declared in %s", at, id.Name, declared.Filename)
		}
	}
	if seen < len(All) {
		t.Errorf("only %d uses were looked at", seen)
	}
}

type noImports struct{}

func (noImports) Import(path string) (*types.Package, error) {
	return nil, errors.New("not looked at: " + path)
}

// sourceFiles are the files of the package without its tests.
func sourceFiles(t *testing.T) []string {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
}
