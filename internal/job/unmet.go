package job

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// unmet tells what the repository's file says of clusters and targets, and that comes to
// nothing in what was rendered: whoever wrote it believes that it counts.
func (c Change) unmet(sides ...*model.Snapshot) []review.Mistake {
	if len(c.Only) > 0 || c.Plain || c.File == "" {
		return nil
	}
	var targets []model.Target
	for _, s := range sides {
		if s == nil {
			continue
		}
		for _, t := range s.Targets {
			if t.Status != model.StatusAbsent {
				targets = append(targets, t.Target)
			}
		}
	}
	var out []review.Mistake
	say := func(line int, format string, args ...any) {
		out = append(out, review.Mistake{File: c.File, Line: line, Message: fmt.Sprintf(format, args...)})
	}
	for _, cluster := range c.Clusters {
		if _, _, err := c.Head.Resolve(cluster.Path); cluster.Path != "" && err != nil {
			continue // that is told already
		}
		if !slices.ContainsFunc(targets, func(t model.Target) bool { return t.Cluster == cluster.Name }) {
			say(cluster.Line, "no target is of the cluster `%s`: %s", cluster.Name, whyEmpty(cluster, targets))
		}
	}
	for _, g := range c.Exclude {
		if at, ok := c.appliedOnly(g, targets); ok {
			say(c.GlobLines[g], "`%s` leaves out nothing: %s is applied from `%s`, and what is applied is a target. A waiver with `targets` accepts its findings", g, at.ID, at.Path)
		}
	}
	return out
}

// whyEmpty says what a cluster without targets asks for, and what there is.
func whyEmpty(cluster config.Cluster, targets []model.Target) string {
	var there []string
	for _, t := range targets {
		if t.Kind == model.ArgoCD && !slices.Contains(there, "`"+t.Cluster+"`") {
			there = append(there, "`"+t.Cluster+"`")
		}
	}
	slices.Sort(there)
	switch {
	case len(cluster.Destinations) > 0 && len(there) > 0:
		return "no Application that is followed has its destination; those that there are: " + strings.Join(there[:min(len(there), 6)], ", ")
	case len(cluster.Destinations) > 0:
		return "no Application that is followed has its destination"
	case len(there) > 0:
		return "none is found below `" + cluster.Path + "`; what Argo CD applies is named by `destination`"
	}
	return "none is found below `" + cluster.Path + "`"
}

// appliedOnly gives a target that Flux or Argo CD applies from a directory that a glob
// matches, where the glob leaves out no kustomization besides.
func (c Change) appliedOnly(pattern string, targets []model.Target) (model.Target, bool) {
	var at model.Target
	applied := map[string]bool{}
	for _, t := range targets {
		if (t.Kind == model.Flux || t.Kind == model.ArgoCD) && glob.Match(pattern, t.Path) {
			at, applied[t.Path] = t, true
		}
	}
	if len(applied) == 0 {
		return at, false
	}
	for _, file := range c.Head.Files() {
		dir := path.Dir(file)
		if strings.HasPrefix(path.Base(file), "kustomization.y") && !applied[dir] && glob.Match(pattern, dir) {
			return at, false
		}
	}
	return at, true
}
