package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

const (
	ociManifest    = "application/vnd.oci.image.manifest.v1+json"
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	helmLayer      = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
	helmLayerOld   = "application/tar+gzip"
)

const (
	maxManifest = 4 << 20
	maxLayer    = 32 << 20
	maxPages    = 50
	maxTags     = 50_000
)

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

type manifest struct {
	Layers []descriptor `json:"layers"`
}

// registry is one repository of a registry, as one scope sees it.
type registry struct {
	session *Session
	scope   string
	base    *url.URL // https://host/
	name    string   // acme/charts/web
	shown   string
}

func (s *Session) registry(scope, raw string) (*registry, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "oci" || u.User != nil || u.Host == "" || u.RawQuery != "" {
		return nil, refuse("its URL must be oci://, a host and a path")
	}
	base := &url.URL{Scheme: "https", Host: u.Host, Path: "/"}
	if u.Host == "docker.io" {
		base.Host = "registry-1.docker.io"
	}
	if g := s.fetcher.guard; slices.Contains(g.plain, u.Hostname()) || g.local[u.Host] && s.fetcher.options.CAFile == "" {
		base.Scheme = "http"
	}
	repository := strings.Trim(u.Path, "/")
	if !repositoryName.MatchString(repository) {
		return nil, refuse("its URL names no repository of a registry")
	}
	return &registry{session: s, scope: scope, base: base, name: repository, shown: u.Host}, nil
}

