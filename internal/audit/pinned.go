package audit

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// mostPinned bounds the files of dependencies that are told of.
const mostPinned = 4

var (
	requirementsFile = pattern.New(`^requirements([-_.][\w-]+)?\.txt$`)
	requirement      = pattern.New(`^[A-Za-z0-9][\w.-]*(\[[^\]]*\])?\s*(.*)$`)
	// lockFile matches what package managers write: every version, with its sum.
	lockFile = pattern.New(`^(uv\.lock|poetry\.lock|Pipfile\.lock|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|go\.sum|Cargo\.lock|Gemfile\.lock|flake\.lock|\.terraform\.lock\.hcl)$`)
)

// pinned says how exactly the dependencies of programs are named: in requirements.txt
// line by line (https://pip.pypa.io/en/stable/reference/requirements-file-format), else
// by lock files.
func (b *book) pinned() []Said {
	var out []Said
	if b.tree == nil {
		return nil
	}
	for _, f := range b.tree.Files() {
		if strings.Contains("/"+f, "/node_modules/") || strings.Contains("/"+f, "/vendor/") || strings.Contains("/"+f, "/testdata/") {
			continue
		}
		switch base := path.Base(f); {
		case lockFile.MatchString(base):
			out = append(out, Said{Text: "all in a lock file", Location: at(f, 1)})
		case requirementsFile.MatchString(base):
			if s := b.requirements(f); s.Text != "" {
				out = append(out, s)
			}
		}
		if len(out) == mostPinned {
			break
		}
	}
	return out
}

// requirements counts the lines of a requirements.txt that name one version. The place
// is the first that does not.
func (b *book) requirements(file string) Said {
	exact, all, first := 0, 0, 0
	for i, l := range b.linesOf(file) {
		l, _, _ = strings.Cut(strings.TrimSpace(l), " #")
		m := requirement.FindStringSubmatch(strings.TrimSuffix(strings.TrimSpace(l), "\\"))
		if m == nil {
			continue // an option, a comment, another file
		}
		all++
		if version, _, _ := strings.Cut(m[2], ";"); strings.HasPrefix(strings.TrimSpace(version), "==") && !strings.Contains(version, "*") {
			exact++
		} else if first == 0 {
			first = i + 1
		}
	}
	if all == 0 {
		return Said{}
	}
	return Said{Text: fmt.Sprintf("%d of %s with an exact version", exact, count(all, "dependency")), Location: at(file, max(1, first))}
}
