package render

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// including grafts spec.include into an artifact.
func (r *fluxSources) including(ctx context.Context, c *cluster, a *artifact, o *model.Object, spec sourceSpec, last bool) *artifact {
	if a.problem != nil || len(spec.Include) == 0 {
		return a
	}
	grafted := newComposer()
	none := func(string) bool { return false }
	grafted.copyBelow(a, ".", "", none)
	ids := []string{a.id, task.SumOf(spec.Include)}
	lacks := slices.Clone(a.lacks)
	for _, inc := range spec.Include {
		to := cleanPath(cmp.Or(inc.To, inc.Repository.Name))
		h, ok := c.find(task.SourceGroup, "GitRepository", o.ID.Namespace, inc.Repository.Name)
		if !ok || h.object.Sum == o.Sum {
			why := fmt.Sprintf("includes GitRepository `%s/%s`, which no target of the cluster renders", o.ID.Namespace, inc.Repository.Name)
			if ok {
				return noArtifact(model.NeedsInclude, "its source %s", why).named(o.Sum)
			}
			lacks = append(lacks, task.Lack{Path: to, Text: why, Print: task.SumOf(inc)})
			continue
		}
		from := r.once(c, h.object, func() *artifact { return r.read(ctx, c, h.object, last) }).below(cleanPath(inc.From))
		ids = append(ids, from.id)
		if from.problem != nil {
			why := fmt.Sprintf("includes GitRepository `%s`: %s", inc.Repository.Name, from.problem.Message)
			if c := from.problem.Class; !c.Incomplete() || c == model.NeedsInclude { // the cluster may have no such source either
				return noArtifact(model.NeedsInclude, "its source %s", why).named(o.Sum, from.id)
			}
			lacks = append(lacks, task.Lack{Path: to, Text: why, Print: task.Sum(task.SumOf(inc), from.id)})
			continue
		}
		grafted.copyBelow(from, cleanPath(inc.From), to, none)
	}
	for _, lack := range lacks { // what lies there already is not what Flux serves
		grafted.drop(lack.Path)
	}
	out := r.composed(ctx, grafted).named(ids...)
	out.lacks = lacks
	return out
}

// composed finishes a composed artifact.
func (r *fluxSources) composed(ctx context.Context, c *composer) *artifact {
	if c.full() {
		return noArtifact(model.TooLarge, "its source is put together of more files than a review copies (%d)", maxCopied)
	}
	a := c.tree()
	var err error
	if a.graph, err = r.flux.pair.renderer.static(ctx, a.tree, r.flux.pair.req.Scope, nil); err != nil {
		return noArtifact(model.Internal, "the source's files could not be read")
	}
	return a
}

// external is the artifact that an ArtifactGenerator makes.
func (r *fluxSources) external(ctx context.Context, c *cluster, ns string, ref objectRef, last bool) (*artifact, bool) {
	for _, id := range c.ids(task.GeneratorGroup) {
		h := c.index[id]
		if id.Kind != "ArtifactGenerator" || id.Namespace != ns && id.Namespace != "" {
			continue
		}
		spec := specOf[generatorSpec](h.object)
		for i, made := range spec.Artifacts {
			if made.Name != ref.Name {
				continue
			}
			a := r.once(c, model.NewObject(h.object.ID, h.object.Sum+fmt.Sprint(i), nil, nil), func() *artifact {
				sources := map[string]*artifact{}
				for _, s := range spec.Sources {
					a, ok := r.source(ctx, c, ns, s.objectRef, ".", last)
					if !ok {
						return nil
					}
					sources[s.Alias] = a.below(".")
				}
				if p := r.flux.pair.unfollowed.problem(h.object); p != nil {
					p.Field = nil
					return (&artifact{problem: p}).named(h.object.Sum)
				}
				return r.generate(ctx, made.Copy, sources)
			})
			return a, a != nil
		}
	}
	if !last {
		return nil, false
	}
	return noArtifact(model.SourceUnreachable, "its source ExternalArtifact `%s/%s` is made by no ArtifactGenerator of the cluster", ns, ref.Name), true
}

func (r *fluxSources) generate(ctx context.Context, rules []copyRule, sources map[string]*artifact) *artifact {
	made := newComposer()
	var problem *model.Problem
	ids := []string{task.SumOf(rules)}
	for _, alias := range slices.Sorted(maps.Keys(sources)) {
		ids = append(ids, alias, sources[alias].id)
	}
	for _, rule := range rules {
		if p := made.apply(rule, sources); p != nil && problem == nil {
			problem = p
		}
	}
	a := r.composed(ctx, made)
	if problem != nil {
		a.problem = problem
	}
	return a.named(ids...)
}
