package render

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// artifact is a tree of files as a Flux source serves it.
type artifact struct {
	tree     *model.Tree
	graph    *graph
	own      bool              // its files are this repository's
	origin   map[string]string // of a file that was copied: where it stands in this repository
	revision string            // what a source outside resolved to
	problem  *model.Problem    // why there is none, or it is not what Flux serves
	lacks    []task.Lack       // paths at which it holds what is not to be had
	// id tells apart what two sides are served besides the files of this repository:
	// equal ids and equal files are equal artifacts.
	id string
}

// named gives the artifact the id by which two sides' are compared.
func (a *artifact) named(parts ...string) *artifact {
	a.id = task.Sum(parts...)
	return a
}

func noArtifact(class model.Class, format string, args ...any) *artifact {
	p := &model.Problem{Class: class, Message: fmt.Sprintf(format, args...)}
	return &artifact{problem: p, id: p.Message}
}

// below is the artifact for what reads all of a directory: none where the directory lies
// in what is not to be had, or that lies in it.
func (a *artifact) below(dir string) *artifact {
	for _, lack := range a.lacks {
		if within(dir, lack.Path) || within(lack.Path, dir) {
			return a.lacking(lack)
		}
	}
	return a
}

// lacking is no artifact, for what is not to be had in one.
func (a *artifact) lacking(lack task.Lack) *artifact {
	return noArtifact(model.NeedsInclude, "its source %s", lack.Text).named(a.id)
}

// trouble is why there is no artifact, "" where there is one.
func (a *artifact) trouble() string {
	if a.problem == nil {
		return ""
	}
	return a.problem.Error()
}

// place is the repository's path of an artifact's file; "" where it is not of
// this repository.
func (a *artifact) place(p string) string {
	switch {
	case a == nil || !a.own:
		return ""
	case a.origin == nil:
		return p
	}
	if from, ok := a.origin[p]; ok {
		return from
	}
	prefix := p + "/"
	if p == "." {
		prefix = ""
	}
	files := a.tree.Files()
	for i := sort.SearchStrings(files, prefix); i < len(files) && strings.HasPrefix(files[i], prefix); i++ {
		below := strings.TrimPrefix(files[i], prefix)
		if dir, ok := strings.CutSuffix(a.origin[files[i]], "/"+below); ok {
			return dir
		}
	}
	return ""
}

// blobs reads each content from the tree that it was copied from.
type blobs map[string]*model.Tree

func (b blobs) Read(ctx context.Context, ids []string) (map[string][]byte, error) {
	byTree := map[*model.Tree][]string{}
	for _, id := range ids {
		if tree := b[id]; tree != nil {
			byTree[tree] = append(byTree[tree], id)
		}
	}
	out := make(map[string][]byte, len(ids))
	for tree, wanted := range byTree {
		got, err := tree.ReadBlobs(ctx, wanted)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, got)
	}
	return out, nil
}

// through reads all from one tree.
type through struct{ tree *model.Tree }

func (t through) Read(ctx context.Context, ids []string) (map[string][]byte, error) {
	return t.tree.ReadBlobs(ctx, ids)
}

// maxPatterns bounds the ignore patterns of one source.
const maxPatterns = 5000

var errPatterns = errors.New("too many ignore patterns")

// leftOut remembers which paths a source's patterns leave out: two sides have most of them,
// and sources of one repository.
type leftOut struct {
	mu sync.Mutex
	by map[string]map[string]bool // by the patterns
}

// archived gives a tree's files as source-controller v1.9 archives them: regular
// files only, without what .sourceignore files and spec.ignore name; where there
// are none, without Flux's default exclusions.
func (l *leftOut) archived(ctx context.Context, tree *model.Tree, ignore *string) (*model.Tree, error) {
	matcher, patterns, err := ignored(ctx, tree, ignore)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by[patterns] == nil {
		l.by[patterns] = make(map[string]bool, len(tree.Files()))
	}
	known := l.by[patterns]
	var keep []model.Entry
	for _, p := range tree.Files() {
		e, _ := tree.Lookup(p)
		if e.Mode != model.File {
			continue
		}
		left, ok := known[p]
		if !ok {
			if ctx.Err() != nil { // thousands of patterns take seconds
				return nil, ctx.Err()
			}
			remote := strings.HasPrefix(p, task.RemoteDir+"/") // Kustomize fetches it; no pattern is about it
			left = !remote && matcher.Match(strings.Split(p, "/"), false)
			known[p] = left
		}
		if !left {
			keep = append(keep, e)
		}
	}
	if len(keep) == len(tree.Files()) {
		return tree, nil
	}
	return model.NewTree(tree.Commit, keep, through{tree}), nil
}

