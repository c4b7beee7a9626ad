package checks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var argocdProjectDenies = &review.Check{
	ID: "argocd-project-denies", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Policies},
	Doc: review.Doc{
		Title:  "project does not permit the application",
		What:   "Compares Argo CD Applications with the AppProject that they name, if it is in this repository: the repositories of their sources with `sourceRepos`, and their destination with `destinations`. A destination by name is not compared with one by address. A pattern is read generously, so what is reported is not permitted in any reading.",
		Why:    "Argo CD refuses to sync the Application (`InvalidSpecError`): the cluster stays as it is and gets no updates.",
		Fix:    "Add the repository or the destination to the project, or correct the Application.",
		Verify: "argocd app get NAME; kubectl get appproject -n argocd NAME -o yaml",
		Waive:  "Another AppProject of that name is in the cluster; say where it is made.",
		Effort: "small",
		Bad:    "kind: AppProject\nspec: {destinations: [{server: \"*\", namespace: shop-*}]}   # the Application deploys to web",
		Good:   "kind: AppProject\nspec: {destinations: [{server: \"*\", namespace: web}]}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, app := range c.Kind(kube.Application) {
			name := review.Text(app.Fields(), "spec", "project")
			if name == "" {
				name = "default"
			}
			for _, project := range c.Named(kube.AppProject, app.ID.Namespace, name) {
				for _, denied := range deniedBy(project, app) {
					p.Report(review.Hit{Object: app, Field: denied.field, Key: denied.field, Related: []*model.Object{project},
						Message: fmt.Sprintf("%s %s, which %s does not permit: it is not synced.", app.ID, denied.what, project.ID)})
				}
			}
		}
	}),
}

// denial is what of an Application its project does not permit.
type denial struct{ field, what string }

func deniedBy(project, app *model.Object) (out []denial) {
	spec := review.Map(app.Fields(), "spec")
	sources := map[string]map[string]any{"/spec/source": review.Map(spec, "source")}
	for i, s := range review.Items(spec, "sources") {
		sources[fmt.Sprintf("/spec/sources/%d", i)] = s
	}
	allowed := review.Lookup(project.Fields(), "spec", "sourceRepos")
	repos := kube.Texts(allowed)
	for field, source := range sources {
		if url := review.Text(source, "repoURL"); url != "" && !kube.Open(url) && !review.Unsettled(allowed) && !permits(repos, url, bareURL) {
			out = append(out, denial{field + "/repoURL", fmt.Sprintf("takes its source from `%s`", url)})
		}
	}
	destination := review.Map(spec, "destination")
	if !kube.OpenItems(project.Fields(), nil, "spec", "destinations") && !slices.ContainsFunc(review.Items(project.Fields(), "spec", "destinations"), func(d map[string]any) bool { return mayBe(d, destination) }) {
		out = append(out, denial{"/spec/destination", fmt.Sprintf("deploys to the namespace `%s` of `%s`", review.Text(destination, "namespace"), clusterOf(destination))})
	}
	slices.SortFunc(out, func(a, b denial) int { return strings.Compare(a.field, b.field) })
	return out
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
