package report

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// namesShown is how many targets are named that one thing hides.
const namesShown = 3

// unseenThing is one thing that cannot be seen, and the targets that need it.
type unseenThing struct {
	names    []string
	clusters map[string][]string // by name
	message  string
	where    *model.Position // where the first of them asks for it
}

// unseen gathers what the change reaches and what is not visible by its cause:
// one registry that does not answer may hide a hundred releases. elsewhere names
// the targets that the change does not reach.
func unseen(r *review.Report) (reached []unseenThing, elsewhere []string) {
	at := map[string]int{}
	for _, i := range r.Incomplete {
		name := targetName(r, i.Target)
		if rest, ok := strings.CutPrefix(name, "Application "); ok && strings.HasPrefix(i.Message, model.OfSet) {
			name = "ApplicationSet " + rest
		}
		if !i.Reached {
			elsewhere = append(elsewhere, name)
			continue
		}
		n, known := at[i.Message]
		if !known {
			n = len(reached)
			at[i.Message] = n
			reached = append(reached, unseenThing{message: strings.TrimPrefix(i.Message, model.OfSet), where: i.Where})
		}
		reached[n].add(name, clusterIn(i.Target))
	}
	for i := range reached {
		reached[i].nameClusters()
	}
	return reached, elsewhere
}

// add notes a target: several clusters may have one of the same name.
func (u *unseenThing) add(name, cluster string) {
	if u.clusters == nil {
		u.clusters = map[string][]string{}
	}
	if _, known := u.clusters[name]; !known {
		u.names = append(u.names, name)
	}
	u.clusters[name] = append(u.clusters[name], cluster)
}

// nameClusters says of names that several clusters share which ones do.
func (u *unseenThing) nameClusters() {
	for i, name := range u.names {
		if in := u.clusters[name]; len(in) > 1 {
			u.names[i] = name + " in " + some(in, namesShown)
		}
	}
}

// clusterIn is the cluster that a target's id begins with.
func clusterIn(target string) string {
	_, rest, _ := strings.Cut(target, ":")
	cluster, _, _ := strings.Cut(rest, "/")
	return oneLine(cluster)
}

// targetName is a target as its reader calls it: by its object where Flux or
// Argo CD applies it, else by its directory.
func targetName(r *review.Report, target string) string {
	_, rest, _ := strings.Cut(target, ":")
	_, name, found := strings.Cut(rest, "/") // after the cluster
	for _, t := range r.Targets {
		kind := map[model.Kind]string{model.Flux: "Kustomization", model.Helm: "HelmRelease", model.ArgoCD: "Application"}[t.Kind]
		if t.ID == target && kind != "" && found {
			return oneLine(kind + " " + name)
		}
	}
	return pathOf(r, target)
}
