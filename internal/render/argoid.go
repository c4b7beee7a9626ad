package render

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// cluster names the cluster that an Application deploys to: as the repository's file
// calls its destination, else as that calls itself.
func (a *argoSide) cluster(spec application) string {
	at := spec.Destination.Name
	if at == "" {
		at = serverName(spec.Destination.Server)
	}
	return cmp.Or(a.clusters[at], model.RedactedName(at))
}

// inCluster is what Argo CD calls the cluster that it runs in.
const inCluster = "in-cluster"

// serverName is the name of a destination that is known by its server.
func serverName(server string) string {
	if u, err := url.Parse(server); err == nil && u.Host != "" && u.Hostname() != "kubernetes.default.svc" {
		return strings.TrimSuffix(u.Host, ":443") + strings.ReplaceAll(strings.TrimSuffix(u.EscapedPath(), "/"), "/", ":")
	}
	return inCluster
}

// byDestination gives the names of clusters by what destinations call themselves.
func byDestination(names map[string]string) map[string]string {
	out := map[string]string{}
	for destination, name := range names {
		if strings.Contains(destination, "://") {
			destination = serverName(destination)
		}
		out[destination] = name
	}
	return out
}

// admit gives a unit an id of its own; false where it is known already. Two Applications
// may have one name: in two clusters' directories, each of which has an Argo CD of its
// own, or in two namespaces. The first has the plain id, the others that and where they
// stand; head's have the ids that base's of the same places have.
func (a *argoSide) admit(u *argoUnit) bool {
	plain, at := u.target.ID, u.place()
	id := plain
	if a.base != nil && a.base.ids[plain+at] != "" {
		id = a.base.ids[plain+at]
	}
	free := []string{id, plain + "@" + u.object.ID.Namespace, plain + "@" + at}
	for n := 0; ; n++ { // of several in one place each is followed
		next := fmt.Sprintf("%s@%s@%d", plain, at, n)
		if n < len(free) {
			next = free[n]
		}
		known, taken := a.units[next]
		if taken && known.object.ID == u.object.ID && known.object.Sum == u.object.Sum && known.isSet == u.isSet {
			return false
		}
		if !taken {
			u.target.ID, u.work.target = next, next
			a.units[next], a.ids[plain+at] = u, next
			return true
		}
	}
}

// place is where the object of a unit stands, and its namespace.
func (u *argoUnit) place() string {
	at := u.object.ID.Namespace
	switch {
	case u.isSet:
		at += ":set"
	case u.set != nil:
		at += ":of " + u.object.ID.Name
	}
	if u.line != nil {
		at += ":" + cmp.Or(u.line.File, u.line.Dir)
		if u.line.By != nil {
			at += ":" + u.line.By.Name
		}
	}
	return at
}
