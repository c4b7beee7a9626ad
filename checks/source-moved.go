package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sourceMoved = &review.Check{
	ID: "source-moved", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Sources},
	Doc: review.Doc{
		Title:  "Flux takes this repository from elsewhere",
		What:   "Looks at the GitRepositories (and the `sync` of a FluxInstance) by which Flux reads this repository, and reports those that the change points to another repository, branch, tag or commit, or of which Flux is to fetch other directories. So it does for an OCIRepository that your file names as a mirror of this repository, and for a Kustomization or HelmRelease that takes these files from another source that gives something else. The same repository by another address is no finding. An ApplicationSet or Application of Argo CD that does so is not visible (`sight-lost`).",
		Why:    "From the merge on, Flux applies what is there, and deletes what is not. This review shows what the pull request's own commit renders to: of the other revision nothing is rendered, compared or checked.",
		Fix:    "Compare the two revisions before the merge: `git diff OLD NEW`. Whoever did that waives the finding with a date.",
		Verify: "flux diff kustomization flux-system --path CLUSTER-DIRECTORY, in a checkout of the other revision; kubectl get gitrepositories -A -o custom-columns=NAME:.metadata.name,URL:.spec.url,REF:.spec.ref",
		Waive:  "The two revisions were compared.",
		Effort: "medium",
		Bad:    "spec:\n  url: https://github.com/acme/fleet\n  ref: {branch: next}   # was main",
		Good:   "spec:\n  url: https://github.com/acme/fleet\n  ref: {branch: main}",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Modified {
			return
		}
		var at []string
		switch c.Object.GroupKind() {
		case flux.GitRepository, flux.OCIRepository:
			at = []string{"spec"}
		case "FluxInstance.fluxcd.controlplane.io":
			at = []string{"spec", "sync"}
		case flux.Kustomization:
			otherSource(p, c, "spec", "sourceRef")
			return
		case flux.HelmRelease:
			otherSource(p, c, "spec", "chart", "spec", "sourceRef")
			return
		default:
			return
		}
		field, was, is := moved(c.Object.Kind, review.Map(c.Base.Fields(), at...), review.Map(c.Head.Fields(), at...))
		users := readersOf(p, c)
		if field == "" || len(users) == 0 {
			return
		}
		p.Report(review.Hit{Object: c.Head, Field: review.Pointer(append(at, field)...), Key: "moved",
			Message: fmt.Sprintf("%s gives %s now, and gave %s before. What %s apply from then on was not rendered, compared or checked.", c.Object, is, was, text.Some(users))})
	}),
}

// otherSource reports an object that Flux applies this repository's files for, and that the
// change points to a source which gives something else of it.
func otherSource(p *review.Pass, c review.Change, at ...string) {
	before, after := review.Map(c.Base.Fields(), at...), review.Map(c.Head.Fields(), at...)
	if review.Text(before, "kind") != review.Text(after, "kind") || len(after) == 0 {
		return
	}
	rendered := slices.ContainsFunc(p.HeadTargets, func(t model.Rendered) bool { return fromHere(t) && p.Asker(t) == c.Head })
	cluster := p.Home(c.Head)
	if !rendered || cluster == nil || cluster.Before == nil {
		return
	}
	was, is := sourceOf(cluster.Before, c.Base, before), sourceOf(cluster, c.Head, after)
	if was == nil || is == nil {
		return // what is not there is told by others
	}
	if field, old, now := moved(is.ID.Kind, review.Map(was.Fields(), "spec"), review.Map(is.Fields(), "spec")); field != "" {
		p.Report(review.Hit{Object: c.Head, Field: review.Pointer(append(at, "name")...), Key: "moved", Related: []*model.Object{is},
			Message: fmt.Sprintf("%s takes its files from %s `%s` now, which gives %s; before it was %s. What it applies from then on was not rendered, compared or checked.", c.Object, is.ID.Kind, is.ID.Name, now, old)})
	}
}

