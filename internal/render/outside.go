package render

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Sources fetches what lies outside the repository, all of it at once. Equal
// refs have equal answers within one review.
type Sources interface {
	Fetch(ctx context.Context, scope string, refs []model.SourceRef) []model.Artifact
}

// outside is what a review has from outside the repository: each thing once.
type outside struct {
	sources   Sources // nil fetches nothing
	scope     string
	untrusted bool     // head may have only what base names, or what is allowed
	allowed   []string // hosts, or the beginnings of URLs

	got     map[model.SourceRef]model.Artifact
	vouched map[model.SourceRef]bool // sources that base names, without their versions
}

func newOutside(req Request) *outside {
	return &outside{sources: req.Sources, scope: req.Scope, untrusted: req.Untrusted, allowed: req.Allowed,
		got: map[model.SourceRef]model.Artifact{}, vouched: map[model.SourceRef]bool{}}
}

// fetch asks for one thing from outside, once a review.
func (o *outside) fetch(ctx context.Context, side int, ref model.SourceRef) model.Artifact {
	o.fetchAll(ctx, side, []model.SourceRef{ref})
	return o.have(side, ref)
}

// have gives what was fetched.
func (o *outside) have(side int, ref model.SourceRef) model.Artifact {
	if refused := o.refused(ref); refused != nil && side == 1 {
		return model.Artifact{Problem: refused}
	}
	return o.got[ref]
}

// chartRef is what a chart is fetched by.
func chartRef(c *task.Packaged) model.SourceRef {
	return model.SourceRef{Kind: model.ChartSource, URL: c.Repository, Chart: c.Name, Version: c.Version}
}

// supply puts a chart that was fetched into a build that names it.
func (o *outside) supply(side int, w *work, c *task.Packaged) {
	c.Tree, c.Problem = o.place(side, w, chartRef(c), []string{model.ChartFile})
	w.sum = task.SumOf(w.task)
}

// place adds a tree that was fetched to those of a build, and gives its number.
func (o *outside) place(side int, w *work, ref model.SourceRef, ahead []string) (int, *model.Problem) {
	got := o.have(side, ref)
	switch {
	case got.Problem != nil:
		return 0, got.Problem
	case len(w.trees) == sandbox.MaxTrees:
		return 0, tooMany("it needs more than %d sources from elsewhere", sandbox.MaxTrees-1)
	}
	w.trees, w.ahead = append(w.trees, got.Tree), append(w.ahead, ahead)
	return len(w.trees) - 1, nil
}

// complete fetches the charts that builds want, all at once, and puts them into these:
// they are to be built again. It is false where nothing is fetched.
func (o *outside) complete(ctx context.Context, side int, works []*work, wants [][]task.Packaged) bool {
	if o.sources == nil {
		return false
	}
	var refs []model.SourceRef
	for i, w := range works {
		w.task.Charts = slices.Clone(wants[i][:min(len(wants[i]), sandbox.MaxTrees)]) // it has no room for more
		for j := range w.task.Charts {
			refs = append(refs, chartRef(&w.task.Charts[j]))
		}
	}
	o.fetchAll(ctx, side, refs)
	for _, w := range works {
		for j := range w.task.Charts {
			o.supply(side, w, &w.task.Charts[j])
		}
	}
	return len(works) > 0
}

// fetchAll asks for what was not asked for yet, all at once. It runs between
// builds, never beside one. What base asks for, base names.
func (o *outside) fetchAll(ctx context.Context, side int, refs []model.SourceRef) {
	var open []model.SourceRef
	for _, ref := range refs {
		if side == 0 {
			o.vouched[sourceOf(ref)] = true
		}
		if _, ok := o.got[ref]; !ok && !slices.Contains(open, ref) && (side == 0 || o.refused(ref) == nil) {
			open = append(open, ref)
		}
	}
	if len(open) == 0 {
		return
	}
	if o.sources == nil {
		for _, ref := range open {
			o.got[ref] = model.Artifact{Problem: &model.Problem{Class: model.SourceUnreachable,
				Message: fmt.Sprintf("%s lies outside the repository, and nothing is fetched", sourceName(ref))}}
		}
		return
	}
	asked := slices.Clone(open)
	for i := range asked {
		asked[i].Vouched = o.vouched[sourceOf(asked[i])]
	}
	for i, got := range o.sources.Fetch(ctx, o.scope, asked) {
		o.got[open[i]] = got
	}
}

// sourceOf is a source without its version: what a base names.
func sourceOf(ref model.SourceRef) model.SourceRef {
	return model.SourceRef{Kind: ref.Kind, URL: ref.URL, Chart: ref.Chart}
}

// refused says why a head that is not trusted may not have a source: its base
// does not name it, and nobody allowed it.
func (o *outside) refused(ref model.SourceRef) *model.Problem {
	if !o.untrusted || o.vouched[sourceOf(ref)] {
		return nil
	}
	where := withoutScheme(ref.URL)
	for _, allowed := range o.allowed {
		allowed = strings.TrimSuffix(withoutScheme(allowed), "/")
		if rest, ok := strings.CutPrefix(where, allowed); ok && (rest == "" || rest[0] == '/') {
			return nil
		}
	}
	return &model.Problem{Class: model.SourceRefused, Message: fmt.Sprintf(
		"%s is named by this fork and not by the base: it is fetched once someone with maintain or admin comments `/audit allow %s`", sourceName(ref), where)}
}

func withoutScheme(raw string) string {
	if _, rest, ok := strings.Cut(raw, "://"); ok {
		raw = rest
	}
	return strings.ToLower(raw)
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
