package git

import (
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"syscall"
	"time"
)

// mirrorUse is a mirror on disk and when it was last fetched.
type mirrorUse struct {
	place
	bytes int64
	used  time.Time
}

// prune removes the least recently used mirrors until the rest fits. One that
// is in use, in whatever process, stays; so does keep. What cannot be removed
// now is tried again by the next Fetch.
func (m *Mirrors) prune(keep place) {
	if m.MaxBytes <= 0 {
		return
	}
	all, total := m.sizes()
	sort.Slice(all, func(i, j int) bool { return all[i].used.Before(all[j].used) })
	for _, mirror := range all {
		if total <= m.MaxBytes {
			return
		}
		if mirror.place != keep && mirror.remove() {
			total -= mirror.bytes
		}
	}
}

func (m *Mirrors) sizes() ([]mirrorUse, int64) {
	dirs, _ := filepath.Glob(filepath.Join(m.Dir, "*", "*"))
	var all []mirrorUse
	var total int64
	for _, dir := range dirs {
		u := mirrorUse{place: place{dir}}
		if info, err := os.Stat(filepath.Join(dir, "use.lock")); err == nil {
			u.used = info.ModTime()
		}
		// A file that goes while we count is not there any more: no error.
		_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			if info, err := d.Info(); err == nil {
				u.bytes += info.Size()
			}
			return nil
		})
		total += u.bytes
		all = append(all, u)
	}
	return all, total
}

// remove deletes a mirror that nobody fetches or reads.
func (p place) remove() bool {
	for _, name := range []string{"fetch.lock", "use.lock"} {
		f, err := p.open(name)
		if err != nil {
			return false
		}
		defer f.Close()
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil || !sameFile(f) {
			return false
		}
	}
	// Whoever comes now must find either the whole mirror or none.
	gone := p.dir + ".gone"
	if os.RemoveAll(gone) != nil || os.Rename(p.dir, gone) != nil {
		return false
	}
	return os.RemoveAll(gone) == nil
}
