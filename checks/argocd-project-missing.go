package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var argocdProjectMissing = &review.Check{
	ID: "argocd-project-missing", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Policies},
	Doc: review.Doc{
		Title:  "project of the application does not exist",
		What:   "Looks for Argo CD Applications, also those that an ApplicationSet makes, whose AppProject goes with the change, or whose `project` is a name that the change gives them and no AppProject has. The latter is said only where the repository has AppProjects, and those of all Applications of base among them; the project `default` always exists.",
		Why:    "Argo CD refuses to sync such an Application (`InvalidSpecError`: application references project which does not exist): the cluster stays as it is and gets no updates.",
		Fix:    "Put the project back or correct the name; to remove a project, move its Applications to another one first.",
		Verify: "kubectl get appprojects -n argocd; kubectl get applications -A -o custom-columns=NAME:.metadata.name,PROJECT:.spec.project",
		Waive:  "The project is made elsewhere; say where.",
		Effort: "small",
		Bad:    "spec: {project: shopp}   # the AppProject is called shop",
		Good:   "spec: {project: shop}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		if p.Side == model.Base || c.Before == nil {
			return // what lacked its project before is no news
		}
		var names []string
		lacking := map[string][]review.Application{} // by the project
		for _, app := range p.Applications(c) {
			name := kube.ProjectOf(app.Object)
			if name == "default" || kube.Open(name) || model.Redacted(name) || len(projectsOf(c, name)) > 0 {
				continue
			}
			if len(lacking[name]) == 0 {
				names = append(names, name)
			}
			lacking[name] = append(lacking[name], app)
		}
		for _, name := range names {
			if was := projectsOf(c.Before, name); len(was) > 0 {
				reportGone(p, c, was[0], lacking[name])
				continue
			}
			named := slices.DeleteFunc(lacking[name], func(app review.Application) bool {
				before := p.ApplicationBefore(app)
				return before != nil && kube.ProjectOf(before) == name
			})
			if len(named) > 0 && projectsAreHere(p, name) {
				reportUnknown(p, c, name, named)
			}
		}
	}).OfChanges(),
}

// projectsOf are the projects of a name. An Application's namespace need not be theirs.
func projectsOf(c *review.Cluster, name string) []*model.Object {
	return slices.DeleteFunc(slices.Clone(c.Kind(kube.AppProject)), func(o *model.Object) bool { return o.ID.Name != name })
}

// projectsAreHere reports whether the repository has the projects of its Applications:
// some, those of all Applications of base, and none of a name.
func projectsAreHere(p *review.Pass, but string) bool {
	some, base, used := false, map[string]bool{}, []*model.Object{}
	for _, c := range p.Clusters {
		some = some || len(c.Kind(kube.AppProject)) > 0
		if len(projectsOf(c, but)) > 0 {
			return false
		}
		if c.Before == nil {
			continue
		}
		used = append(used, c.Before.Kind(kube.Application)...)
		for _, o := range c.Before.Kind(kube.AppProject) {
			base[o.ID.Name] = true
		}
	}
	for _, t := range p.BaseTargets {
		if t.Application != nil {
			used = append(used, t.Application)
		}
	}
	return some && !base[but] && !slices.ContainsFunc(used, func(app *model.Object) bool {
		name := kube.ProjectOf(app)
		return name != "default" && !base[name]
	})
}

// reportGone tells of a project that goes, unless it goes to another cluster.
func reportGone(p *review.Pass, c *review.Cluster, was *model.Object, apps []review.Application) {
	for _, other := range p.Clusters {
		if other != c && len(projectsOf(other, was.ID.Name)) > 0 && (other.Before == nil || len(projectsOf(other.Before, was.ID.Name)) == 0) {
			return
		}
	}
	hidden := slices.ContainsFunc(p.HeadTargets, func(t model.Rendered) bool { // a directory of this repository may hold it
		return t.Target.Cluster == c.Name && t.Target.Path != "." && (t.Status == model.StatusFailed || t.Status == model.StatusIncomplete) && !t.Known()
	})
	h := review.Hit{Object: was, Gone: true, Targets: c.Before.Targets(was), Related: objectsOf(apps), Verdict: review.NotSeenIf(hidden),
		Message: fmt.Sprintf("%s goes, and %s: Argo CD syncs none of a project that does not exist.", was.ID, nameIt(apps))}
	if hidden {
		h.Message = fmt.Sprintf("%s is rendered no more, and %s: without it Argo CD syncs none of them.", was.ID, nameIt(apps))
		h.Searched = []string{"what is visible of " + text.InCluster(c)}
	}
	p.Report(h)
}

func reportUnknown(p *review.Pass, c *review.Cluster, name string, apps []review.Application) {
	h := apps[0].Hit("/spec/project", review.Hit{Key: "project " + name, Verdict: review.NotSeenIf(!c.Complete), Related: objectsOf(apps),
		Message: fmt.Sprintf("No AppProject is called `%s`, and %s: Argo CD syncs none of a project that does not exist.", name, nameIt(apps))})
	if h.Verdict == review.NotSeen {
		h.Searched = []string{"what is visible of " + text.InCluster(c)}
	}
	if apps[0].Set != nil {
		h.Targets = nil
		for _, app := range apps {
			if app.Set == apps[0].Set {
				h.Targets = append(h.Targets, app.Target.Target.ID)
			}
		}
	}
	p.Report(h)
}

// nameIt says which Applications name a project.
func nameIt(apps []review.Application) string {
	names := text.Names(objectsOf(apps))
	if len(names) == 1 {
		return names[0] + " names it"
	}
	return text.Some(names) + " name it"
}

func objectsOf(apps []review.Application) []*model.Object {
	out := make([]*model.Object, len(apps))
	for i, app := range apps {
		out[i] = app.Object
	}
	return out
}