var (
	repositoryName = pattern.New(`^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$`)
	tagName        = pattern.New(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	digestName     = pattern.New(`^sha256:[0-9a-f]{64}$`)
)

// ask sends one request to the registry, with a token where it wants one.
func (r *registry) ask(ctx context.Context, path, accept string, limit int64) ([]byte, http.Header, error) {
	u, err := r.base.Parse(path)
	if err != nil {
		return nil, nil, refuse("%s names a URL that cannot be read", r.base.Hostname())
	}
	if !sameHost(u, r.base) {
		return nil, nil, refuse("%s sends its lists to another host", r.base.Hostname())
	}
	q := request{url: u, accept: accept, limit: limit, authorization: r.token()}
	body, header, err := r.session.get(ctx, q)
	var status *statusError
	if !errors.As(err, &status) || status.status != http.StatusUnauthorized {
		return body, header, err
	}
	if q.authorization, err = r.authorize(ctx, status); err != nil {
		return nil, nil, err
	}
	return r.session.get(ctx, q)
}

func (r *registry) tokenKey() string { return r.scope + "\x00" + r.base.Host + "/" + r.name }

func (r *registry) token() string {
	r.session.mu.Lock()
	defer r.session.mu.Unlock()
	return r.session.tokens[r.tokenKey()]
}

var challengePart = pattern.New(`([a-z_]+)="([^"]*)"`)

// authorize answers a registry's challenge. The realm is a URL that the registry
// names: it is looked at like any other, and is given the credential only where
// it is on the registry's own host, or on one that the operator lists.
func (r *registry) authorize(ctx context.Context, refused *statusError) (string, error) {
	challenge := refused.header.Get("WWW-Authenticate")
	credential := r.session.fetcher.credential(r.scope, r.shown)
	kind, rest, _ := strings.Cut(challenge, " ")
	if strings.EqualFold(kind, "Basic") && credential != nil {
		return r.remember(credential.basic()), nil
	}
	if !strings.EqualFold(kind, "Bearer") {
		return "", refused
	}
	parts := map[string]string{}
	for _, m := range challengePart.FindAllStringSubmatch(rest, -1) {
		parts[m[1]] = m[2]
	}
	realm, err := url.Parse(parts["realm"])
	if err != nil || realm.Host == "" {
		return "", refused
	}
	values := realm.Query()
	values.Set("service", parts["service"])
	values.Set("scope", "repository:"+r.name+":pull")
	realm.RawQuery = values.Encode()
	q := request{url: realm, limit: 1 << 20}
	if credential != nil && (realm.Host == r.base.Host || slices.Contains(credential.TokenHosts, realm.Host)) {
		q.authorization = credential.basic()
	}
	body, _, err := r.session.get(ctx, q)
	if err != nil {
		return "", err
	}
	var got struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(body, &got) != nil || got.Token == "" && got.AccessToken == "" {
		return "", refused
	}
	if got.Token == "" {
		got.Token = got.AccessToken
	}
	return r.remember("Bearer " + got.Token), nil
}

func (r *registry) remember(authorization string) string {
	r.session.mu.Lock()
	defer r.session.mu.Unlock()
	r.session.tokens[r.tokenKey()] = authorization
	return authorization
}

var nextPage = pattern.New(`^<([^>]*)>;\s*rel="?next"?`)

// tags lists every tag.
func (r *registry) tags(ctx context.Context) ([]string, error) {
	var out []string
	at := "/v2/" + r.name + "/tags/list?n=1000"
	for range maxPages {
		body, header, err := r.ask(ctx, at, "application/json", maxManifest)
		if err != nil {
			return nil, err
		}
		var page struct {
			Tags []string `json:"tags"`
		}
		if json.Unmarshal(body, &page) != nil {
			return nil, refuse("its list of tags is not valid")
		}
		out = append(out, page.Tags...)
		next := nextPage.FindStringSubmatch(header.Get("Link"))
		if next == nil || len(out) > maxTags {
			return out, nil
		}
		at = next[1]
	}
	return nil, refuse("it lists its tags on more than %d pages", maxPages)
}

// manifest reads what a tag or digest names, and gives the manifest's digest.
func (r *registry) manifest(ctx context.Context, reference string) (manifest, string, error) {
	var m manifest
	body, _, err := r.ask(ctx, "/v2/"+r.name+"/manifests/"+reference, ociManifest+", "+dockerManifest, maxManifest)
	if err != nil {
		return m, "", err
	}
	digest := "sha256:" + sum(body)
	if strings.HasPrefix(reference, "sha256:") && digest != reference {
		return m, "", refuse("the manifest is not the one whose digest is asked for")
	}
	if json.Unmarshal(body, &m) != nil || len(m.Layers) == 0 {
		return m, "", refuse("its manifest names no layers")
	}
	return m, digest, nil
}

// layer reads one layer and holds it against its digest.
func (r *registry) layer(ctx context.Context, d descriptor, limit int64) ([]byte, error) {
	if !digestName.MatchString(d.Digest) {
		return nil, refuse("its manifest names a digest that is no SHA-256")
	}
	if d.Size > limit {
		return nil, refuse("a layer of it has more than %d MiB", limit>>20)
	}
	want := strings.TrimPrefix(d.Digest, "sha256:")
	owner := r.session.fetcher.owner(r.scope, r.base.Host)
	if content := r.session.fetcher.store.get(owner, want); content != nil {
		return content, nil
	}
	content, _, err := r.ask(ctx, "/v2/"+r.name+"/blobs/"+d.Digest, "", limit)
	if err != nil {
		return nil, err
	}
	if sum(content) != want {
		return nil, refuse("a layer is not the one whose digest the manifest names")
	}
	r.session.fetcher.store.put(owner, content)
	return content, nil
}

// ociChart fetches a chart of a registry: its tags are its versions, with _ for +.
func (s *Session) ociChart(ctx context.Context, q question) (model.Artifact, error) {
	r, err := s.registry(q.scope, strings.TrimSuffix(q.ref.URL, "/")+"/"+q.ref.Chart)
	if err != nil {
		return model.Artifact{}, err
	}
	tag, err := r.chartTag(ctx, q.ref)
	if err != nil {
		return model.Artifact{}, err
	}
	m, digest, err := r.manifest(ctx, tag)
	if err != nil {
		return model.Artifact{}, err
	}
	i := slices.IndexFunc(m.Layers, func(d descriptor) bool { return d.MediaType == helmLayer || d.MediaType == helmLayerOld })
	if i < 0 {
		return model.Artifact{}, &model.Problem{Class: model.ChartInvalid, Message: describe(q.ref) + " is no Helm chart"}
	}
	content, err := r.layer(ctx, m.Layers[i], maxChart)
	if err != nil {
		return model.Artifact{}, err
	}
	return model.Artifact{Tree: packageTree(content), Digest: "sha256:" + sum(content), Revision: strings.ReplaceAll(tag, "_", "+") + "@" + digest}, nil
}

func (r *registry) chartTag(ctx context.Context, ref model.SourceRef) (string, error) {
	if exact := strings.ReplaceAll(ref.Version, "+", "_"); exactVersion.MatchString(ref.Version) && tagName.MatchString(exact) {
		return exact, nil
	}
	tags, err := r.tags(ctx)
	if err != nil {
		return "", err
	}
	entries := make([]task.ChartVersion, len(tags))
	for i, t := range tags {
		entries[i].Version = strings.ReplaceAll(t, "_", "+")
	}
	e, err := choose(ref, entries)
	tag := strings.ReplaceAll(e.Version, "+", "_")
	if err == nil && !tagName.MatchString(tag) {
		err = refuse("it has a tag that is no tag")
	}
	return tag, err
}

// exactVersion matches one version, not a range of them.
var exactVersion = pattern.New(`^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

// artifact fetches an OCI artifact as source-controller does.
func (s *Session) artifact(ctx context.Context, q question) (model.Artifact, error) {
	r, err := s.registry(q.scope, q.ref.URL)
	if err != nil {
		return model.Artifact{}, err
	}
	reference, err := r.reference(ctx, q.ref)
	if err != nil {
		return model.Artifact{}, err
	}
	m, digest, err := r.manifest(ctx, reference)
	if err != nil {
		return model.Artifact{}, err
	}
	layer := m.Layers[0]
	if want := q.ref.LayerMediaType; want != "" {
		i := slices.IndexFunc(m.Layers, func(d descriptor) bool { return d.MediaType == want })
		if i < 0 {
			return model.Artifact{}, unreachable("%s has no layer of the type that layerSelector asks for", describe(q.ref))
		}
		layer = m.Layers[i]
	}
	limit := int64(maxLayer)
	if q.ref.LayerOperation == "copy" {
		limit = maxChart
	}
	content, err := r.layer(ctx, layer, limit)
	if err != nil {
		return model.Artifact{}, err
	}
	out := model.Artifact{Digest: "sha256:" + sum(content), Revision: reference + "@" + digest}
	if reference == digest {
		out.Revision = digest
	}
	if q.ref.LayerOperation == "copy" {
		out.Tree = packageTree(content)
		return out, nil
	}
	out.Tree, err = untar(content)
	return out, err
}

// reference picks the manifest: a digest before a range before a tag, and the
// tag latest where nothing is named.
func (r *registry) reference(ctx context.Context, ref model.SourceRef) (string, error) {
	switch {
	case ref.Digest != "":
		if !digestName.MatchString(ref.Digest) {
			return "", refuse("its digest is no SHA-256")
		}
		return ref.Digest, nil
	case ref.SemVer != "":
		return r.newestTag(ctx, ref)
	case ref.Tag != "":
		if !tagName.MatchString(ref.Tag) {
			return "", refuse("its tag is no tag")
		}
		return ref.Tag, nil
	}
	return "latest", nil
}

func (r *registry) newestTag(ctx context.Context, ref model.SourceRef) (string, error) {
	tags, err := r.tags(ctx)
	if err != nil {
		return "", err
	}
	if ref.SemVerFilter != "" {
		filter, err := regexp.Compile(ref.SemVerFilter)
		if err != nil {
			return "", refuse("its semverFilter is no regular expression")
		}
		tags = slices.DeleteFunc(tags, func(t string) bool { return !filter.MatchString(t) })
	}
	i, err := newest(ref.SemVer, tags)
	if err != nil {
		return "", refuse("%q is no range of versions", ref.SemVer)
	}
	if i < 0 || !tagName.MatchString(tags[i]) {
		return "", unreachable("%s has no tag in the range %s", describe(ref), fmt.Sprintf("%q", ref.SemVer))
	}
	return tags[i], nil
}
