package repo

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Standard is a file that repositories have by convention.
type Standard struct {
	Names []string // base names or paths, in lower case; a directory ends in a slash
	// Shared: GitHub takes it from the organisation's .github repository where this
	// one has none, and that is not seen from here.
	Shared bool
	// Wanted says whether the repository needs it; nil is always.
	Wanted func(*review.Pass) bool
}

// is reports whether a path, in lower case, is the file, in one of the places in
// which it is looked for.
func (s Standard) is(file string) bool {
	dir, base := path.Dir(file), path.Base(file)
	for _, name := range s.Names {
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

// StandardFile makes the check that such a file is there. Only an audit tells.
func StandardFile(c review.Check, s Standard) *review.Check {
	c.Run = review.Files(func(p *review.Pass) {
		if s.Wanted != nil && !s.Wanted(p) {
			return
		}
		p.Looked(1)
		for _, file := range p.Paths() {
			if s.is(strings.ToLower(file)) {
				return
			}
		}
		h := review.Hit{Key: "absent", Searched: s.Names, Verdict: review.NotSeenIf(s.Shared), Message: fmt.Sprintf("The repository has no %s.", s.Names[0])}
		if s.Shared {
			h.Message = fmt.Sprintf("The repository has no %s of its own. The organisation's `.github` repository may lend it one, which is not visible from here.", s.Names[0])
		}
		p.Report(h)
	}).OfAudits()
	return &c
}
