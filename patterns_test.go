package seaworthy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// few are the packages whose expressions are made at the start: they are few, and most
// runs ask them.
var few = []string{"internal/cause", "internal/engine/locate", "internal/render", "internal/review", "internal/review/reviewtest"}

// TestExpressionsAreMadeWhenAsked: each start of the program, and of each of its children,
// would make all of them.
func TestExpressionsAreMadeWhenAsked(t *testing.T) {
	seen := 0
	for _, dir := range []string{"checks", "cmd", "internal"} {
		err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || slices.Contains(few, filepath.ToSlash(filepath.Dir(file))) {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			seen++
			for _, decl := range f.Decls {
				if _, function := decl.(*ast.FuncDecl); function {
					continue
				}
				ast.Inspect(decl, func(n ast.Node) bool {
					if _, later := n.(*ast.FuncLit); later {
						return false
					}
					if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "MustCompile" {
						t.Errorf("%s: an expression is made when the program starts: name it with pattern.New", file)
					}
					return true
				})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 300 {
		t.Errorf("only %d files were looked at", seen)
	}
}
