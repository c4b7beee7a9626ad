package checks

import (
	"path"
	"strings"
)

// manifestFile reports whether a file may hold manifests or values.
func manifestFile(p string) bool {
	switch path.Ext(p) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// illustrative reports whether a file shows how things look rather than being
// applied: documentation, tests, examples of credentials.
func illustrative(p string) bool {
	lower := "/" + strings.ToLower(p)
	switch path.Ext(lower) {
	case ".md", ".rst", ".adoc", ".txt", ".html", ".go", ".py", ".js", ".ts", ".java", ".rb", ".lock", ".svg":
		return true
	}
	for _, part := range []string{"/testdata/", "/test/", "/tests/", "/docs/", "/fixtures/", ".example", ".sample", ".tmpl", ".j2", "/.git"} {
		if strings.Contains(lower, part) && part != "/.git" {
			return true
		}
	}
	return false
}

// namedValues reports whether a file is called like one of a chart's values.
func namedValues(file string) bool {
	return strings.Contains(strings.ToLower(path.Base(file)), "values")
}
