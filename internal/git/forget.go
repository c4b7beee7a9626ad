package git

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Forget removes mirrors of a tenant: of one repository, or of all where that is "". It
// reports whether they are gone: one that is in use stays.
func (m *Mirrors) Forget(tenant, repository string) bool {
	if repository != "" {
		return m.place(tenant, repository).forget()
	}
	gone := true
	dirs, _ := filepath.Glob(filepath.Join(m.Dir, digest(tenant), "*")) // the pattern is ours
	for _, dir := range dirs {
		gone = place{dir}.forget() && gone
	}
	return gone
}

func (p place) forget() bool {
	if _, err := os.Stat(p.dir); errors.Is(err, fs.ErrNotExist) {
		return true
	}
	return p.remove()
}
