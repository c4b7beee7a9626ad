package render

import (
	"context"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

func sourceNamespace(own string, ref objectRef) string {
	if ref.Namespace != "" {
		return ref.Namespace
	}
	return own
}

// fluxSources gives what the sources of a side's clusters serve.
type fluxSources struct {
	flux    *fluxSide
	own     *artifact            // this repository as Flux serves it
	ownURLs map[string]bool      // of sources that are this repository
	served  map[string]*artifact // by what asks for it
	made    map[string]*artifact // by what they hold: many sources can be one repository
	reading map[string]bool      // what is being read now, by the same key
}

// source gives what a sourceRef of an object in a namespace leads to; ok is
// false where the source object may still be found.
func (r *fluxSources) source(ctx context.Context, c *cluster, namespace string, ref objectRef, dir string, last bool) (*artifact, bool) {
	ns := sourceNamespace(namespace, ref)
	if ref.Kind == "" {
		ref.Kind = "GitRepository"
	}
	group := task.SourceGroup
	if ref.Kind == "ExternalArtifact" {
		return r.external(ctx, c, ns, ref, last)
	}
	h, found := c.find(group, ref.Kind, ns, ref.Name)
	if found {
		return r.once(c, h.object, func() *artifact { return r.read(ctx, c, h.object, last) }), true
	}
	if !last {
		return nil, false
	}
	if other := c.namesake(group, ref.Kind, ns, ref.Name); other != "" {
		return noArtifact(model.SourceUnreachable, "its source %s `%s/%s` is rendered by no target of the cluster: that of the name is in the namespace `%s`", ref.Kind, ns, ref.Name, other), true
	}
	// The source of the repository itself is often made by hand, once. Where it
	// has the path, it is this one.
	if e, ok := r.own.tree.Lookup(cleanPath(dir)); ok && e.Mode == model.Dir && (ref.Kind == "GitRepository" || ref.Kind == "OCIRepository") {
		return r.own, true
	}
	if ref.Name == "flux-system" {
		return r.own, true // what bootstrap makes; the path is missing in it
	}
	return noArtifact(model.SourceUnreachable, "its source %s `%s/%s` is rendered by no target of the cluster", ref.Kind, ns, ref.Name), true
}

// maxSources bounds the sources that are made of one another, in a row.
const maxSources = 32

// once reads a source object the first time that it is asked for; what read
// gives as nil is asked for again. Sources can be made of one another, in a
// circle too: nothing else would end the stack.
func (r *fluxSources) once(c *cluster, o *model.Object, read func() *artifact) *artifact {
	key := c.name + "\x00" + o.ID.String() + "\x00" + o.Sum
	if a, ok := r.served[key]; ok {
		return a
	}
	switch {
	case r.reading[key]:
		return noArtifact(model.Cycle, "its source %s `%s/%s` is made of itself", o.ID.Kind, o.ID.Namespace, o.ID.Name)
	case len(r.reading) == maxSources:
		return noArtifact(model.TooLarge, "its source is made of more than %d others in a row", maxSources)
	}
	r.reading[key] = true
	a := read()
	delete(r.reading, key)
	if a != nil {
		r.served[key] = a
	}
	return a
}

// read gives the artifact of a source object.
func (r *fluxSources) read(ctx context.Context, c *cluster, o *model.Object, last bool) *artifact {
	spec := specOf[sourceSpec](o)
	if p := r.flux.pair.unfollowed.problem(o); p != nil {
		p.Field = nil // it is the source's, and not of what asks for it
		return (&artifact{problem: p}).named(o.Sum)
	}
	switch o.ID.Kind {
	case "GitRepository", "OCIRepository":
		if r.isOwn(o.ID.Kind, spec) {
			return r.ownWith(ctx, c, o, spec, last)
		}
	default:
		return noArtifact(model.UnsupportedSource, "its source is the %s `%s/%s`: sources of that kind are not read", o.ID.Kind, o.ID.Namespace, o.ID.Name).named(o.Sum)
	}
	return r.including(ctx, c, r.fetched(ctx, c, o, outsideRef(o, spec), spec.Ignore), o, spec, last)
}

// outsideRef is what a Git or OCI source names.
func outsideRef(o *model.Object, spec sourceSpec) model.SourceRef {
	ref := spec.gitRef()
	out := model.SourceRef{Kind: model.GitSource, URL: spec.URL, Branch: ref.Branch, Tag: ref.Tag, SemVer: ref.SemVer,
		Commit: ref.Commit, Name: ref.Name, By: secretOf(o, spec)}
	if o.ID.Kind == "OCIRepository" {
		out = model.SourceRef{Kind: model.OCISource, URL: spec.URL, Tag: ref.Tag, SemVer: ref.SemVer, SemVerFilter: ref.SemVerFilter,
			Digest: ref.Digest, LayerMediaType: spec.Layer.MediaType, LayerOperation: spec.Layer.Operation, By: secretOf(o, spec)}
	}
	return out
}

// prefetch fetches at once what the units' sources name, as far as those are
// known.
func (r *fluxSources) prefetch(ctx context.Context, units []*unit) {
	var refs []model.SourceRef
	for _, u := range units {
		if u.object == nil {
			continue
		}
		ref := u.spec.SourceRef
		h, ok := u.cluster.find(task.SourceGroup, ref.Kind, sourceNamespace(u.object.ID.Namespace, ref), ref.Name)
		if !ok || h.object.ID.Kind != "GitRepository" && h.object.ID.Kind != "OCIRepository" {
			continue
		}
		spec := specOf[sourceSpec](h.object)
		if ref := outsideRef(h.object, spec); !r.isOwn(h.object.ID.Kind, spec) && !r.flux.pair.req.Moved.is(ref) {
			refs = append(refs, ref)
		}
	}
	r.flux.pair.outside.fetchAll(ctx, r.flux.side, refs)
}

func secretOf(o *model.Object, spec sourceSpec) string {
	if spec.SecretRef.Name == "" {
		return ""
	}
	return o.ID.Namespace + "/" + spec.SecretRef.Name
}

// isOwn reports whether a source is this repository at this commit: its URL, and
// no other tag or commit than the entry point's. Of an artifact the tag says
// nothing: it was pushed from some commit.
func (r *fluxSources) isOwn(kind string, spec sourceSpec) bool {
	ref := spec.gitRef()
	return r.ownURLs[model.RepositoryName(spec.URL)] && (kind == "OCIRepository" ||
		ref.Tag == "" && ref.SemVer == "" && ref.Commit == "" && !strings.HasPrefix(ref.Name, "refs/tags/"))
}

// pushed gives the part of this repository that an artifact is made of: flux push
// artifact takes a directory, and paths are relative to that. Where the path is not
// to be found from the root, and lies below one directory alone, it is that one.
func (r *fluxSources) pushed(ctx context.Context, dir string) *artifact {
	dir = cleanPath(dir)
	if _, ok := r.flux.tree.Lookup(dir); ok || dir == "." {
		return r.own
	}
	found := map[string]bool{}
	for _, file := range r.flux.tree.Files() {
		if i := strings.Index("/"+file, "/"+dir+"/"); i > 0 {
			found[file[:i-1]] = true
		}
	}
	if len(found) != 1 {
		return r.own
	}
	part := newComposer()
	for root := range found {
		part.copyBelow(r.own, root, "", func(string) bool { return false })
		return r.composed(ctx, part).named("own", root)
	}
	return r.own
}

// ownWith is this repository as one of its source objects serves it.
func (r *fluxSources) ownWith(ctx context.Context, c *cluster, o *model.Object, spec sourceSpec, last bool) *artifact {
	a := r.own
	if spec.Ignore != nil {
		var err error
		if a, err = r.flux.asArtifact(ctx, r.flux.tree, spec.Ignore); err != nil {
			return noArtifact(model.Internal, "the source's files could not be read")
		}
		a.own = true
		a.named("own", *spec.Ignore)
	}
	return r.including(ctx, c, a, o, spec, last)
}

// fetched is an artifact from outside.
func (r *fluxSources) fetched(ctx context.Context, c *cluster, o *model.Object, ref model.SourceRef, ignore *string) *artifact {
	var got model.Artifact
	if moved := r.flux.pair.req.Moved; moved.is(ref) {
		got = moved.read(r.flux.side, c.target(), ref)
	} else {
		got = r.flux.pair.outside.fetch(ctx, r.flux.side, ref)
	}
	if got.Problem != nil { // what it holds is not known: another ref may be another content
		return (&artifact{problem: got.Problem}).named(task.SumOf(ref), task.SumOf(ignore))
	}
	key := task.Sum(got.Revision, got.Digest, task.SumOf(ignore))
	if a, ok := r.made[key]; ok {
		return a
	}
	a, err := r.flux.asArtifact(ctx, got.Tree, ignore)
	if err != nil {
		return noArtifact(model.SourceUnreachable, "the files of %s `%s/%s` could not be read", o.ID.Kind, o.ID.Namespace, o.ID.Name).named(o.Sum)
	}
	a.revision = got.Revision
	r.made[key] = a.named(got.Digest, task.SumOf(ignore))
	return a
}

// chartPath is where a chart lies in a Git source.
func chartPath(chart string) string { return path.Clean(cleanPath(chart)) }
