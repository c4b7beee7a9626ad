package checks

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/policy"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var argocdProjectDenies = &review.Check{
	ID: "argocd-project-denies", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Policies},
	Doc: review.Doc{
		Title:  "project does not permit the application",
		What:   "Compares Argo CD Applications, also those that an ApplicationSet makes, with the AppProject that they name, if it is in this repository: the repositories of their sources with `sourceRepos`, their destination with `destinations`, and the kinds of what they apply, as far as it is rendered, with the lists of kinds that are permitted and denied. A destination by name is not compared with one by address. A pattern is read generously, so what is reported is not permitted in any reading. Of a project with labels it is not said that its list of permitted kinds lacks one, and where a rendered argocd-cm names global projects, nothing is reported: these add to the projects that they select by labels.",
		Why:    "Argo CD refuses to sync the Application (`InvalidSpecError`, or a failed sync where a kind is not permitted): the cluster stays as it is and gets no updates.",
		Fix:    "Add the repository, the destination or the kind to the project, or correct the Application.",
		Verify: "argocd app get NAME; kubectl get appproject -n argocd NAME -o yaml",
		Waive:  "Another AppProject of that name is in the cluster; say where it is made.",
		Effort: "small",
		Bad:    "kind: AppProject\nspec: {destinations: [{server: \"*\", namespace: shop-*}]}   # the Application deploys to web",
		Good:   "kind: AppProject\nspec: {destinations: [{server: \"*\", namespace: web}]}",
	},
	ByTargets: true,
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		if slices.ContainsFunc(c.Kind("ConfigMap"), func(o *model.Object) bool {
			return o.ID.Name == "argocd-cm" && review.Lookup(o.Fields(), "data", "globalProjects") != nil
		}) {
			return
		}
		var all denialsByCause
		for _, app := range p.Applications(c) {
			holder := cmp.Or(app.Set, app.Object)
			projects := c.Near(holder, c.Named(kube.AppProject, app.Object.ID.Namespace, kube.ProjectOf(app.Object)))
			if len(projects) == 0 {
				continue
			}
			for _, d := range deniedBy(projects, app) {
				all.add(p, app, projects[0], d)
			}
		}
		all.report(p)
	}),
}

// denial is what of an Application its project does not permit.
type denial struct {
	key   string        // what of the Application it is, whichever field of it decides
	field string        // that decides
	list  string        // of the project, that does not permit it
	what  string        // the Application does
	of    *model.Object // that it applies, and may not; nil where it is about itself
}

// deniedBy gives what none of some projects of one name permits.
func deniedBy(projects []*model.Object, app review.Application) []denial {
	out := deniedByOne(projects[0], app)
	for _, other := range projects[1:] {
		others := deniedByOne(other, app)
		out = slices.DeleteFunc(out, func(d denial) bool { return !slices.ContainsFunc(others, d.same) })
	}
	return out
}

func (d denial) same(o denial) bool { return o.key == d.key && o.of == d.of }

