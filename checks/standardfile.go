package checks

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// standard is a file that repositories have by convention.
type standard struct {
	names []string // base names or paths, in lower case; a directory ends in a slash
	// shared: GitHub takes it from the organisation's .github repository where this
	// one has none, and that is not seen from here.
	shared bool
	// wanted says whether the repository needs it; nil is always.
	wanted func(*review.Pass) bool
}

// standardFile makes the check that such a file is there. Only an audit tells.
func standardFile(c review.Check, s standard) *review.Check {
	c.Run = review.Files(func(p *review.Pass) {
		if s.wanted != nil && !s.wanted(p) {
			return
		}
		p.Looked(1)
		for _, file := range p.Paths() {
			if s.is(strings.ToLower(file)) {
				return
			}
		}
		h := review.Hit{Key: "absent", Searched: s.names, Unknown: s.shared, Message: fmt.Sprintf("The repository has no %s.", s.names[0])}
		if s.shared {
			h.Message = fmt.Sprintf("The repository has no %s of its own. The organisation's `.github` repository may lend it one, which is not visible from here.", s.names[0])
		}
		p.Report(h)
	}).OfAudits()
	return &c
}

// is reports whether a path, in lower case, is the file, in one of the places in
// which it is looked for.
func (s standard) is(file string) bool {
	dir, base := path.Dir(file), path.Base(file)
	for _, name := range s.names {
		name = strings.ToLower(name)
		switch {
		case strings.HasSuffix(name, "/"):
			if strings.HasPrefix(file, name) || strings.HasPrefix(file, ".github/"+name) || strings.HasPrefix(file, "docs/"+name) {
				return true
			}
		case strings.Contains(name, "/"):
			if file == name {
				return true
			}
		case base == name && (dir == "." || dir == ".github" || dir == "docs" || dir == ".gitlab"):
			return true
		}
	}
	return false
}

// buildsImages reports whether the repository makes images itself.
func buildsImages(p *review.Pass) bool {
	for _, file := range p.Paths() {
		base := path.Base(file)
		if (strings.HasPrefix(base, "Dockerfile") || base == "Containerfile" || base == ".ko.yaml") && !illustrative(file) {
			return true
		}
	}
	return false
}