// sourceOf gives the source that an object refers to; nil where it is not rendered, or more
// than one could be meant.
func sourceOf(c *review.Cluster, o *model.Object, ref map[string]any) *model.Object {
	kind := cmp.Or(review.Text(ref, "kind"), "GitRepository") + "." + flux.SourceGroup
	found := c.Named(kind, cmp.Or(review.Text(ref, "namespace"), o.ID.Namespace), review.Text(ref, "name"))
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// moved says what a source gives otherwise than before, and the field that says so.
func moved(kind string, base, head map[string]any) (field, was, is string) {
	if kind == "OCIRepository" {
		return movedArtifact(base, head)
	}
	if a, b := model.RepositoryName(review.Text(base, "url")), model.RepositoryName(review.Text(head, "url")); a != b {
		return "url", "`" + a + "`", "`" + b + "`"
	}
	if a, b := revisionOf(base), revisionOf(head); a != b {
		return "ref", a, b
	}
	before, after := directoriesOf(base), directoriesOf(head)
	lost := len(before) == 0 || slices.ContainsFunc(before, func(dir string) bool { return !slices.Contains(after, dir) })
	if len(after) > 0 && lost && !slices.Equal(before, after) {
		return "sparseCheckout", directories(before), directories(after)
	}
	return "", "", ""
}

// movedArtifact says it of a source of OCI artifacts.
func movedArtifact(base, head map[string]any) (field, was, is string) {
	if a, b := review.Text(base, "url"), review.Text(head, "url"); a != b {
		return "url", "`" + a + "`", "`" + b + "`"
	}
	if a, b := artifactOf(base), artifactOf(head); a != b {
		return "ref", a, b
	}
	if a, b := layerOf(base), layerOf(head); a != b {
		return "layerSelector", a, b
	}
	return "", "", ""
}

// artifactOf is what the `ref` of an OCIRepository leads to, in the order in which
// source-controller looks: digest, semver, tag.
func artifactOf(spec map[string]any) string {
	for _, key := range []string{"digest", "semver", "tag"} {
		if value := review.Text(spec, "ref", key); value != "" {
			return fmt.Sprintf("the %s `%s`", key, value)
		}
	}
	return "the tag `latest`"
}

// layerOf is what of an artifact is taken.
func layerOf(spec map[string]any) string {
	layer := review.Map(spec, "layerSelector")
	if media := review.Text(layer, "mediaType"); media != "" {
		return fmt.Sprintf("the layer `%s` (%s)", media, cmp.Or(review.Text(layer, "operation"), "extract"))
	}
	return "the first layer"
}

// revisionOf is what `ref` leads to, in the order in which source-controller looks: commit,
// name, semver, tag, branch.
func revisionOf(spec map[string]any) string {
	for _, key := range []string{"commit", "name", "semver", "tag", "branch"} {
		value := review.Text(spec, "ref", key)
		if key == "name" {
			if branch, ok := strings.CutPrefix(value, "refs/heads/"); ok {
				key, value = "branch", branch
			}
		}
		if value != "" {
			return fmt.Sprintf("the %s `%s`", key, value)
		}
	}
	if name, ok := spec["ref"].(string); ok && name != "" { // of a FluxInstance
		return fmt.Sprintf("the branch `%s`", strings.TrimPrefix(name, "refs/heads/"))
	}
	return "the branch `master`"
}

// directoriesOf are those that are fetched; none means all.
func directoriesOf(spec map[string]any) []string {
	entries, _ := spec["sparseCheckout"].([]any)
	var list []string
	for _, entry := range entries {
		list = append(list, fmt.Sprint(entry))
	}
	slices.Sort(list)
	return list
}

func directories(list []string) string {
	if len(list) == 0 {
		return "all directories"
	}
	return "the directories " + text.Some(text.Code(list))
}

// readersOf names the objects by which Flux applies this repository's files from a source.
func readersOf(p *review.Pass, c review.Change) []string {
	var out []string
	for _, t := range p.HeadTargets {
		if !fromHere(t) || !sharesCluster(c, p, t) {
			continue
		}
		o := p.Asker(t)
		if o == nil {
			continue
		}
		ref := review.Map(o.Fields(), "spec", "sourceRef")
		if o.ID.Kind == "HelmRelease" {
			ref = review.Map(o.Fields(), "spec", "chart", "spec", "sourceRef")
		}
		namespace := cmp.Or(review.Text(ref, "namespace"), o.ID.Namespace)
		if c.Object.Kind == "FluxInstance" || review.Text(ref, "name") == c.Object.Name && namespace == c.Object.Namespace && cmp.Or(review.Text(ref, "kind"), "GitRepository") == c.Object.Kind {
			out = append(out, o.ID.Kind+" `"+o.ID.Name+"`")
		}
	}
	return out
}

// fromHere reports whether a target was rendered of this repository's files.
func fromHere(t model.Rendered) bool {
	return t.Lineage != nil && t.Lineage.Dir != "" && t.Lineage.Source == nil && !t.Lineage.Elsewhere && t.Known()
}

func sharesCluster(c review.Change, p *review.Pass, t model.Rendered) bool {
	return slices.ContainsFunc(p.Clusters, func(cluster *review.Cluster) bool {
		return cluster.Name == t.Target.Cluster && len(cluster.Targets(c.Head)) > 0
	})
}
