package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesUnread = &review.Check{
	ID: "helm-values-unread", Area: review.FluxArea, Severity: review.Low, Tags: []review.Tag{review.HelmValues, review.Upgrades},
	Doc: review.Doc{
		Title:  "value that the chart does not read",
		What:   "Looks at the values that HelmReleases and Argo CD Applications give to charts that are rendered here, and at what a chart of the repository gives to its dependencies. Reports keys that are not in the chart's own values and that no template of the chart or its dependencies reads. It is medium if a key that the chart reads is spelled almost the same, or has the same name at another place. Nothing is reported below a value that a template takes as a whole (`toYaml`, `range`, `with`, a variable), of charts that do so with all their values, of what is copied by an anchor, and of a file or ConfigMap that another release reads the same key from.",
		Why:    "Helm says nothing of a key that no template reads: the setting is without effect, and the chart's default stays. The cause is a misspelled key, a key at another level, or a chart version that renamed or dropped it.",
		Fix:    "Write the key as the chart's values.yaml has it, or remove it.",
		Verify: "helm show values REPO/CHART --version VERSION | grep KEY; helm template the release with and without it: the output is the same.",
		Waive:  "The key is kept for another version of the chart.",
		Effort: "small",
		Bad:    "values:\n  replicaCuont: 3",
		Good:   "values:\n  replicaCount: 3",
	},
	Run: review.Files(func(p *review.Pass) {
		targets := p.HeadTargets
		if p.Side == model.Base {
			targets = p.BaseTargets
		}
		p.Looked(0)
		for _, t := range targets {
			if t.ChartName != "" {
				p.Looked(1)
			}
			if len(t.Unread) == 0 {
				continue
			}
			o := p.Asker(t)
			for _, u := range t.Unread {
				if u.File != "" && readElsewhere(targets, t, u) {
					continue
				}
				h := review.Hit{Key: "unread " + strings.Join(u.Path, "."), Message: unreadWords(u)}
				if u.Like != "" {
					h.Severity = review.Medium
				}
				if u.File != "" {
					h.File, h.Line, h.Targets = u.File, u.Line, []string{t.Target.ID}
				} else if h.Object, h.Field = giver(p, t, o, u); h.Object == nil {
					continue
				}
				if h.Object != nil && h.Object != o {
					h.About = o
				}
				p.Report(h)
			}
		}
	}),
}

func unreadWords(u model.Unread) string {
	path := strings.Join(u.Path, ".")
	message := fmt.Sprintf("No template of the chart `%s` reads `%s`: it changes nothing.", u.Chart, path)
	if u.Like != "" {
		message += fmt.Sprintf(" Is `%s` meant?", u.Like)
	}
	return message
}

// readElsewhere reports whether another target takes the same values file and may read
// the key.
func readElsewhere(targets []model.Rendered, t model.Rendered, u model.Unread) bool {
	return slices.ContainsFunc(targets, func(other model.Rendered) bool {
		if other.Target.ID == t.Target.ID || other.Lineage == nil || !slices.Contains(other.Lineage.Values, u.File) {
			return false
		}
		return !slices.ContainsFunc(other.Unread, func(v model.Unread) bool { return v.File == u.File && slices.Equal(v.Path, u.Path) })
	})
}

// giver finds the object and the field that give a value; none where others get it too.
func giver(p *review.Pass, t model.Rendered, o *model.Object, u model.Unread) (*model.Object, string) {
	if o == nil {
		return nil, ""
	}
	pointer := review.Pointer(u.Path...)
	if t.Target.Kind == model.ArgoCD {
		return o, givenByArgo(o, u)
	}
	if review.Lookup(o.Fields(), append([]string{"spec", "values"}, u.Path...)...) != nil {
		return o, "/spec/values" + pointer
	}
	for _, c := range p.Homes(o) {
		for _, v := range slices.Backward(flux.ValueSources(o)) {
			for _, holder := range c.Own(o, c.Named(v.Kind, v.Namespace, v.Name)) {
				for _, section := range []string{"data", "stringData"} {
					at := review.Pointer(section, v.Key)
					values, _ := holder.Keys[at].YAML.(map[string]any)
					if review.Lookup(values, u.Path...) == nil || readers(c, holder) > 1 {
						continue
					}
					return holder, at + "/" + pointer
				}
			}
		}
	}
	return nil, ""
}

// readers counts the releases that take values from an object.
func readers(c *review.Cluster, holder *model.Object) int {
	n := 0
	for _, release := range c.Kind(flux.HelmRelease) {
		if slices.ContainsFunc(flux.ValueSources(release), func(v flux.ValueSource) bool {
			return slices.Contains(c.Own(release, c.Named(v.Kind, v.Namespace, v.Name)), holder)
		}) {
			n++
		}
	}
	return n
}

// givenByArgo is the field of an Application, or of its template, that gives a value.
func givenByArgo(o *model.Object, u model.Unread) string {
	at, path := []string{"spec"}, strings.Join(u.Path, ".")
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
		if review.Lookup(source, append([]string{"helm", "valuesObject"}, u.Path...)...) != nil {
			return pointer + "/helm/valuesObject" + review.Pointer(u.Path...)
		}
		for i, parameter := range review.Items(source, "helm", "parameters") {
			if name := review.Text(parameter, "name"); name == path || strings.HasPrefix(name, path+".") || strings.HasPrefix(name, path+"[") {
				return fmt.Sprintf("%s/helm/parameters/%d/name", pointer, i)
			}
		}
		if strings.Contains(review.Text(source, "helm", "values"), u.Path[len(u.Path)-1]+":") {
			return pointer + "/helm/values"
		}
	}
	return review.Pointer(at...)
}
