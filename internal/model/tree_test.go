package model_test

import (
	"errors"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestResolve: with and without symlinks in the tree, and where a forged tree has a
// path twice.
func TestResolve(t *testing.T) {
	plain := []model.Entry{{Path: "a/b/c", ID: "1"}, {Path: "d", ID: "2"}}
	linked := append([]model.Entry{{Path: "l", Mode: model.Symlink, Link: "a/b"}, {Path: "out", Mode: model.Symlink, Link: "../x"}}, plain...)
	forged := append([]model.Entry{{Path: "a", ID: "3"}}, plain...)
	for name, tt := range map[string]struct {
		entries []model.Entry
		path    string
		id, at  string
		err     error
	}{
		"file":                 {plain, "a/b/c", "1", "a/b/c", nil},
		"not clean":            {plain, "./a//b/../b/c", "1", "a/b/c", nil},
		"directory":            {plain, "a/b/", "", "a/b", nil},
		"root":                 {plain, "", "", ".", nil},
		"none":                 {plain, "a/x", "", "", model.ErrNotExist},
		"below a file":         {plain, "d/x", "", "", model.ErrNotExist},
		"outside":              {plain, "a/../../d", "", "", model.ErrOutside},
		"above":                {plain, "..", "", "", model.ErrOutside},
		"dots in a name":       {plain, "..a", "", "", model.ErrNotExist},
		"absolute":             {plain, "/d", "", "", model.ErrOutside},
		"through a link":       {linked, "l/c", "1", "a/b/c", nil},
		"a link":               {linked, "l", "", "a/b", nil},
		"a link outside":       {linked, "out", "", "", model.ErrOutside},
		"beside a link":        {linked, "d", "2", "d", nil},
		"none, with links":     {linked, "a/x", "", "", model.ErrNotExist},
		"below a file, forged": {forged, "a/b/c", "", "", model.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, err := model.NewTree("", tt.entries, nil).Resolve(tt.path)
			if !errors.Is(err, tt.err) || err == nil && (e.Path != tt.at || e.ID != tt.id) {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
}
