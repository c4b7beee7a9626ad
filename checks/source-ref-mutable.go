package checks

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/pin"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sourceRefMutable = &review.Check{
	ID: "source-ref-mutable", Area: review.SupplyChain, Severity: review.High, Tags: []review.Tag{review.Sources},
	Doc: review.Doc{
		Title:  "source is not pinned",
		What:   "Looks at GitRepositories with a branch or no ref, OCIRepositories with a mutable tag, a range or no ref, and Argo CD Applications whose targetRevision is HEAD, a branch or empty. High if the change removes a tag, a commit or a digest, or if an OCI source has no version at all; otherwise medium. The cluster's own repository, `flux-system`, follows its branch on purpose, and so does an Application for a directory of this repository.",
		Why:    "What is deployed changes when somebody pushes there, without a review here, and nothing in this repository shows what ran last week.",
		Fix:    "Use a tag, a commit or a digest: `ref: {tag: v1.4.2}`.",
		Verify: "kubectl get gitrepositories,ocirepositories -A -o custom-columns=NAME:.metadata.name,REF:.spec.ref",
		Waive:  "Your own repository, with a branch that is protected and reviewed like this one.",
		Effort: "small",
		Bad:    "ref: {branch: main}",
		Good:   "ref: {tag: v1.4.2}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		var before map[string]ref
		if old := p.Before(o); old != nil {
			before = refs(old)
		}
		for key, r := range refs(o) {
			if r.moves == "" {
				continue
			}
			severity, was := r.severity, ""
			b, ok := before[key]
			switch {
			case ok && b.moves == "" && b.text != "":
				severity, was = review.High, fmt.Sprintf(" It was pinned to `%s` before.", b.text)
			case r.path != "" && (p.Exists(r.path) || b.path != "" && b.moves != "" && p.Existed(b.path)):
				continue // it deploys this repository, where every change is reviewed
			}
			p.Report(review.Hit{Object: o, Field: r.field, Key: "ref " + key, Severity: severity,
				Message: fmt.Sprintf("%s %s: what is deployed changes without a review here.%s", o.ID, r.moves, was)})
		}
	}),
}

// ref is what a source follows.
type ref struct {
	text     string // as it is pinned
	moves    string // how it moves; "" where it does not
	field    string
	severity review.Severity
	path     string // the directory that an Application deploys; "" for none of its own
}

// refs gives what an object's sources follow, by a name for each.
func refs(o *model.Object) map[string]ref {
	switch o.ID.GroupKind() {
	case flux.GitRepository:
		if o.ID.Name == "flux-system" {
			return nil
		}
		return map[string]ref{"": gitRef(o)}
	case flux.OCIRepository:
		return map[string]ref{"": ociRef(o)}
	case kube.Application:
		out := map[string]ref{}
		if s := review.Map(o.Fields(), "spec", "source"); s != nil && review.Text(s, "chart") == "" {
			out[""] = argoRef(s, "/spec/source")
		}
		for i, s := range review.Items(o.Fields(), "spec", "sources") {
			if review.Text(s, "chart") == "" {
				r := argoRef(s, fmt.Sprint("/spec/sources/", i))
				if r.path == "" {
					r.path = valuesBy(o, review.Text(s, "ref"))
				}
				out[review.Text(s, "repoURL")+" "+review.Text(s, "path")] = r
			}
		}
		return out
	}
	return nil
}

// valuesBy is the first values file that a source of an Application names by the ref of
// another; "" for none.
func valuesBy(o *model.Object, ref string) string {
	for _, s := range review.Items(o.Fields(), "spec", "sources") {
		files, _ := review.Map(s, "helm")["valueFiles"].([]any)
		for _, file := range files {
			text, _ := file.(string)
			if at, ok := strings.CutPrefix(text, "$"+ref+"/"); ok && ref != "" {
				return path.Clean(at)
			}
		}
	}
	return ""
}

// gitRef reads a GitRepository's ref, by the precedence that Flux gives its
// fields: name, semver, tag and commit come before the branch.
func gitRef(o *model.Object) ref {
	r := review.Map(o.Fields(), "spec", "ref")
	for _, by := range []string{"commit", "name", "semver", "tag"} {
		v := review.Text(r, by)
		switch {
		case v == "":
			continue
		case by == "name" && strings.HasPrefix(v, "refs/heads/"):
			return ref{moves: "follows `" + v + "`", field: "/spec/ref/name", severity: review.Medium}
		case by == "semver" && !pin.Exact.MatchString(v):
			return ref{moves: "takes the newest tag within `" + v + "`", field: "/spec/ref/semver", severity: review.Medium}
		case by == "tag" && pin.Moves(v):
			return ref{moves: "follows the tag `" + v + "`, which moves", field: "/spec/ref/tag", severity: review.Medium}
		}
		return ref{text: v}
	}
	if v := review.Text(r, "branch"); v != "" {
		return ref{moves: "follows the branch `" + v + "`", field: "/spec/ref/branch", severity: review.Medium}
	}
	return ref{moves: "names no ref and follows the branch `master`", field: "/spec/ref", severity: review.Medium}
}

func ociRef(o *model.Object) ref {
	r := review.Map(o.Fields(), "spec", "ref")
	if d := review.Text(r, "digest"); d != "" {
		return ref{text: d}
	}
	if v := review.Text(r, "semver"); v != "" {
		if pin.Exact.MatchString(v) {
			return ref{text: v}
		}
		return ref{moves: "takes the newest version within `" + v + "`", field: "/spec/ref/semver", severity: review.Medium}
	}
	switch tag := pin.Text(r["tag"]); {
	case tag == "":
		return ref{moves: "names no version and follows `latest`", field: "/spec/ref", severity: review.High}
	case pin.Moves(strings.ToLower(tag)) || pin.StandIn.MatchString(tag):
		return ref{moves: "follows the tag `" + tag + "`, which moves", field: "/spec/ref/tag", severity: review.High}
	default:
		return ref{text: tag}
	}
}

var (
	commitID   = pattern.New(`^[0-9a-f]{7,64}$`)
	versionTag = pattern.New(`^v?\d+(\.\d+)*([-+.].*)?$|^.*[-_/]v?\d+\.\d+.*$`)
)

func argoRef(source map[string]any, at string) ref {
	v := pin.Text(source["targetRevision"])
	dir := path.Clean(review.Text(source, "path"))
	if dir == "." {
		dir = "" // every repository has a root
	}
	switch {
	case v == "" || v == "HEAD":
		return ref{moves: "follows HEAD", field: at + "/targetRevision", severity: review.Medium, path: dir}
	case commitID.MatchString(v) || versionTag.MatchString(v) && !strings.ContainsAny(v, "*x<>~^"):
		return ref{text: v}
	}
	return ref{moves: "follows `" + v + "`", field: at + "/targetRevision", severity: review.Medium, path: dir}
}
