// Package reference is what objects name each other by, and what can be said of
// a name that leads nowhere: for certain, or only as far as the repository
// shows.
package reference

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// To is one object's mention of another.
type To struct {
	Kind, Namespace, Name string // kind as in GroupKind
	Field                 string // where it is named
	Holder                string // what in the object names it, for the message: "container `app`"
	instead               string // the name that stood here before and led to something rendered; "" for none
}

// String is the kind, without its group, and the name.
func (r To) String() string {
	kind, _, _ := strings.Cut(r.Kind, ".")
	if r.Namespace == "" {
		return kind + " " + r.Name
	}
	return kind + " " + r.Namespace + "/" + r.Name
}

// Dangling reports references that lead nowhere. That something is absent is
// certain only where the change made it so: it was there before, or the
// reference led to something else that was. Else it may come from what is not
// seen: an operator, a chart, a hand.
type Dangling struct {
	Of    func(*model.Object) []To
	Made  func(*review.Cluster, To) bool // by something that is seen, though not rendered; may be nil
	Then  string                         // what happens
	Quiet bool                           // say nothing where absence is not certain, but in an audit
	Whole bool                           // say nothing of a namespace in which a chart was not seen, but in an audit
	// Seen reports, in an audit, that whatever could make the object was seen, so that
	// its absence is certain; nil where it never is.
	Seen func(*review.Pass, *review.Cluster, To) bool
}

// Run reports the references of a cluster's objects that lead nowhere.
func (d Dangling) Run(p *review.Pass, c *review.Cluster) {
	p.Looked(0)
	for _, o := range c.Objects {
		var told map[string]bool
		for _, r := range d.Of(o) {
			p.Looked(1)
			presence := c.Refer(o, r.Kind, r.Namespace, r.Name)
			if r.Name == "" || strings.ContainsAny(r.Name, "${}") || presence == review.Present {
				continue
			}
			was, resolved := d.resolvedBefore(p, c, o, r)
			r.instead = was.Name
			if d.Made != nil && d.Made(c, r) {
				continue
			}
			writer := Writer(c.Before, r)
			h := review.Hit{Object: o, Field: r.Field, Searched: []string{r.String() + " in all rendered targets"}}
			switch {
			case presence == review.Lost && !p.Audit && chartMay(c, r, func(release *model.Object) bool { return p.Before(release) == nil }):
				h.Verdict = review.NotSeen
				h.Message = fmt.Sprintf("%s names %s, which this change removes, and adds a release that may make it. If it does not: %s", Subject(o, r), r, text.LowerFirst(d.Then))
			case presence == review.Lost:
				h.Message = fmt.Sprintf("%s names %s, which this change removes. %s", Subject(o, r), r, d.Then)
			case writer != nil:
				h.Key, h.Verdict, h.Related = r.Field+" writer", review.NotSeenIf(!c.CompleteIn(r.Namespace)), []*model.Object{writer}
				h.Message = fmt.Sprintf("%s names %s, which %s wrote; nothing writes it any more. %s", Subject(o, r), r, writer.ID, d.Then)
			case resolved:
				h.Message = fmt.Sprintf("%s names %s, which is nowhere in this repository; it named %s before. %s", Subject(o, r), r, was, d.Then)
			case !p.Audit && (d.Quiet || d.Whole && !c.CompleteIn(r.Namespace)):
				continue
			case handedOver(c, r) || c.Name == "" && (appliedIn(p, r) || !p.Audit && Written(p, r)):
				continue
			case !p.Audit && (d.asBefore(p, c, o, r) || chartMay(c, r, anyRelease)):
				continue
			default:
				h.Verdict, h.Message = d.absent(p, c, o, r)
			}
			if h.Verdict == review.NotSeen && told[r.String()] {
				continue // three variables from one Secret are one question
			}
			if told == nil {
				told = map[string]bool{}
			}
			told[r.String()] = true
			p.Report(h)
		}
	}
}

// asBefore reports whether some object of the cluster named the same before, in vain as
// far as was seen: what makes it is not here, and that is no news.
func (d Dangling) asBefore(p *review.Pass, c *review.Cluster, o *model.Object, r To) bool {
	if c.Before == nil || p.Before(o) == o {
		return false
	}
	inVain := c.Before.Made("in vain: "+d.Then, func() any {
		out := map[string]bool{}
		for _, old := range c.Before.Objects {
			for _, b := range d.Of(old) {
				if c.Before.Refer(old, b.Kind, b.Namespace, b.Name) != review.Present {
					out[b.Kind+" "+b.String()] = true
				}
			}
		}
		return out
	}).(map[string]bool)
	return inVain[r.Kind+" "+r.String()]
}

