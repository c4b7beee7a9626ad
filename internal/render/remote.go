package render

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Kustomizations name directories and files of other repositories, which Kustomize
// fetches while it builds. The sandbox fetches nothing: the parent fetches what is
// pinned, as it fetches a Flux source, and puts the part that is read into the tree
// that is built, below task.RemoteDir. The kustomization that names it gets the path in
// place of the address, on the same line. All that is found in such files is told at
// that line.

// remoteBase is what an entry of a kustomization names in another repository.
type remoteBase struct {
	ref  model.SourceRef
	path string // of a directory or a file there
}

// mount is where a remote repository's files stand in the tree that is built.
func (b remoteBase) mount() string {
	at := withoutScheme(b.ref.URL)
	return path.Join(task.RemoteDir, strings.TrimSuffix(at, ".git")+"@"+strings.ReplaceAll(b.ref.Tag+b.ref.Commit, "/", "_"))
}

var (
	commitSHA = pattern.New(`^[0-9a-f]{40}$`)
	// tagLike matches a name that people give to a tag and hardly to a branch.
	tagLike = pattern.New(`^[A-Za-z._/-]*v?\d+\.\d+(\.\d+)?([-+._].*)?$`)
	scpLike = pattern.New(`^(?:[\w-]+@)?([\w.-]+):([\w.-]+/.+)$`)
)

