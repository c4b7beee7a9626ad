package job

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Move is a change of a repository as the repositories that use it see it: they stay
// what they are, and it goes from one commit to another.
type Move struct {
	Names            []string // URLs by which sources name it
	Branch           string   // that the change goes into; "" for none
	Default          bool     // which is the one that a source without a ref reads
	BaseSHA, HeadSHA string
	Base, Head       *model.Tree
}

// artifact is a commit as a Git source serves it.
func artifact(sha string, tree *model.Tree) model.Artifact {
	digest := sha
	if digest == "" {
		digest = "uncommitted"
	}
	return model.Artifact{Tree: tree, Revision: digest, Digest: "sha1:" + digest}
}

// Impact reviews what a move does in a repository that uses the moved one, at c.Head,
// under its own rules. The report is nil where nothing of it reads that one.
func (r *Reviewer) Impact(ctx context.Context, c Change, m Move) (model.ImpactedRepository, *review.Report, error) {
	out := model.ImpactedRepository{Commit: c.HeadSHA, Clusters: []model.ImpactedCluster{}}
	near, named, err := m.namedIn(ctx, c.Head)
	if err != nil || !near {
		return out, nil, err
	}
	c.Base, c.BaseSHA, c.MergeBase = c.Head, c.HeadSHA, c.HeadSHA
	c.Moved = render.NewMoved(m.Names, artifact(m.BaseSHA, m.Base), artifact(m.HeadSHA, m.Head))
	report, err := r.Review(ctx, c)
	if err != nil {
		return out, nil, err
	}
	out.Clusters = clustersOf(report, c.Moved, m, named)
	if len(out.Clusters) == 0 {
		return out, nil, nil
	}
	return out, report, nil
}

// clustersOf says what became of each cluster that reads the moved repository. The
// rest of the world stands still: what a review reached is what reads it. Where the
// repository is named, what does not build on either side may read it too.
func clustersOf(r *review.Report, moved *render.Moved, m Move, named bool) []model.ImpactedCluster {
	byName := map[string]*model.ImpactedCluster{}
	cluster := func(name string) *model.ImpactedCluster {
		if byName[name] == nil {
			byName[name] = &model.ImpactedCluster{Name: name, State: model.ClusterUnchanged, Refs: []string{}}
		}
		return byName[name]
	}
	for name, refs := range moved.Readers() {
		c := cluster(name)
		for _, ref := range refs {
			c.Refs = append(c.Refs, refText(ref))
			c.Follows = c.Follows || m.followed(ref)
		}
	}
	for _, name := range moved.Unread() {
		cluster(name).Unseen++
	}
	for _, name := range moved.Broken() {
		if named && byName[name] == nil {
			cluster(name).Unseen++
		}
	}
	of := map[string]*model.ImpactedCluster{} // by target
	hidden := map[string]bool{}
	for _, i := range r.Incomplete {
		hidden[i.Target] = hidden[i.Target] || i.Reached
	}
	for _, t := range r.Targets {
		c := byName[t.Cluster]
		if c == nil || t.Base == model.StatusUnreached && t.Head == model.StatusUnreached {
			continue
		}
		of[t.ID] = c
		c.Targets++
		failed := t.Head == model.StatusFailed && t.Base != model.StatusFailed
		switch {
		case failed:
			c.Failed++
			c.Changed++
		case t.Changed:
			c.Changed++
		}
		if hidden[t.ID] || t.Head == model.StatusFailed && !failed {
			c.Unseen++ // what does not build on either side shows nothing
		}
	}
	for _, f := range r.Findings {
		var told []*model.ImpactedCluster
		for _, id := range f.Targets {
			if c := of[id]; c != nil && f.Blocking && f.Check != review.RenderFailed && !slices.Contains(told, c) {
				c.Blocking++
				told = append(told, c)
			}
		}
	}
	out := make([]model.ImpactedCluster, 0, len(byName))
	for _, c := range byName {
		switch {
		case c.Changed > 0:
			c.State = model.ClusterChanged
		case c.Unseen > 0:
			c.State = model.ClusterUnseen
		}
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b model.ImpactedCluster) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// refText is a source's ref, for people.
func refText(ref model.SourceRef) string {
	switch {
	case ref.Commit != "":
		return "commit " + ref.Commit
	case ref.Digest != "":
		return "digest " + ref.Digest
	case ref.Name != "":
		return "ref " + ref.Name
	case ref.SemVer != "":
		return "range " + ref.SemVer
	case ref.Tag != "":
		return "tag " + ref.Tag
	case ref.Branch != "":
		return "branch " + ref.Branch
	case ref.Kind == model.OCISource:
		return "tag latest"
	}
	return "the default branch"
}

// followed reports whether a source reads the branch that the change goes into, with
// source-controller's precedence of refs.
func (m Move) followed(ref model.SourceRef) bool {
	switch {
	case m.Branch == "", ref.Commit != "", ref.Kind == model.OCISource:
		return false
	case ref.Name != "":
		return ref.Name == "refs/heads/"+m.Branch
	case ref.SemVer != "", ref.Tag != "":
		return false
	case ref.Branch == "":
		return m.Default
	}
	return ref.Branch == m.Branch
}

// namedIn looks through the files that renders read for the repository's name, near,
// and for its name with its owner's, named. Most repositories that a pattern lists have
// neither, and need not be rendered.
func (m Move) namedIn(ctx context.Context, tree *model.Tree) (near, named bool, err error) {
	var short, whole [][]byte
	for _, url := range m.Names {
		parts := strings.FieldsFunc(strings.ToLower(strings.TrimSuffix(url, ".git")), func(r rune) bool { return r == '/' || r == ':' })
		if n := len(parts); n > 1 {
			short, whole = append(short, []byte(parts[n-1])), append(whole, []byte(parts[n-2]+"/"+parts[n-1]))
		}
	}
	for _, file := range tree.Files() {
		e, ok := tree.Lookup(file)
		if !ok || e.Mode != model.File || !inputs[path.Ext(file)] {
			continue
		}
		content, err := tree.Read(ctx, file)
		if absent(err) {
			near = true // it is too large to be looked through
			continue
		}
		if err != nil {
			return near, named, fmt.Errorf("look for a repository's name: %w", err)
		}
		content = bytes.ToLower(content)
		holds := func(name []byte) bool { return bytes.Contains(content, name) }
		near = near || slices.ContainsFunc(short, holds)
		if named = named || slices.ContainsFunc(whole, holds); named {
			return true, true, nil
		}
	}
	return near, named, nil
}