// renderedReleases gives the namespaces and names of the releases whose charts were seen.
func renderedReleases(c *review.Cluster) map[string]bool {
	return c.Made("rendered releases", func() any {
		out := map[string]bool{}
		for _, o := range c.Objects {
			for _, t := range c.Targets(o) {
				if parts := strings.Split(t, "/"); strings.HasPrefix(t, "helm:") && len(parts) > 2 {
					out[parts[len(parts)-2]+"/"+parts[len(parts)-1]] = true
				}
			}
		}
		return out
	}).(map[string]bool)
}

func anyRelease(*model.Object) bool { return true }

// chartMay reports whether a release whose chart was not seen is called so that it
// probably makes the object: charts name what they make after the release or themselves.
func chartMay(c *review.Cluster, r To, counts func(release *model.Object) bool) bool {
	if r.Namespace == "" {
		return false
	}
	seen := renderedReleases(c)
	for _, o := range c.Kind("HelmRelease.helm.toolkit.fluxcd.io") {
		namespace := cmp.Or(review.Text(o.Fields(), "spec", "targetNamespace"), o.ID.Namespace)
		if namespace != r.Namespace || seen[o.ID.Namespace+"/"+o.ID.Name] || !counts(o) {
			continue
		}
		for _, name := range []string{o.ID.Name, review.Text(o.Fields(), "spec", "releaseName"), review.Text(o.Fields(), "spec", "chart", "spec", "chart"), review.Text(o.Fields(), "spec", "values", "fullnameOverride")} {
			if name != "" && (r.Name == name || strings.HasPrefix(r.Name, name+"-")) {
				return true
			}
		}
	}
	return false
}

// handedOver reports whether a manifest of the object stands in values: a chart that
// applies what it is given makes it.
func handedOver(c *review.Cluster, r To) bool {
	written := c.Made("manifests in values", func() any {
		out := map[string]bool{}
		for _, o := range c.Objects {
			for _, key := range o.Keys {
				manifestsIn(key.YAML, out)
			}
			if o.ID.Kind == "HelmRelease" {
				manifestsIn(review.Map(o.Fields(), "spec", "values"), out)
			}
		}
		return out
	}).(map[string]bool)
	kind, _, _ := strings.Cut(r.Kind, ".")
	return written[kind+" "+r.Name]
}

// manifestsIn notes the kinds and names of manifests that stand somewhere in a value.
func manifestsIn(v any, out map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		kind, _ := v["kind"].(string)
		if name := review.Text(v, "metadata", "name"); kind != "" && name != "" {
			out[kind+" "+name] = true
		}
		for _, child := range v {
			manifestsIn(child, out)
		}
	case []any:
		for _, child := range v {
			manifestsIn(child, out)
		}
	}
}

// appliedIn reports whether a named cluster applies the very object: what no cluster
// applies, and names it, is meant for there.
func appliedIn(p *review.Pass, r To) bool {
	for _, t := range p.HeadTargets {
		for _, o := range t.Objects {
			if t.Target.Cluster != "" && o.ID.Name == r.Name && o.ID.GroupKind() == r.Kind && o.ID.Namespace == r.Namespace {
				return true
			}
		}
	}
	return false
}

// notHere: a file that nothing applies may hold it.
const notHere = "is not rendered here"

// absent says what is known of a reference that leads nowhere, where the change did not
// make it so.
func (d Dangling) absent(p *review.Pass, c *review.Cluster, o *model.Object, r To) (review.Verdict, string) {
	where, then := notHere, "If nothing else makes it: "
	if other, target := elsewhere(p, r); p.Audit && other != nil {
		where, then = fmt.Sprintf("nothing that is applied with it renders; `%s` renders %s", target, other.ID), "If nothing else brings it there: "
	} else if alike := beside(c, r); p.Audit && alike != "" {
		where += "; " + alike
	}
	if p.Audit && d.Seen != nil && d.Seen(p, c, r) {
		where = strings.Replace(where, notHere, fmt.Sprintf("nothing in %s renders", text.InCluster(c)), 1)
		return review.Found, fmt.Sprintf("%s names %s, which %s. %s", Subject(o, r), r, where, d.Then)
	}
	return review.NotSeen, fmt.Sprintf("%s names %s, which %s. %s%s", Subject(o, r), r, where, then, text.LowerFirst(d.Then))
}