// parseRemote reads an entry as Kustomize does (api 0.21, internal/git RepoSpec, and
// internal/loader for files), as far as it is pinned to a tag or a commit and to be had
// over HTTPS; ok is false for all others.
func parseRemote(entry string) (b remoteBase, ok bool) {
	if !strings.Contains(entry, ":") && !strings.HasPrefix(entry, "github.com/") {
		return remoteBase{}, false // most are paths
	}
	text := strings.TrimPrefix(entry, "git::")
	if m := scpLike.FindStringSubmatch(text); m != nil && !strings.Contains(text, "://") {
		text = "https://" + m[1] + "/" + m[2]
	}
	text = strings.TrimPrefix(text, "ssh://git@")
	if strings.HasPrefix(text, "github.com/") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Host == "" {
		return remoteBase{}, false
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	switch path.Ext(u.Path) {
	case ".yaml", ".yml", ".json":
		return rawFile(u, parts)
	}
	ref := u.Query().Get("ref")
	if ref == "" {
		ref = u.Query().Get("version")
	}
	repo, dir, cut := strings.Cut(strings.TrimPrefix(u.Path, "/"), "//")
	switch at := strings.Index(u.Path, ".git/"); {
	case cut:
	case at >= 0:
		repo, dir = u.Path[1:at+len(".git")], u.Path[at+len(".git/"):]
	case strings.HasSuffix(u.Path, ".git"):
		repo, dir = u.Path[1:], ""
	case len(parts) >= 2:
		repo, dir = strings.Join(parts[:2], "/"), strings.Join(parts[2:], "/")
	default:
		return remoteBase{}, false
	}
	return pinnedAt("https://"+u.Host+"/"+strings.Trim(repo, "/"), ref, dir)
}

// rawFile is a file of a repository on GitHub, served as it is.
func rawFile(u *url.URL, parts []string) (remoteBase, bool) {
	switch {
	case u.Host == "raw.githubusercontent.com" && len(parts) > 3:
		if parts[2] == "refs" && len(parts) > 5 && parts[3] == "tags" {
			parts = slices.Concat(parts[:2], parts[4:])
		}
	case u.Host == "github.com" && len(parts) > 4 && parts[2] == "raw":
		parts = slices.Concat(parts[:2], parts[3:])
	default:
		return remoteBase{}, false // an upload: no repository holds it
	}
	return pinnedAt("https://github.com/"+parts[0]+"/"+parts[1], parts[2], strings.Join(parts[3:], "/"))
}

func pinnedAt(repo, ref, dir string) (remoteBase, bool) {
	b := remoteBase{ref: model.SourceRef{Kind: model.GitSource, URL: repo}, path: cleanPath(dir)}
	switch {
	case commitSHA.MatchString(ref):
		b.ref.Commit = ref
	case tagLike.MatchString(strings.TrimPrefix(ref, "refs/tags/")):
		b.ref.Tag = strings.TrimPrefix(ref, "refs/tags/")
	default:
		return remoteBase{}, false
	}
	return b, true
}

// What the remote bases of one side may cost.
const (
	maxRemotes      = 50 // repositories and refs
	maxCharts       = 200
	maxRemoteRounds = 4 // remote bases that name others, in a row
)

// namedAt is a place at which a remote base is named.
type namedAt struct {
	file string
	line int
}

// grafted is a tree with the remote bases that it names.
type grafted struct {
	tree  *model.Tree
	at    map[string][]namedAt // mount ▶ where it is named, in the order of files
	why   map[string]string    // entry ▶ why it is not to be had
	graph *graph
}

// graft puts the remote bases of a side into its tree. The tree is the same where there
// are none that can be had.
func (p *pair) graft(ctx context.Context, side int) (*grafted, error) {
	g := &grafted{tree: p.trees[side], at: map[string][]namedAt{}, why: map[string]string{}, graph: p.graphs[side]}
	for range maxRemoteRounds {
		more, err := p.graftOnce(ctx, side, g)
		if err != nil {
			return nil, fmt.Errorf("read remote bases: %w", err)
		}
		if !more {
			break
		}
	}
	return g, nil
}

// graftOnce puts in what the tree names and does not hold yet.
func (p *pair) graftOnce(ctx context.Context, side int, g *grafted) (bool, error) {
	named := map[string]map[string]remoteBase{} // file ▶ entry ▶ what it names
	var refs []model.SourceRef
	for _, file := range slices.Sorted(maps.Keys(g.graph.facts)) {
		for _, ref := range g.graph.facts[file].Refs {
			if ref.As != task.AsResource && ref.As != task.AsComponent || len(refs) >= maxRemotes {
				continue
			}
			b, ok := parseRemote(ref.Path)
			if !ok {
				if strings.Contains(ref.Path, ":") || strings.HasPrefix(ref.Path, "github.com/") {
					g.why[ref.Path] = "only what is pinned to a tag or a commit of a Git repository is"
				}
				continue
			}
			if named[file] == nil {
				named[file] = map[string]remoteBase{}
			}
			named[file][ref.Path] = b
			if !slices.Contains(refs, b.ref) {
				refs = append(refs, b.ref)
			}
		}
	}
	c := newComposer()
	p.charts(ctx, side, g, c)
	if len(refs) == 0 && len(c.entries) == 0 {
		return false, nil
	}
	p.outside.fetchAll(ctx, side, refs)
	contents := map[string][]byte{}
	graphs := map[*model.Tree]*graph{}
	for _, file := range slices.Sorted(maps.Keys(named)) {
		content, err := g.tree.Read(ctx, file)
		if err != nil {
			return false, err
		}
		for _, entry := range slices.Sorted(maps.Keys(named[file])) {
			b := named[file][entry]
			got := p.outside.fetch(ctx, side, b.ref)
			if got.Problem != nil {
				g.why[entry] = got.Problem.Message
				continue // the hole is told where it is named
			}
			if graphs[got.Tree] == nil {
				if graphs[got.Tree], err = p.renderer.static(ctx, got.Tree, p.req.Scope, nil); err != nil {
					return false, err
				}
			}
			to, err := filepath.Rel(path.Dir(file), path.Join(b.mount(), b.path))
			if err != nil || strings.ContainsAny(to, "\"\\\n") || !c.mount(g.tree, graphs[got.Tree], b) {
				g.why[entry] = fmt.Sprintf("`%s` has no `%s` to build", withoutScheme(b.ref.URL), b.path)
				continue
			}
			rewritten, line := instead(content, entry, to)
			if line == 0 {
				g.why[entry] = "it stands on no line by itself"
				continue
			}
			content, contents[file] = rewritten, rewritten
			g.at[b.mount()] = append(g.at[b.mount()], namedAt{file, line})
		}
	}
	if len(contents) == 0 && len(c.entries) == 0 || c.full() {
		return false, nil
	}
	g.tree = c.onto(g.tree, contents)
	var err error
	g.graph, err = p.renderer.graph(ctx, g.tree, p.req.Scope, nil)
	return true, err
}

// charts puts in the packages of the charts that `helmCharts` of kustomizations name and
// that the tree does not hold yet.
func (p *pair) charts(ctx context.Context, side int, g *grafted, c *composer) {
	if !p.req.Flux { // kustomizations alone, as Kustomize builds them without the helm program
		return
	}
	var open []task.Packaged
	var refs []model.SourceRef
	for _, file := range slices.Sorted(maps.Keys(g.graph.facts)) {
		for _, chart := range g.graph.facts[file].Charts {
			ref := chartRef(&chart)
			_, held := g.tree.Lookup(task.ChartMount(chart))
			local, _, err := g.tree.Resolve(path.Join(path.Dir(file), task.ChartDir(g.graph.facts[file].ChartHome, chart)))
			if held || err == nil && local.Mode == model.Dir || slices.Contains(refs, ref) || len(refs) >= maxCharts {
				continue
			}
			open, refs = append(open, chart), append(refs, ref)
		}
	}
	p.outside.fetchAll(ctx, side, refs)
	for i, ref := range refs {
		got := p.outside.have(side, ref)
		if got.Problem != nil {
			g.why[task.ChartNotFetched(open[i])] = got.Problem.Message
			continue // the hole is told where it is named
		}
		c.copy(&artifact{tree: got.Tree}, model.ChartFile, task.ChartMount(open[i]))
	}
}

// mount copies what the build of a remote base reads and the tree does not hold yet; false
// where it is not there.
func (c *composer) mount(into *model.Tree, g *graph, b remoteBase) bool {
	e, ok := g.tree.Lookup(b.path)
	if !ok {
		return false
	}
	files := []string{b.path}
	if e.Mode == model.Dir {
		if _, ok := g.files[b.path]; !ok {
			return false
		}
		files = g.closure(model.Kustomize, b.path).paths()
	}
	from := &artifact{tree: g.tree}
	for _, file := range files {
		if e, ok := g.tree.Lookup(file); ok && e.Mode == model.Symlink && strings.HasPrefix(path.Join(path.Dir(file), e.Link), "../") {
			continue // it leaves that repository, and would come into this one
		}
		to := path.Join(b.mount(), file)
		if _, held := into.Lookup(to); !held { // else its own addresses were replaced already
			c.copy(from, file, to)
		}
	}
	return true
}

// onto gives the tree with what was copied, and with other contents of some files.
func (c *composer) onto(tree *model.Tree, contents map[string][]byte) *model.Tree {
	out := make([]model.Entry, 0, len(tree.Files())+len(c.entries))
	changed := remade{of: tree, copied: c.from, made: map[string][]byte{}}
	for _, file := range tree.Files() {
		e, _ := tree.Lookup(file)
		if content, ok := contents[file]; ok {
			sum := sha256.Sum256(content)
			e.ID = hex.EncodeToString(sum[:20])
			changed.made[e.ID] = content
		}
		if _, ok := c.entries[file]; !ok {
			out = append(out, e)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(c.entries)) {
		out = append(out, c.entries[file])
	}
	return model.NewTree(tree.Commit, out, changed)
}

// remade reads contents of a tree, of what was copied into it, and those that were made.
type remade struct {
	of     *model.Tree
	copied blobs
	made   map[string][]byte
}

func (r remade) Read(ctx context.Context, ids []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	var own, copied []string
	for _, id := range ids {
		switch {
		case r.made[id] != nil:
			out[id] = r.made[id]
		case r.copied[id] != nil:
			copied = append(copied, id)
		default:
			own = append(own, id)
		}
	}
	for _, read := range []func() (map[string][]byte, error){
		func() (map[string][]byte, error) { return r.copied.Read(ctx, copied) },
		func() (map[string][]byte, error) { return r.of.ReadBlobs(ctx, own) },
	} {
		got, err := read()
		if err != nil {
			return nil, err
		}
		maps.Copy(out, got)
	}
	return out, nil
}

// instead puts a path in the place of an entry that stands on a line of a list by
// itself, and gives that line, from 1; 0 where it stands otherwise: the sandbox alone
// parses what people wrote.
func instead(content []byte, entry, to string) ([]byte, int) {
	line := regexp.MustCompile(`(?m)^([ \t]*-[ \t]+)(["']?)` + regexp.QuoteMeta(entry) + `(["']?)([ \t]*(?:#.*)?\r?)$`)
	at := line.FindSubmatchIndex(content)
	if at == nil {
		return content, 0
	}
	out := line.ReplaceAll(content, []byte(`${1}"`+strings.ReplaceAll(to, "$", "$$")+`"${4}`))
	return out, 1 + bytes.Count(content[:at[0]], []byte("\n"))
}

// place moves a position in a remote base to the line that names it: one that the
// target reads, else the first.
func (g *grafted) place(t model.Target, at *model.Position) *model.Position {
	for range maxRemoteRounds {
		if g == nil || at == nil || !strings.HasPrefix(at.File, task.RemoteDir+"/") {
			return at
		}
		to := g.naming(t, at.File)
		if to == nil {
			return nil
		}
		at = &model.Position{File: to.file, Line: to.line, EndLine: to.line, Precision: model.AtLine, Side: at.Side}
	}
	return nil
}

func (g *grafted) naming(t model.Target, file string) *namedAt {
	var all []namedAt
	for mount, at := range g.at {
		if strings.HasPrefix(file, mount+"/") {
			all = at
		}
	}
	if len(all) == 0 {
		return nil
	}
	var read []string
	if c := g.graph.read.known(startOf(g.graph.kindOf(t.Path), t.Path)); c != nil {
		read = c.paths()
	}
	for i, n := range all {
		if j := sort.SearchStrings(read, n.file); j < len(read) && read[j] == n.file {
			return &all[i]
		}
	}
	return &all[0]
}

// words takes the directory of remote bases out of a problem's message, and adds why one
// is not to be had.
func (g *grafted) words(p *model.Problem) string {
	message := strings.ReplaceAll(p.Message, task.RemoteDir+"/", "")
	switch {
	case g == nil:
		return message
	case p.Class == model.HelmChartsRefused:
		for said, why := range g.why {
			message = strings.ReplaceAll(message, said, why)
		}
		return message
	case p.Class != model.RemoteBase:
		return message
	}
	for _, entry := range slices.Sorted(maps.Keys(g.why)) {
		if head, tail, ok := strings.Cut(message, "`"+entry+"` "+notFetched); ok {
			return head + "`" + entry + "` " + notFetched + ": " + g.why[entry] + tail
		}
	}
	return message
}

// notFetched is how the sandbox says that it met a remote base.
const notFetched = "lies in another repository, and was not fetched"
