// Package modeltest makes Trees in memory, for tests.
package modeltest

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

type blobs map[string][]byte

func (b blobs) Read(_ context.Context, ids []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, id := range ids {
		out[id] = b[id]
	}
	return out, nil
}

// Tree makes a Tree of files. A content that starts with "-> " is a symlink.
func Tree(files map[string]string) *model.Tree {
	held := blobs{}
	var entries []model.Entry
	for path, content := range files {
		sum := sha1.Sum([]byte(content))
		id := hex.EncodeToString(sum[:])
		held[id] = []byte(content)
		e := model.Entry{Path: path, ID: id}
		if link, ok := strings.CutPrefix(content, "-> "); ok {
			e.Mode, e.Link = model.Symlink, strings.TrimSpace(link)
		}
		entries = append(entries, e)
	}
	return model.NewTree("", entries, held)
}

// Sides makes the trees of an archive's base/ and head/ files. Files that stand
// in neither are given back by name.
func Sides(a *txtar.Archive) (base, head *model.Tree, rest map[string]string) {
	sides := map[string]map[string]string{"base": {}, "head": {}}
	rest = map[string]string{}
	for _, f := range a.Files {
		side, name, _ := strings.Cut(f.Name, "/")
		if files, ok := sides[side]; ok && name != "" {
			files[name] = string(f.Data)
		} else {
			rest[f.Name] = string(f.Data)
		}
	}
	return Tree(sides["base"]), Tree(sides["head"]), rest
}