func deniedByOne(project *model.Object, app review.Application) (out []denial) {
	spec := review.Map(app.Object.Fields(), "spec")
	sources := map[string]map[string]any{"/spec/source": review.Map(spec, "source")}
	for i, s := range review.Items(spec, "sources") {
		sources[fmt.Sprintf("/spec/sources/%d", i)] = s
	}
	allowed := review.Lookup(project.Fields(), "spec", "sourceRepos")
	repos := kube.Texts(allowed)
	for field, source := range sources {
		if url := review.Text(source, "repoURL"); url != "" && !kube.Open(url) && !review.Unsettled(allowed) && !permits(repos, url, bareURL) {
			out = append(out, denial{key: field + "/repoURL", field: field + "/repoURL", list: "sourceRepos", what: fmt.Sprintf("takes its source from `%s`", url)})
		}
	}
	if destination, open := review.Map(spec, "destination"), kube.OpenItems(project.Fields(), nil, "spec", "destinations"); !open {
		entries := review.Items(project.Fields(), "spec", "destinations")
		if !slices.ContainsFunc(entries, func(d map[string]any) bool { return mayBe(d, destination) }) {
			out = append(out, denial{key: "/spec/destination", field: "/spec/destination" + deciding(entries, destination), list: "destinations",
				what: fmt.Sprintf("deploys to the namespace `%s` of `%s`", review.Text(destination, "namespace"), clusterOf(destination))})
		}
	}
	if app.Target != nil && app.Target.Known() {
		for _, o := range app.Target.Objects {
			if list := deniedKind(project, o); list != "" {
				out = append(out, denial{key: o.ID.GroupKind(), list: list, what: "applies " + o.ID.String(), of: o})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b denial) int { return strings.Compare(a.key, b.key) })
	return out
}

// deciding is the field of a destination that no entry permits beside the others.
func deciding(entries []map[string]any, destination map[string]any) string {
	for _, field := range []string{"namespace", "name", "server"} {
		but := maps.Clone(destination)
		delete(but, field)
		if review.Text(destination, field) != "" && slices.ContainsFunc(entries, func(d map[string]any) bool { return mayBe(d, but) }) {
			return "/" + field
		}
	}
	return ""
}

// deniedKind is the list of a project by which an object is not permitted; "" where it is, or
// it is not known which list counts: that of what has a namespace, or of what has none.
func deniedKind(project, o *model.Object) string {
	namespaced, wide := deniedIn(project, o, "namespaceResource"), deniedIn(project, o, "clusterResource")
	switch known := !strings.Contains(o.ID.Group, ".") || strings.HasSuffix(o.ID.Group, ".k8s.io"); {
	case !known && (namespaced == "" || wide == ""):
		return ""
	case known && !policy.Namespaced(model.ObjectID{Group: o.ID.Group, Kind: o.ID.Kind}):
		return wide
	}
	return namespaced
}

// deniedIn is the one of a project's two lists, of kinds with or without a namespace, by
// which an object is not permitted. Without a list of those permitted, all kinds with a
// namespace are, and none without one (argo-cd v3, AppProject.IsGroupKindNamePermitted).
func deniedIn(project, o *model.Object, of string) string {
	lists := map[string]bool{} // by name: whether the object is in it
	for _, name := range []string{of + "Whitelist", of + "Blacklist"} {
		if kube.OpenItems(project.Fields(), []string{"group", "kind", "name"}, "spec", name) {
			return ""
		}
		lists[name] = slices.ContainsFunc(review.Items(project.Fields(), "spec", name), func(item map[string]any) bool {
			called := review.Text(item, "name")
			return globbed(review.Text(item, "kind"), o.ID.Kind) && globbed(review.Text(item, "group"), o.ID.Group) && (called == "" || globbed(called, o.ID.Name))
		})
	}
	if len(review.Map(project.Fields(), "metadata", "labels")) > 0 {
		lists[of+"Whitelist"] = true // a global project, which Argo CD's settings select by labels, may add to it
	}
	listed := of == "clusterResource" || review.Lookup(project.Fields(), "spec", of+"Whitelist") != nil
	switch {
	case lists[of+"Blacklist"]:
		return of + "Blacklist"
	case listed && !lists[of+"Whitelist"]:
		return of + "Whitelist"
	}
	return ""
}

// globbed is Argo CD's match of kinds, which is that of file names.
func globbed(pattern, text string) bool {
	ok, err := path.Match(pattern, text)
	return ok && err == nil
}

// denialsByCause are what projects do not permit, by what is to blame for it.
type denialsByCause struct {
	groups []*oneDenial
	by     map[string]*oneDenial
}

// oneDenial is what one project does not permit, for one cause.
type oneDenial struct {
	project *model.Object
	was     *model.Object // the project before, where it permitted this
	place   string        // of the Application, that names another project than before
	key     string
	denials []denial
	apps    []review.Application
}

// add notes a denial. What a project permitted before is its own doing; what a set's
// Applications had before is told apart from what is new.
func (r *denialsByCause) add(p *review.Pass, app review.Application, project *model.Object, d denial) {
	before, was := p.ApplicationBefore(app), p.Before(project)
	denied := func(o *model.Object) bool {
		return slices.ContainsFunc(deniedByOne(was, review.Application{Object: o, Target: app.Target}), d.same)
	}
	g := oneDenial{project: project, key: d.key}
	cause := fmt.Sprintf("%p %s", cmp.Or(app.Set, app.Object), d.key)
	switch {
	case before != nil && was != nil && was != project && !denied(app.Object):
		g.was, g.key = was, d.list
		cause = d.list + " narrowed"
	case before != nil && kube.ProjectOf(before) != project.ID.Name:
		g.place, g.key = "/spec/project", "/spec/project"
		cause = fmt.Sprintf("%p project", cmp.Or(app.Set, app.Object))
	case d.of != nil && p.Audit: // of what stands as it is, each object is not to be told
		g.key, cause = d.list, d.list
	case d.of != nil:
		cause = fmt.Sprintf("%p", d.of)
	case app.Set != nil && p.Side == model.Head && !p.Audit && (before == nil || was == nil || !denied(before)):
		g.key += " more"
		cause += " more"
	}
	cause += fmt.Sprintf(" %p", project)
	if r.by == nil {
		r.by = map[string]*oneDenial{}
	}
	if r.by[cause] == nil {
		r.by[cause] = &g
		r.groups = append(r.groups, &g)
	}
	known := r.by[cause]
	known.denials, known.apps = append(known.denials, d), append(known.apps, app)
}

func (r *denialsByCause) report(p *review.Pass) {
	for _, g := range r.groups {
		p.Report(g.hit())
	}
}

func (g *oneDenial) hit() review.Hit {
	app, d := g.apps[0], g.denials[0]
	h := review.Hit{Key: g.key, Verdict: review.Sure, Related: []*model.Object{g.project}}
	var does, targets []string
	for i, a := range g.apps {
		if sentence := a.Object.ID.String() + " " + g.denials[i].what; !slices.Contains(does, sentence) {
			does = append(does, sentence)
		}
		if a.Target != nil {
			targets = append(targets, a.Target.Target.ID)
		}
		if a.Set != nil || g.was != nil || d.of != nil {
			h.Related = append(h.Related, a.Object)
		}
	}
	then := "it is not synced"
	if slices.ContainsFunc(g.apps, func(a review.Application) bool { return a.Object != app.Object }) {
		then = "they are not synced"
	}
	by := ""
	if d.of != nil {
		by = fmt.Sprintf(" by its `%s`", d.list) // what the same list denies is one thing
	}
	h.Message = fmt.Sprintf("%s, which %s does not permit%s: %s.", text.Some(does), g.project.ID, by, then)
	switch {
	case g.was != nil:
		h.Message = fmt.Sprintf("%s no longer permits what these do: %s: %s.", g.project.ID, text.Some(does), then)
		if len(does) == 1 {
			h.Message = fmt.Sprintf("%s, which %s no longer permits: %s.", does[0], g.project.ID, then)
		}
		h.Object, h.Field, h.Related = g.project, altered(g.was, g.project, d.list), h.Related[1:]
		return h
	case g.key == d.list:
		h.Object, h.Field, h.Related = g.project, review.Pointer("spec", d.list), h.Related[1:]
		return h
	case g.key == d.key && d.of != nil:
		h.Object, h.About, h.Targets, h.Key = d.of, g.project, targets, "applies "+d.of.ID.String() // it stands in another cluster
		return h
	}
	h = app.Hit(cmp.Or(g.place, d.field), h)
	if app.Set != nil {
		h.Targets = targets
	}
	return h
}

// altered is the one entry of a project's list that is another than before, else the list.
func altered(was, is *model.Object, list string) string {
	before, _ := review.Lookup(was.Fields(), "spec", list).([]any)
	now, _ := review.Lookup(is.Fields(), "spec", list).([]any)
	at := review.Pointer("spec", list)
	one := -1
	for i := range now {
		switch same := i < len(before) && reflect.DeepEqual(before[i], now[i]); {
		case !same && one >= 0:
			return at
		case !same:
			one = i
		}
	}
	if one < 0 || len(now) < len(before) {
		return at
	}
	return at + fmt.Sprintf("/%d", one)
}

func clusterOf(destination map[string]any) string {
	if name := review.Text(destination, "name"); name != "" {
		return name
	}
	return review.Text(destination, "server")
}

// mayBe reports whether an entry of a project's destinations may permit a destination.
func mayBe(entry, destination map[string]any) bool {
	for _, field := range []string{"server", "name", "namespace"} {
		pattern, value := review.Text(entry, field), review.Text(destination, field)
		if pattern != "" && value != "" && !kube.Open(value) && !permits([]string{pattern}, value, strings.ToLower) {
			return false
		}
	}
	return true
}

// permits reports whether a list of patterns permits a value: one matches, and none that
// begins with ! does.
func permits(patterns []string, value string, plain func(string) string) bool {
	some := false
	for _, pattern := range patterns {
		if kube.Open(pattern) {
			return true
		}
		denied, deny := strings.CutPrefix(pattern, "!")
		switch matches := matchesGlob(plain(denied), plain(value)); {
		case deny && matches:
			return false
		case matches || deny && len(patterns) == 1:
			some = true
		}
	}
	return some
}

// matchesGlob is Argo CD's match, in which * stands for any text. Of ?, [ and { it takes
// any text as well.
func matchesGlob(pattern, value string) bool {
	if strings.ContainsAny(pattern, "?[]{}") {
		return true
	}
	parts := strings.Split(pattern, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(value)
}

// bareURL is a repository's URL without what Argo CD does not compare.
func bareURL(url string) string {
	url = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(strings.TrimSpace(url)), "/"), ".git")
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	if _, rest, ok := strings.Cut(url, "@"); ok {
		url = strings.Replace(rest, ":", "/", 1)
	}
	return url
}
