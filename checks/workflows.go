package checks

import (
	"path"
	"strings"
)

// isWorkflow reports whether a file is a workflow of GitHub Actions, or an
// action of this repository.
func isWorkflow(file string) bool {
	yaml := strings.HasSuffix(file, ".yaml") || strings.HasSuffix(file, ".yml")
	return yaml && (path.Dir(file) == ".github/workflows" || strings.HasPrefix(file, ".github/actions/"))
}