// besideShown is how many objects of the kind are named where the one that is wanted is
// not there.
const besideShown = 3

// beside names what there is of a reference's kind, where it points: the name that was
// meant is often among them. Secrets and ConfigMaps are too many to help.
func beside(c *review.Cluster, r To) string {
	if Builtin(r.Kind[strings.IndexByte(r.Kind, '.')+1:]) {
		return ""
	}
	var names []string
	for _, o := range c.KindIn(r.Kind, r.Namespace) {
		there := To{Kind: r.Kind, Name: o.ID.Name}
		if r.Namespace != "" {
			there.Namespace = o.ID.Namespace
		}
		names = append(names, there.String())
	}
	if len(names) == 0 || len(names) > besideShown {
		return ""
	}
	verb := "there is "
	if len(names) > 1 {
		verb = "there are "
	}
	return verb + text.And(names)
}

// elsewhere finds an object of a reference's kind and name in any target, whatever its
// namespace.
func elsewhere(p *review.Pass, r To) (*model.Object, string) {
	for _, t := range p.HeadTargets {
		for _, o := range t.Objects {
			if o.ID.Name == r.Name && o.ID.GroupKind() == r.Kind {
				return o, t.Target.ID
			}
		}
	}
	return nil, ""
}

// resolvedBefore gives what the same field led to before the change; ok is false
// where it led nowhere or is new.
func (d Dangling) resolvedBefore(p *review.Pass, c *review.Cluster, o *model.Object, r To) (was To, ok bool) {
	old := p.Before(o)
	if old == nil || old == o || c.Before == nil {
		return To{}, false
	}
	for _, b := range d.Of(old) {
		if b.Kind == r.Kind && b.Namespace == r.Namespace && b.Name == r.Name {
			return To{}, false // it stood elsewhere in the list, and led as far as now
		}
	}
	for _, b := range d.Of(old) {
		if b.Field == r.Field && b.Name != r.Name && (c.Before.Refer(old, b.Kind, b.Namespace, b.Name) == review.Present || Writer(c.Before, b) != nil) {
			return b, true
		}
	}
	return To{}, false
}

// Subject is who names something, in a sentence: an object, and what in it
// does.
func Subject(o *model.Object, r To) string {
	if r.Holder == "" {
		return o.ID.String()
	}
	return o.ID.String() + ", " + r.Holder + ","
}

// Builtin reports whether a group is one of Kubernetes' own: its objects make no
// others behind the repository's back.
func Builtin(group string) bool {
	return group == "" || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io") && !strings.Contains(group, ".x-k8s.io")
}

// maxSearched bounds how many files are searched for a manifest.
const maxSearched = 3000

// Written reports whether some file holds a manifest of the kind and name, although
// no target renders it: who takes both in, such as a customer's repository, has it.
func Written(p *review.Pass, r To) bool {
	kind, _, _ := strings.Cut(r.Kind, ".")
	is := regexp.MustCompile(`(?m)^kind:\s*["']?` + regexp.QuoteMeta(kind) + `["']?\s*$`)
	named := regexp.MustCompile(`(?m)^\s+name:\s*["']?` + regexp.QuoteMeta(r.Name) + `["']?\s*$|\bname:\s*["']?` + regexp.QuoteMeta(r.Name) + `["']?\s*[,}]`)
	for i, file := range p.Paths() {
		if i > maxSearched {
			break
		}
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" {
			continue
		}
		content := p.Read(file)
		if !bytes.Contains(content, []byte(kind)) || !bytes.Contains(content, []byte(r.Name)) {
			continue
		}
		for _, document := range documents.Split(string(content), -1) {
			if is.MatchString(document) && named.MatchString(metadata.FindString(document)) {
				return true
			}
		}
	}
	return false
}

// documents lie between the documents of a file, and metadata is one's block of that
// name. Checks parse no YAML of the repository: the sandbox does.
var (
	documents = pattern.New(`(?m)^---.*$`)
	metadata  = pattern.New(`(?m)^metadata:.*(\n[ \t].*|\n)*`)
)