// ignored gives what tells the files that are left out, and what it was made of.
func ignored(ctx context.Context, tree *model.Tree, ignore *string) (matcher gitignore.Matcher, of string, err error) {
	var parts []string
	var patterns []gitignore.Pattern
	for _, p := range tree.Files() { // sorted: a directory's file comes before those below it
		if path.Base(p) != sourceignore.IgnoreFile {
			continue
		}
		content, err := tree.Read(ctx, p)
		if err != nil {
			return nil, "", err
		}
		var domain []string
		if dir := path.Dir(p); dir != "." {
			domain = strings.Split(dir, "/")
		}
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(string(content)), domain)...)
		parts = append(parts, p, string(content))
	}
	if ignore != nil {
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(*ignore), nil)...)
		parts = append(parts, *ignore)
	}
	if len(patterns) > maxPatterns {
		return nil, "", errPatterns
	}
	if len(patterns) == 0 {
		return sourceignore.NewDefaultMatcher(nil, nil), "", nil
	}
	return sourceignore.NewMatcher(append(sourceignore.VCSPatterns(nil), patterns...)), task.Sum(parts...), nil
}

// composer copies files of several artifacts into one tree.
type composer struct {
	entries map[string]model.Entry
	origin  map[string]string
	from    blobs
	own     bool
	looks   int // files that were looked at
}

// What one composed source may cost. A source can take another one in twice, and
// a third one takes that in twice: without a bound thirty lines are a billion
// files.
const (
	maxCopied = 100_000
	maxLooks  = 5_000_000
)

func newComposer() *composer {
	return &composer{entries: map[string]model.Entry{}, origin: map[string]string{}, from: blobs{}}
}

// full reports whether no more is copied.
func (c *composer) full() bool { return len(c.entries) > maxCopied || c.looks > maxLooks }

func (c *composer) copy(a *artifact, from, to string) {
	e, ok := a.tree.Lookup(from)
	if !ok || e.Mode == model.Dir || c.full() {
		return
	}
	e.Path = path.Join(".", path.Clean("/" + to)[1:])
	c.entries[e.Path] = e
	if where := a.place(from); where != "" {
		c.origin[e.Path], c.own = where, true
	}
	c.from[e.ID] = a.tree
}

// copyBelow copies a directory's files, or one file, to a path.
func (c *composer) copyBelow(a *artifact, from, to string, skip func(string) bool) int {
	n := 0
	from = path.Clean(from)
	if e, ok := a.tree.Lookup(from); ok && e.Mode != model.Dir && !skip(from) {
		c.copy(a, from, to)
		n++
	}
	prefix := from + "/"
	if from == "." {
		prefix = ""
	}
	files := a.tree.Files()
	for i := sort.SearchStrings(files, prefix); i < len(files) && strings.HasPrefix(files[i], prefix) && !c.full(); i++ {
		c.looks++
		if !skip(files[i]) {
			c.copy(a, files[i], path.Join(to, files[i][len(prefix):]))
			n++
		}
	}
	return n
}

// drop takes out what was copied to a path and below it.
func (c *composer) drop(p string) {
	maps.DeleteFunc(c.entries, func(at string, _ model.Entry) bool { return within(at, p) })
	maps.DeleteFunc(c.origin, func(at, _ string) bool { return within(at, p) })
}

