package source

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Sizes of one answer. An index is
// parsed whole: twenty times its size is what that takes of a child.
const (
	maxIndex = 32 << 20
	maxChart = 32 << 20 // what a sandboxed child is given as one file
)

type indexAnswer struct {
	once    sync.Once
	entries map[string][]task.ChartVersion
	err     error
}

// chart fetches a packaged chart of a Helm repository.
func (s *Session) chart(ctx context.Context, q question) (model.Artifact, error) {
	if strings.HasPrefix(q.ref.URL, "oci://") {
		return s.ociChart(ctx, q)
	}
	base, err := url.Parse(strings.TrimSuffix(q.ref.URL, "/") + "/")
	if err != nil {
		return model.Artifact{}, refuse("its URL cannot be read")
	}
	entries, err := s.index(ctx, q.scope, base)
	if err != nil {
		return model.Artifact{}, err
	}
	entry, err := choose(q.ref, entries[q.ref.Chart])
	if err != nil {
		return model.Artifact{}, err
	}
	content, err := s.chartPackage(ctx, q.scope, base, entry)
	if err != nil {
		return model.Artifact{}, err
	}
	digest := sum(content)
	return model.Artifact{Tree: packageTree(content), Digest: "sha256:" + digest, Revision: entry.Version + "@sha256:" + digest}, nil
}

// index reads a repository's index once a review.
func (s *Session) index(ctx context.Context, scope string, base *url.URL) (map[string][]task.ChartVersion, error) {
	key := question{scope, model.SourceRef{URL: base.String()}}
	s.mu.Lock()
	a, ok := s.indexes[key]
	if !ok {
		a = &indexAnswer{}
		s.indexes[key] = a
	}
	s.mu.Unlock()
	a.once.Do(func() {
		u := base.JoinPath("index.yaml")
		u.RawQuery = base.RawQuery
		var body []byte
		if body, _, a.err = s.get(ctx, request{url: u, limit: maxIndex, authorization: s.fetcher.basic(scope, u.Host)}); a.err != nil {
			return
		}
		a.entries, a.err = s.readIndex(ctx, scope, body)
	})
	return a.entries, a.err
}

// readIndex reads an index in the sandbox.
func (s *Session) readIndex(ctx context.Context, scope string, body []byte) (map[string][]task.ChartVersion, error) {
	id := sum(body)
	tree := model.NewTree("", []model.Entry{{Path: task.IndexFile, ID: id}}, held{id: body})
	out, err := s.runner.Do(ctx, sandbox.Task{Kind: task.IndexKind, Scope: scope, Trees: []*model.Tree{tree}, Ahead: [][]string{{task.IndexFile}}})
	var entries map[string][]task.ChartVersion
	if err == nil {
		err = json.Unmarshal(out.JSON, &entries)
	}
	if err != nil && ctx.Err() == nil {
		return nil, refuse("its index.yaml is not valid")
	}
	return entries, err
}

// choose resolves a version or range as Helm does: an exact version as it is
// written, else the newest that fits; a pre-release only where it is asked for.
func choose(ref model.SourceRef, entries []task.ChartVersion) (task.ChartVersion, error) {
	if len(entries) == 0 {
		return task.ChartVersion{}, &model.Problem{Class: model.ChartInvalid, Message: fmt.Sprintf("%s has no chart %s", hostOf(ref.URL), ref.Chart)}
	}
	versions := make([]string, len(entries))
	for i, e := range entries {
		versions[i] = e.Version
	}
	i, err := newest(ref.Version, versions)
	if err != nil {
		return task.ChartVersion{}, &model.Problem{Class: model.ChartInvalid, Message: fmt.Sprintf("%q is no version of the chart %s and no range", ref.Version, ref.Chart)}
	}
	if i < 0 {
		return task.ChartVersion{}, &model.Problem{Class: model.ChartInvalid, Message: fmt.Sprintf("the chart %s of %s has no version %s", ref.Chart, hostOf(ref.URL), ref.Version)}
	}
	return entries[i], nil
}

// newest is the index of the version that a range selects, -1 for none. A range
// of "" is every release.
func newest(wanted string, versions []string) (int, error) {
	if i := slices.Index(versions, wanted); i >= 0 && wanted != "" {
		return i, nil
	}
	if wanted == "" {
		wanted = "*"
	}
	constraint, err := semver.NewConstraint(wanted)
	if err != nil {
		return -1, fmt.Errorf("read range %q: %w", wanted, err)
	}
	best, at := (*semver.Version)(nil), -1
	for i, text := range versions {
		v, err := semver.NewVersion(text)
		if err == nil && constraint.Check(v) && (best == nil || v.GreaterThan(best)) {
			best, at = v, i
		}
	}
	return at, nil
}

// chartPackage downloads one package and holds it against the index's digest.
func (s *Session) chartPackage(ctx context.Context, scope string, base *url.URL, entry task.ChartVersion) ([]byte, error) {
	if len(entry.URLs) == 0 {
		return nil, refuse("its index.yaml names no URL for version %s", entry.Version)
	}
	u, err := base.Parse(entry.URLs[0])
	if err != nil {
		return nil, refuse("its index.yaml names a URL that cannot be read")
	}
	if u.RawQuery == "" && sameHost(u, base) {
		u.RawQuery = base.RawQuery // as Helm: some repositories are opened by it
	}
	owner := s.fetcher.owner(scope, base.Host)
	want := strings.TrimPrefix(strings.ToLower(entry.Digest), "sha256:")
	if content := s.fetcher.store.get(owner, want); content != nil {
		return content, nil
	}
	content, _, err := s.get(ctx, request{url: u, limit: maxChart, authorization: s.fetcher.basic(scope, u.Host)})
	if err != nil {
		return nil, err
	}
	if want != "" && sum(content) != want {
		return nil, refuse("the package is not the one whose digest the index names")
	}
	s.fetcher.store.put(owner, content)
	return content, nil
}

// key is a ref as one string, for waiting on the same download.
func key(ref model.SourceRef) string { return fmt.Sprintf("%q", fmt.Sprintf("%#v", ref)) }
