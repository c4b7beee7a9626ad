package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"

	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Parsed is what the sandbox says of the repository's file.
type Parsed struct {
	File     File      `json:"file"`
	Mistakes []Mistake `json:"mistakes"`
}

// Read reads a tree's own file in the sandbox; path is "" where it has none.
func Read(ctx context.Context, runner sandbox.Runner, tree *model.Tree, scope string, checks []string) (file File, path string, mistakes []Mistake, err error) {
	for _, p := range Paths {
		if _, ok := tree.Lookup(p); ok {
			if e, _, err := tree.Resolve(p); err != nil || e.Mode != model.File {
				return File{}, p, []Mistake{{Line: 1, Message: "the file cannot be read: it is a link that leads to no file of the repository; the defaults count"}}, nil
			}
			file, mistakes, err = ReadAt(ctx, runner, tree, p, scope, checks)
			return file, p, append(mistakes, Nowhere(file, tree)...), err
		}
	}
	return File{}, "", nil, nil
}

// Nowhere tells of clusters whose directory does not exist, and of globs of targets that
// match nothing.
func Nowhere(file File, tree *model.Tree) (mistakes []Mistake) {
	for _, c := range file.Clusters {
		if _, _, err := tree.Resolve(c.Path); err != nil && c.Path != "" {
			mistakes = append(mistakes, Mistake{Line: c.Line, Message: fmt.Sprintf("there is no `%s`: the cluster `%s` has no targets", c.Path, c.Name)})
		}
	}
	for _, list := range []struct {
		globs []string
		files bool
		what  string
	}{{file.Exclude, false, "directory"}, {file.Unapplied, true, "file and no directory"}} {
		for _, g := range list.globs {
			if !matchesAny(g, tree, list.files) {
				mistakes = append(mistakes, Mistake{Line: file.GlobLines[g], Message: fmt.Sprintf("`%s` matches no %s", g, list.what)})
			}
		}
	}
	return mistakes
}

// matchesAny reports whether a glob matches some directory of a tree, or, with files, a
// file.
func matchesAny(pattern string, tree *model.Tree, files bool) bool {
	seen := map[string]bool{}
	for _, p := range tree.Files() {
		if files && glob.Match(pattern, p) {
			return true
		}
		for dir := path.Dir(p); !seen[dir]; dir = path.Dir(dir) {
			if seen[dir] = true; glob.Match(pattern, dir) {
				return true
			}
		}
	}
	return false
}

// ReadAt reads the file at a path of a tree in the sandbox.
func ReadAt(ctx context.Context, runner sandbox.Runner, tree *model.Tree, path, scope string, checks []string) (File, []Mistake, error) {
	result, err := runner.Do(ctx, sandbox.Task{Kind: task.SettingsKind, Payload: task.Settings{Path: path, Checks: checks},
		Scope: scope, Trees: []*model.Tree{tree}, Ahead: [][]string{{path}}})
	if err != nil {
		return File{}, nil, fmt.Errorf("read %s: %w", path, err)
	}
	var out Parsed
	if err := json.Unmarshal(result.JSON, &out); err != nil {
		return File{}, nil, fmt.Errorf("read %s: %w", path, err)
	}
	return out.File, out.Mistakes, nil
}

// ReadContent reads a file that is in no tree, in the sandbox.
func ReadContent(ctx context.Context, runner sandbox.Runner, content []byte, scope string, checks []string) (File, []Mistake, error) {
	sum := sha256.Sum256(content)
	id := hex.EncodeToString(sum[:])
	tree := model.NewTree("", []model.Entry{{Path: Paths[0], ID: id}}, one{id, content})
	return ReadAt(ctx, runner, tree, Paths[0], scope, checks)
}

// one is the only content of a tree.
type one struct {
	id      string
	content []byte
}

// Read is model.Blobs'.
func (o one) Read(context.Context, []string) (map[string][]byte, error) {
	return map[string][]byte{o.id: o.content}, nil
}
