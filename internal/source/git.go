package source

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

const (
	maxGitFetch = 512 << 20
	maxGitTree  = 256 << 20
)

var (
	commitID = pattern.New(`^[0-9a-f]{40}$|^[0-9a-f]{64}$`)
	gitName  = pattern.New(`^[A-Za-z0-9_][A-Za-z0-9._/@+-]{0,250}$`)
)

// repository fetches a Git repository at a ref, by the git program behind a
// proxy of ours: git resolves no name and opens no connection by itself.
func (s *Session) repository(ctx context.Context, q question) (model.Artifact, error) {
	if s.neighbours != nil {
		n, err := s.neighbours(ctx, q.ref)
		if err != nil {
			return model.Artifact{}, err
		}
		if n != nil {
			return s.fetcher.commit(ctx, git.FetchRequest{Tenant: n.Tenant, Repository: n.Repository, URL: n.URL, Token: n.Token, CAFile: n.CAFile}, q.ref)
		}
	}
	u, err := url.Parse(q.ref.URL)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return model.Artifact{}, refuse("its URL cannot be read")
	}
	if u.Scheme != "https" {
		return model.Artifact{}, &model.Problem{Class: model.UnsupportedSource, Message: describe(q.ref) + " is not read: only https:// is"}
	}
	if err := s.fetcher.guard.check(u); err != nil {
		return model.Artifact{}, err
	}
	tunnel, err := s.fetcher.guard.tunnel(u)
	if err != nil {
		return model.Artifact{}, err
	}
	defer tunnel.close()
	from := git.FetchRequest{Tenant: s.fetcher.owner(q.scope, u.Host), Repository: u.String(), URL: u.String(), CAFile: s.fetcher.gitCA, Proxy: tunnel.url()}
	if c := s.fetcher.credential(q.scope, u.Host); c != nil {
		from.User, from.Token = c.User, c.Password
	}
	out, err := s.fetcher.commit(ctx, from, q.ref)
	if tunnel.wasRefused() {
		return model.Artifact{}, errInside
	}
	return out, err
}

func (f *Fetcher) commit(ctx context.Context, from git.FetchRequest, ref model.SourceRef) (model.Artifact, error) {
	want, label, err := f.want(ctx, from, ref)
	if err != nil {
		return model.Artifact{}, err
	}
	from.Wants = []git.Want{want}
	repo, err := f.mirrors.Fetch(ctx, from)
	if err != nil {
		return model.Artifact{}, err
	}
	defer repo.Close()
	sha := want.SHA
	if sha == "" {
		sha = repo.At(want.Ref)
	}
	tree, err := whole(ctx, repo, sha)
	if err != nil {
		return model.Artifact{}, err
	}
	return model.Artifact{Tree: tree, Revision: strings.TrimPrefix(label+"@sha1:"+sha, "@"), Digest: "sha1:" + sha}, nil
}

// want says what to fetch, with source-controller's precedence: commit, name,
// range, tag, branch, and the default branch where nothing is named.
func (f *Fetcher) want(ctx context.Context, from git.FetchRequest, ref model.SourceRef) (git.Want, string, error) {
	for _, text := range []string{ref.Branch, ref.Tag, strings.TrimPrefix(ref.Name, "refs/")} {
		if text != "" && (!gitName.MatchString(text) || strings.Contains(text, "..")) {
			return git.Want{}, "", refuse("it names a branch or tag that cannot be one")
		}
	}
	branch := ref.Branch
	if branch == "" && ref.Name == "" && ref.SemVer == "" && ref.Tag == "" {
		refs, err := git.RemoteRefs(ctx, from)
		if err != nil {
			return git.Want{}, "", err
		}
		if branch = strings.TrimPrefix(refs.Head, "refs/heads/"); branch == "" {
			return git.Want{}, "", unreachable("%s has no default branch", describe(ref))
		}
	}
	switch {
	case ref.Commit != "":
		if !commitID.MatchString(ref.Commit) {
			return git.Want{}, "", refuse("its commit is no whole commit id")
		}
		if branch == "" {
			return git.Want{}, "", unreachable("%s: a commit is looked for in a branch, and none is named", describe(ref))
		}
		return git.Want{Ref: "refs/heads/" + branch, SHA: ref.Commit, Behind: true}, branch, nil
	case ref.Name != "":
		return git.Want{Ref: "refs/" + strings.TrimPrefix(ref.Name, "refs/")}, strings.TrimPrefix(ref.Name, "refs/"), nil
	case ref.SemVer != "":
		return f.newestGitTag(ctx, from, ref)
	case ref.Tag != "":
		return git.Want{Ref: "refs/tags/" + ref.Tag}, ref.Tag, nil
	}
	return git.Want{Ref: "refs/heads/" + branch}, branch, nil
}

func (f *Fetcher) newestGitTag(ctx context.Context, from git.FetchRequest, ref model.SourceRef) (git.Want, string, error) {
	refs, err := git.RemoteRefs(ctx, from)
	if err != nil {
		return git.Want{}, "", err
	}
	var tags []string
	for _, r := range refs.Names {
		if tag, ok := strings.CutPrefix(r, "refs/tags/"); ok && gitName.MatchString(tag) {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	i, err := newest(ref.SemVer, tags)
	if err != nil {
		return git.Want{}, "", refuse("%q is no range of versions", ref.SemVer)
	}
	if i < 0 {
		return git.Want{}, "", unreachable("%s has no tag in the range %q", describe(ref), ref.SemVer)
	}
	return git.Want{Ref: "refs/tags/" + tags[i]}, tags[i], nil
}

// whole reads all files of a commit with one request, so that the mirror can be
// closed: an artifact lives longer than the session that fetched it.
func whole(ctx context.Context, repo *git.Repo, sha string) (*model.Tree, error) {
	tree, err := repo.Tree(ctx, sha)
	if err != nil {
		return nil, fmt.Errorf("read commit: %w", err)
	}
	var entries []model.Entry
	var ids []string
	for _, p := range tree.Files() {
		e, _ := tree.Lookup(p)
		entries = append(entries, e)
		if e.Mode == model.File {
			ids = append(ids, e.ID)
		}
	}
	blobs, err := repo.Read(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read commit: %w", err)
	}
	total := 0
	for _, b := range blobs {
		total += len(b)
	}
	if total > maxGitTree {
		return nil, refuse("it is larger than %d MiB", maxGitTree>>20)
	}
	return model.NewTree(sha, entries, partial(blobs)), nil
}

// partial leaves out what it does not hold: files over git's limit.
type partial map[string][]byte

// Read gives contents that are in memory.
func (h partial) Read(_ context.Context, ids []string) (map[string][]byte, error) {
	out := make(map[string][]byte, len(ids))
	for _, id := range ids {
		if b, ok := h[id]; ok {
			out[id] = b
		}
	}
	return out, nil
}