func (c *composer) tree() *artifact {
	out := make([]model.Entry, 0, len(c.entries))
	for _, e := range c.entries {
		out = append(out, e)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return &artifact{tree: model.NewTree("", out, c.from), own: c.own, origin: c.origin}
}

// copyRule is one entry of an ArtifactGenerator's copy list.
type copyRule struct {
	From     string   `json:"from"`
	To       string   `json:"to"`
	Exclude  []string `json:"exclude"`
	Strategy string   `json:"strategy"`
}

// apply copies as source-watcher v2 does, which is like cp: a directory becomes
// a directory of the destination, dir/** its contents, another glob keeps its
// path.
func (c *composer) apply(rule copyRule, sources map[string]*artifact) *model.Problem {
	fail := func(class model.Class, format string, args ...any) *model.Problem {
		return &model.Problem{Class: class, Message: fmt.Sprintf(format, args...)}
	}
	alias, pattern, ok := strings.Cut(strings.TrimPrefix(rule.From, "@"), "/")
	a := sources[alias]
	to, toOK := strings.CutPrefix(rule.To, "@artifact/")
	switch {
	case !ok || !toOK || a == nil:
		return fail(model.SourceUnreachable, "the copy rule from `%s` to `%s` names no source of the generator", rule.From, rule.To)
	case a.problem != nil:
		return a.problem
	}
	for _, exclude := range rule.Exclude {
		if !glob.Valid(exclude) {
			return fail(model.SourceUnreachable, "the copy rule from `%s` has an `exclude` that is no pattern: `%s`", rule.From, exclude)
		}
	}
	if c.match(a, pattern, to, rule.Exclude) == 0 {
		switch {
		case newComposer().match(a, pattern, to, nil) == 0:
			return fail(model.MissingFile, "the copy rule's `%s` matches no file", rule.From)
		case strings.ContainsAny(pattern, globs): // of a path without a pattern nothing may be left
			return fail(model.MissingFile, "the copy rule's `exclude` leaves nothing of `%s`", rule.From)
		}
	}
	if rule.Strategy != "" && rule.Strategy != "Overwrite" {
		// The files are copied all the same, so that it is known which are read.
		return fail(model.UnsupportedSource, "the copy rule from `%s` has the strategy %s, which is not followed here", rule.From, rule.Strategy)
	}
	return nil
}

// globs are the characters by which source-watcher tells a pattern from a path.
const globs = "*?[]"

// match copies what a rule's `from` names, and gives how many files and directories it
// names that are not left out.
func (c *composer) match(a *artifact, pattern, to string, exclude []string) int {
	if !strings.ContainsAny(pattern, globs) {
		p := path.Clean(pattern)
		e, ok := a.tree.Lookup(p)
		switch {
		case !ok:
			return 0
		case e.Mode == model.Dir:
			c.copyBelow(a, p, path.Join(to, path.Base(p)), leavesOut(exclude, p, p))
			return 1
		case strings.HasSuffix(to, "/") || to == "":
			to = path.Join(to, path.Base(p))
		}
		return c.copyBelow(a, p, to, leavesOut(exclude, ".", path.Dir(p)))
	}
	fixed := path.Dir(pattern[:strings.IndexAny(pattern, globs)] + "x") // the directories before the first pattern
	dir, contents := strings.CutSuffix(pattern, "/**")
	n := 0
	seen := map[string]bool{}
	for _, p := range a.tree.Files() {
		if c.looks++; c.full() {
			break
		}
		// fs.Glob matches one path element for *, so ** is one element too; the
		// directories that match are copied whole.
		for depth := strings.Count(pattern, "/") + 1; ; {
			parts := strings.Split(p, "/")
			if len(parts) < depth {
				break
			}
			top := strings.Join(parts[:depth], "/")
			if hit, err := path.Match(pattern, top); err != nil || !hit || seen[top] {
				break
			}
			seen[top] = true
			if leavesOut(exclude, fixed, path.Dir(top))(top) {
				break
			}
			at := path.Join(to, top)
			if contents {
				if rel, ok := strings.CutPrefix(top, dir+"/"); ok {
					at = path.Join(to, rel)
				}
			}
			c.copyBelow(a, top, at, leavesOut(exclude, fixed, top))
			n++
			break
		}
	}
	return n
}

// leavesOut tells what a copy rule leaves out below a directory of its source: what fits a
// pattern by its whole path, by its path below the fixed part of the rule's `from`, or,
// where the pattern has no slash, by its name; and all that lies below such a directory
// (source-watcher v2.2.1, internal/builder).
func leavesOut(patterns []string, fixed, below string) func(string) bool {
	fits := func(p string) bool {
		rel, inside := strings.CutPrefix(p, fixed+"/")
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			return glob.Match(pattern, p) || inside && glob.Match(pattern, rel) || !strings.Contains(pattern, "/") && glob.Match(pattern, path.Base(p))
		})
	}
	return func(p string) bool {
		for ; len(patterns) > 0 && p != "." && p != below; p = path.Dir(p) {
			if fits(p) {
				return true
			}
		}
		return false
	}
}
