package render

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Sources fetches what lies outside the repository, all of it at once. Equal
// refs have equal answers within one review.
type Sources interface {
	Fetch(ctx context.Context, scope string, refs []model.SourceRef) []model.Artifact
}

func sourceNamespace(own string, ref objectRef) string {
	if ref.Namespace != "" {
		return ref.Namespace
	}
	return own
}

// repositoryName is host and path of a repository's URL, however it is written:
// https, ssh, or user@host:path.
func repositoryName(raw string) string {
	raw = strings.TrimSpace(raw)
	if !strings.Contains(raw, "://") {
		if host, rest, ok := strings.Cut(raw, ":"); ok && !strings.Contains(host, "/") {
			raw = "ssh://" + host + "/" + rest
		}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	return strings.ToLower(u.Hostname() + strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git"))
}

// source gives what a sourceRef of an object in a namespace leads to; ok is
// false where the source object may still be found.
func (f *fluxSide) source(ctx context.Context, c *cluster, namespace string, ref objectRef, dir string, last bool) (*artifact, bool) {
	ns := sourceNamespace(namespace, ref)
	if ref.Kind == "" {
		ref.Kind = "GitRepository"
	}
	group := sourceGroup
	if ref.Kind == "ExternalArtifact" {
		return f.external(ctx, c, ns, ref, last)
	}
	h, found := c.find(group, ref.Kind, ns, ref.Name)
	if found {
		return f.once(c, h.object, func() *artifact { return f.read(ctx, c, h.object, last) }), true
	}
	if !last {
		return nil, false
	}
	// The source of the repository itself is often made by hand, once. Where it
	// has the path, it is this one.
	if e, ok := f.own.tree.Lookup(cleanPath(dir)); ok && e.Mode == model.Dir && (ref.Kind == "GitRepository" || ref.Kind == "OCIRepository") {
		return f.own, true
	}
	if ref.Name == "flux-system" {
		return f.own, true // what bootstrap makes; the path is missing in it
	}
	return noArtifact(model.SourceUnreachable, "its source %s `%s/%s` is rendered by no target of the cluster", ref.Kind, ns, ref.Name), true
}

// once reads a source object the first time that it is asked for.
func (f *fluxSide) once(c *cluster, o *model.Object, read func() *artifact) *artifact {
	key := c.name + "\x00" + o.ID.String() + "\x00" + o.Sum
	if a, ok := f.served[key]; ok {
		return a
	}
	a := read()
	f.served[key] = a
	return a
}

// read gives the artifact of a source object.
func (f *fluxSide) read(ctx context.Context, c *cluster, o *model.Object, last bool) *artifact {
	spec := specOf[sourceSpec](o)
	var a *artifact
	switch o.ID.Kind {
	case "GitRepository":
		ref := spec.Ref
		if ref == (gitRef{}) {
			ref = spec.Reference
		}
		if f.isOwn(spec.URL, ref) {
			return f.ownWith(ctx, c, o, spec, last)
		}
		a = f.fetched(ctx, o, model.SourceRef{Kind: model.GitSource, URL: spec.URL, Branch: ref.Branch, Tag: ref.Tag,
			SemVer: ref.SemVer, Commit: ref.Commit, Name: ref.Name, By: secretOf(o, spec)}, spec.Ignore)
	case "OCIRepository":
		if f.ownURLs[repositoryName(spec.URL)] {
			return f.ownWith(ctx, c, o, spec, last)
		}
		a = f.fetched(ctx, o, model.SourceRef{Kind: model.OCISource, URL: spec.URL, Tag: spec.Ref.Tag, SemVer: spec.Ref.SemVer,
			SemVerFilter: spec.Ref.SemVerFilter, Digest: spec.Ref.Digest, LayerMediaType: spec.Layer.MediaType,
			LayerOperation: spec.Layer.Operation, By: secretOf(o, spec)}, spec.Ignore)
	default:
		return noArtifact(model.UnsupportedSource, "its source is the %s `%s/%s`: sources of that kind are not read", o.ID.Kind, o.ID.Namespace, o.ID.Name)
	}
	return f.including(ctx, c, a, o, spec, last)
}

func secretOf(o *model.Object, spec sourceSpec) string {
	if spec.SecretRef.Name == "" {
		return ""
	}
	return o.ID.Namespace + "/" + spec.SecretRef.Name
}

// isOwn reports whether a Git source is this repository at this commit: the
// repository's URL, and no other branch, tag or commit than the entry point's.
func (f *fluxSide) isOwn(rawURL string, ref gitRef) bool {
	return f.ownURLs[repositoryName(rawURL)] && ref.Tag == "" && ref.SemVer == "" && ref.Commit == "" && !strings.HasPrefix(ref.Name, "refs/tags/")
}

// ownWith is this repository as one of its source objects serves it.
func (f *fluxSide) ownWith(ctx context.Context, c *cluster, o *model.Object, spec sourceSpec, last bool) *artifact {
	a := f.own
	if spec.Ignore != nil {
		var err error
		if a, err = f.asArtifact(ctx, f.tree, spec.Ignore); err != nil {
			return noArtifact(model.Internal, "the source's files could not be read")
		}
		a.own = true
	}
	return f.including(ctx, c, a, o, spec, last)
}

// fetched is an artifact from outside.
func (f *fluxSide) fetched(ctx context.Context, o *model.Object, ref model.SourceRef, ignore *string) *artifact {
	got := f.fetch(ctx, ref)
	if got.Problem != nil {
		return &artifact{problem: got.Problem}
	}
	a, err := f.asArtifact(ctx, got.Tree, ignore)
	if err != nil {
		return noArtifact(model.SourceUnreachable, "the files of %s `%s/%s` could not be read", o.ID.Kind, o.ID.Namespace, o.ID.Name)
	}
	a.revision = got.Revision
	return a
}

// fetch asks for one thing from outside, once a review.
func (p *pair) fetch(ctx context.Context, ref model.SourceRef) model.Artifact {
	p.mu.Lock()
	got, ok := p.outside[ref]
	p.mu.Unlock()
	if ok {
		return got
	}
	if p.req.Sources == nil {
		got = model.Artifact{Problem: &model.Problem{Class: model.SourceUnreachable,
			Message: fmt.Sprintf("%s lies outside the repository, and nothing is fetched", sourceName(ref))}}
	} else {
		got = p.req.Sources.Fetch(ctx, p.req.Scope, []model.SourceRef{ref})[0]
	}
	p.mu.Lock()
	p.outside[ref] = got
	p.mu.Unlock()
	return got
}

// sourceName is what people call a source.
func sourceName(ref model.SourceRef) string {
	where := ref.URL
	if u, err := url.Parse(ref.URL); err == nil {
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		where = u.String()
	}
	if ref.Kind == model.ChartSource {
		return fmt.Sprintf("the chart `%s` of `%s`", ref.Chart, where)
	}
	return fmt.Sprintf("`%s`", where)
}

// including grafts spec.include into an artifact.
func (f *fluxSide) including(ctx context.Context, c *cluster, a *artifact, o *model.Object, spec sourceSpec, last bool) *artifact {
	if a.problem != nil || len(spec.Include) == 0 {
		return a
	}
	grafted := newComposer()
	none := func(string) bool { return false }
	grafted.copyBelow(a, ".", "", none)
	for _, inc := range spec.Include {
		h, ok := c.find(sourceGroup, "GitRepository", o.ID.Namespace, inc.Repository.Name)
		if !ok || h.object.Sum == o.Sum {
			return noArtifact(model.NeedsInclude, "its source includes GitRepository `%s/%s`, which no target of the cluster renders", o.ID.Namespace, inc.Repository.Name)
		}
		from := f.once(c, h.object, func() *artifact { return f.read(ctx, c, h.object, last) })
		if from.problem != nil {
			return &artifact{problem: &model.Problem{Class: model.NeedsInclude,
				Message: fmt.Sprintf("its source includes GitRepository `%s`: %s", inc.Repository.Name, from.problem.Message)}}
		}
		to := inc.To
		if to == "" {
			to = inc.Repository.Name
		}
		grafted.copyBelow(from, cleanPath(inc.From), to, none)
	}
	return f.composed(ctx, grafted)
}

// composed finishes a composed artifact.
func (f *fluxSide) composed(ctx context.Context, c *composer) *artifact {
	a := c.tree()
	var err error
	if a.graph, err = f.static(ctx, a.tree, f.req.Scope); err != nil {
		return noArtifact(model.Internal, "the source's files could not be read")
	}
	return a
}

// external is the artifact that an ArtifactGenerator makes.
func (f *fluxSide) external(ctx context.Context, c *cluster, ns string, ref objectRef, last bool) (*artifact, bool) {
	for _, id := range c.ids() {
		h := c.index[id]
		if id.Group != generatorGroup || id.Kind != "ArtifactGenerator" || id.Namespace != ns && id.Namespace != "" {
			continue
		}
		spec := specOf[generatorSpec](h.object)
		for i, made := range spec.Artifacts {
			if made.Name != ref.Name {
				continue
			}
			sources := map[string]*artifact{}
			for _, s := range spec.Sources {
				a, ok := f.source(ctx, c, ns, s.objectRef, ".", last)
				if !ok {
					return nil, false
				}
				sources[s.Alias] = a
			}
			return f.once(c, model.NewObject(h.object.ID, h.object.Sum+fmt.Sprint(i), nil, nil), func() *artifact {
				return f.generate(ctx, made.Copy, sources)
			}), true
		}
	}
	if !last {
		return nil, false
	}
	return noArtifact(model.SourceUnreachable, "its source ExternalArtifact `%s/%s` is made by no ArtifactGenerator of the cluster", ns, ref.Name), true
}

func (f *fluxSide) generate(ctx context.Context, rules []copyRule, sources map[string]*artifact) *artifact {
	made := newComposer()
	for _, rule := range rules {
		if p := made.apply(rule, sources); p != nil {
			return &artifact{problem: p}
		}
	}
	return f.composed(ctx, made)
}

// chartPath is where a chart lies in a Git source.
func chartPath(chart string) string { return path.Clean(cleanPath(chart)) }
