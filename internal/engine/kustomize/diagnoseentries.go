package kustomize

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"go.yaml.in/yaml/v3"
)

// remote reports whether Kustomize would fetch the entry.
func remote(entry string) bool {
	e := strings.ToLower(entry)
	for _, prefix := range []string{"http://", "https://", "git::", "git@", "ssh://", "file://", "github.com/", "github.com:", "gh:", "www.github.com", "git://"} {
		if strings.HasPrefix(e, prefix) {
			return true
		}
	}
	user, rest, ok := strings.Cut(e, "@")
	return ok && !strings.ContainsAny(user, "/ ") && strings.Contains(rest, ":")
}

// resource looks at one entry of resources.
func (d *diagnosis) resource(dir, file string, n *yaml.Node, above []string) {
	where, p, found, ok := d.entry(dir, file, n, n.Value)
	if !ok {
		return
	}
	switch found.Type {
	case sandbox.IsFile:
		d.manifest(dir, found.Real, found.Content)
	case sandbox.IsDir:
		d.include(where, n.Value, found.Real, above)
	default:
		d.missing(where, p, n.Value)
	}
}

// entry finds what a path in a kustomization leads to; ok is false when that is
// nothing that can be looked at, which is noted.
func (d *diagnosis) entry(dir, file string, n *yaml.Node, entry string) (where *model.Position, p string, found sandbox.Node, ok bool) {
	where, p = at(file, n), join(dir, entry)
	if remote(entry) {
		d.fail(model.RemoteBase, where, "`%s` lies in another repository, and was not fetched", entry)
		return where, p, found, false
	}
	if lack := d.fsys.Lack(p); lack != nil {
		d.fail(model.NeedsInclude, where, "`%s` is not to be had: the source %s", p, lack.Text)
		return where, p, found, false
	}
	found = d.node(p)
	switch found.Type {
	case sandbox.IsOutside:
		d.fail(model.PathOutside, where, "`%s` leads out of the repository", entry)
		return where, p, found, false
	case sandbox.IsTooLarge:
		d.fail(model.TooLarge, where, "`%s` is too large to be read", p)
		return where, p, found, false
	}
	return where, p, found, true
}

// include walks into a directory that an entry names.
func (d *diagnosis) include(where *model.Position, entry, dir string, above []string) {
	if cyclic(above, dir) {
		d.fail(model.Cycle, where, "`%s` leads back to `%s`, which includes it", entry, dir)
		return
	}
	d.walk(dir, where, above)
}

// missing is an entry that leads nowhere.
func (d *diagnosis) missing(where *model.Position, p, entry string) {
	if path.Base(p) == "flux-system" || strings.Contains(p, "flux-system/gotk-") {
		d.fail(model.FluxSystemAbsent, where, "`%s` does not exist yet: `flux bootstrap` writes it", p)
		return
	}
	if first, second, merged := strings.Cut(entry, " - "); merged {
		next := *where
		next.Line, next.EndLine = where.Line+1, where.EndLine+1
		d.fail(model.MissingFile, &next, "`%s` is indented more than the entry `%s` above it, so YAML reads both as one", second, first)
		return
	}
	switch path.Ext(p) {
	case ".yaml", ".yml", ".json":
		d.fail(model.MissingFile, where, "`%s` does not exist", p)
	default:
		d.fail(model.MissingDir, where, "`%s` does not exist", p)
	}
}

// cyclic is Kustomize's rule: a base may not be, or contain, a directory that
// is being built.
func cyclic(above []string, dir string) bool {
	for _, a := range above {
		if a == dir || dir == "." || strings.HasPrefix(a, dir+"/") {
			return true
		}
	}
	return false
}

func (d *diagnosis) component(dir, file string, n *yaml.Node, above []string) {
	where, p, found, ok := d.entry(dir, file, n, n.Value)
	if !ok {
		return
	}
	switch found.Type {
	case sandbox.IsDir:
		d.include(where, n.Value, found.Real, above)
	case sandbox.IsFile:
		d.fail(model.InvalidKustomization, where, "`%s` is a file; a component is a directory", n.Value)
	default:
		d.fail(model.MissingDir, where, "`%s` does not exist", p)
	}
}

// readable looks at an entry that must be a file.
func (d *diagnosis) readable(dir, file string, n *yaml.Node, entry string, class model.Class) []byte {
	if entry == "" || strings.Contains(entry, "\n") {
		return nil
	}
	where, p, found, ok := d.entry(dir, file, n, entry)
	if !ok {
		return nil
	}
	switch found.Type {
	case sandbox.IsFile:
		return found.Content
	case sandbox.IsDir:
		d.fail(class, where, "`%s` is a directory; a file is expected", p)
	default:
		d.fail(class, where, "`%s` does not exist", p)
	}
	return nil
}
