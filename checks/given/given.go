// Package given finds where a value that is given to a chart stands.
package given

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// At places a hit about a value of a target's: in its file, or in the object that gives
// it. It is false where none is found.
func At(p *review.Pass, t model.Rendered, v model.ValueNote, h *review.Hit) bool {
	if v.File != "" {
		h.File, h.Line, h.Targets = v.File, v.Line, []string{t.Target.ID}
		return true
	}
	asker := p.Asker(t)
	if h.Object, h.Field = giver(p, t, asker, v); h.Object == nil {
		return false
	}
	if h.Object != asker {
		h.About = asker
	}
	return true
}

// giver finds the object and the field that give a value.
func giver(p *review.Pass, t model.Rendered, o *model.Object, v model.ValueNote) (*model.Object, string) {
	if o == nil {
		return nil, ""
	}
	pointer := review.Pointer(v.Path...)
	if t.Target.Kind == model.ArgoCD {
		return o, byArgo(o, v)
	}
	if review.Lookup(o.Fields(), append([]string{"spec", "values"}, v.Path...)...) != nil {
		return o, "/spec/values" + pointer
	}
	for _, c := range p.Homes(o) {
		for _, from := range slices.Backward(flux.ValueSources(o)) {
			for _, holder := range c.Own(o, c.Named(from.Kind, from.Namespace, from.Name)) {
				for _, section := range []string{"data", "stringData"} {
					at := review.Pointer(section, from.Key)
					values, _ := holder.Keys[at].YAML.(map[string]any)
					if review.Lookup(values, v.Path...) == nil {
						continue
					}
					return holder, at + "/" + pointer
				}
			}
		}
	}
	return nil, ""
}

// Shared reports whether more than one release takes values from an object.
func Shared(p *review.Pass, holder *model.Object) bool {
	for _, c := range p.Homes(holder) {
		n := 0
		for _, release := range c.Kind(flux.HelmRelease) {
			if slices.ContainsFunc(flux.ValueSources(release), func(v flux.ValueSource) bool {
				return slices.Contains(c.Own(release, c.Named(v.Kind, v.Namespace, v.Name)), holder)
			}) {
				n++
			}
		}
		if n > 1 {
			return true
		}
	}
	return false
}

// byArgo is the field of an Application, or of its template, that gives a value.
func byArgo(o *model.Object, v model.ValueNote) string {
	at, path := []string{"spec"}, strings.Join(v.Path, ".")
	if o.ID.Kind == "ApplicationSet" {
		at = []string{"spec", "template", "spec"}
	}
	spec := review.Map(o.Fields(), at...)
	sources, many := review.Items(spec, "sources"), true
	if len(sources) == 0 {
		sources, many = []map[string]any{review.Map(spec, "source")}, false
	}
	for i, source := range sources {
		pointer := review.Pointer(at...) + "/source"
		if many {
			pointer += fmt.Sprintf("s/%d", i)
		}
		if review.Lookup(source, append([]string{"helm", "valuesObject"}, v.Path...)...) != nil {
			return pointer + "/helm/valuesObject" + review.Pointer(v.Path...)
		}
		for i, parameter := range review.Items(source, "helm", "parameters") {
			if name := review.Text(parameter, "name"); name == path || strings.HasPrefix(name, path+".") || strings.HasPrefix(name, path+"[") {
				return fmt.Sprintf("%s/helm/parameters/%d/name", pointer, i)
			}
		}
		if strings.Contains(review.Text(source, "helm", "values"), v.Path[len(v.Path)-1]+":") {
			return pointer + "/helm/values"
		}
	}
	return review.Pointer(at...)
}
