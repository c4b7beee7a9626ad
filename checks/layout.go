package checks

import (
	"path"
	"slices"
	"strings"
)

// aside reports whether a file lies where no manifests of a cluster do.
func aside(file string) bool {
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
