package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestProbeLeavesNothingBehind: a directory that was there stays, one that was
// not is not made.
func TestProbeLeavesNothingBehind(t *testing.T) {
	there := t.TempDir()
	for dir, stays := range map[string]bool{there: true, filepath.Join(there, "data"): false} {
		if err := Probe(t.Context(), Options{Dir: dir}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) == stays {
			t.Errorf("%s: there: %t, want %t", dir, err == nil, stays)
		}
	}
}
