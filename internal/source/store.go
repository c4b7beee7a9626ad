package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// store keeps downloads on disk by the digest of their bytes. Each scope and
// credential has a directory of its own: what one could fetch is no answer to
// another that could not. What is read is hashed again.
type store struct {
	dir       string
	max       int64
	temporary bool
	mu        sync.Mutex
}

func openStore(dir string, limit int64) (*store, error) {
	s := &store{dir: dir, max: limit}
	if dir == "" {
		temporary, err := os.MkdirTemp("", "seaworthy-sources-")
		if err != nil {
			return nil, fmt.Errorf("make a directory for sources: %w", err)
		}
		s.dir, s.temporary = temporary, true
	}
	if err := os.MkdirAll(filepath.Join(s.dir, "blobs"), 0o700); err != nil {
		return nil, fmt.Errorf("make a directory for sources: %w", err)
	}
	return s, nil
}

func (s *store) close() {
	if s.temporary {
		_ = os.RemoveAll(s.dir) // the system clears its temporary files, too
	}
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func (s *store) path(owner, digest string) string {
	return filepath.Join(s.dir, "blobs", sum([]byte(owner))[:24], digest)
}

// get gives bytes by the hex of their SHA-256, nil where they are not kept.
func (s *store) get(owner, digest string) []byte {
	if len(digest) != 64 || strings.Trim(digest, "0123456789abcdef") != "" {
		return nil
	}
	file := s.path(owner, digest)
	b, err := os.ReadFile(file)
	if err != nil || sum(b) != digest {
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(file, now, now) // only the order of trimming hangs on it
	return b
}

// put keeps bytes. A disk that is full is no reason to fail: they are in memory.
func (s *store) put(owner string, b []byte) {
	file := s.path(owner, sum(b))
	if os.MkdirAll(filepath.Dir(file), 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".new-")
	if err != nil {
		return
	}
	_, err = f.Write(b)
	if closed := f.Close(); err != nil || closed != nil || os.Rename(f.Name(), file) != nil {
		_ = os.Remove(f.Name()) // trimming takes what stays
		return
	}
	s.trim()
}

// trim removes what was not used for longest until the rest fits.
func (s *store) trim() {
	s.mu.Lock()
	defer s.mu.Unlock()
	type kept struct {
		file string
		size int64
		used time.Time
	}
	var all []kept
	var total int64
	// A file that goes while we count is another process's doing: no error.
	_ = filepath.WalkDir(filepath.Join(s.dir, "blobs"), func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			all = append(all, kept{file, info.Size(), info.ModTime()})
			total += info.Size()
		}
		return nil
	})
	slices.SortFunc(all, func(a, b kept) int { return a.used.Compare(b.used) })
	for _, k := range all {
		if total <= s.max {
			return
		}
		if os.Remove(k.file) == nil {
			total -= k.size
		}
	}
}

// held are the contents of an artifact's tree, by id.
type held map[string][]byte

// Read gives contents that are in memory.
func (h held) Read(_ context.Context, ids []string) (map[string][]byte, error) {
	out := make(map[string][]byte, len(ids))
	for _, id := range ids {
		b, ok := h[id]
		if !ok {
			return nil, fmt.Errorf("read %s of a source: no such content", id)
		}
		out[id] = b
	}
	return out, nil
}

// packageTree is the tree of a chart's package.
func packageTree(b []byte) *model.Tree {
	id := sum(b)
	return model.NewTree("", []model.Entry{{Path: model.ChartFile, ID: id}}, held{id: b})
}
