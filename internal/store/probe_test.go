package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/store/storetest"
)

// TestProbeLeavesNothingBehind: a directory that was there stays as it was, one
// that was not is not made, nor are those above it.
func TestProbeLeavesNothingBehind(t *testing.T) {
	there := t.TempDir()
	for dir, stays := range map[string]bool{there: true, filepath.Join(there, "a", "b", "data"): false} {
		if err := Probe(t.Context(), Options{Dir: dir}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) == stays {
			t.Errorf("%s: there: %t, want %t", dir, err == nil, stays)
		}
	}
	left, err := os.ReadDir(there)
	if err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestProbeSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		file:                          "is a file",
		filepath.Join(file, "data"):   "not a directory",
		"/proc/nowhere/data":          "the data directory cannot be made",
		"/proc/self/task/" + "fdinfo": "the data directory cannot be made",
	} {
		if err := Probe(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", dir, err, want)
		}
	}
}

// TestANewerSchemaIsRefused, before anything is changed, by a probe too.
func TestANewerSchemaIsRefused(t *testing.T) {
	o := Options{Dir: t.TempDir(), URL: storetest.URL(t)}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	knows := int64(len(schema))
	err = s.db.transact(t.Context(), func(x tx) error {
		_, err := x.exec(t.Context(), `INSERT INTO seaworthy_schema (version) VALUES ($1)`, knows+2)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, opened := Open(t.Context(), o)
	for what, err := range map[string]error{"Open": opened, "Probe": Probe(t.Context(), o)} {
		var newer *NewerError
		if !errors.As(err, &newer) || newer.Has != knows+2 || newer.Knows != knows {
			t.Errorf("%s: %v", what, err)
		}
	}
}
