package git

import "path/filepath"

// Forget removes mirrors of a tenant: of one repository, or of all where that is "".
// One that is in use stays, until Fetch makes room.
func (m *Mirrors) Forget(tenant, repository string) {
	if repository != "" {
		m.place(tenant, repository).remove()
		return
	}
	dirs, _ := filepath.Glob(filepath.Join(m.Dir, digest(tenant), "*")) // the pattern is ours
	for _, dir := range dirs {
		place{dir}.remove()
	}
}
