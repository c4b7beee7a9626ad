package job

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// installed is what follows from an event of an installation; nil is nothing.
func installed(e *github.InstallationEvent) *store.Installed {
	i := &store.Installed{Tenant: e.Installation}
	switch e.Action {
	case "created", "added":
		i.Look = true
	case "new_permissions_accepted", "unsuspend":
		i.Granted, i.Look = true, true
	case "deleted":
		i.Gone = true
	case "removed":
		i.Gone = true
		for _, r := range e.Removed {
			i.Repositories = append(i.Repositories, r.ID)
		}
		if len(i.Repositories) == 0 {
			return nil // of nothing named, nothing is deleted
		}
	default:
		return nil
	}
	return i
}

// repositoryChanged is what follows from an event of a repository.
func repositoryChanged(e *github.RepositoryEvent, in *store.Delivery) {
	if e.Action == "deleted" {
		in.Installed = &store.Installed{Tenant: e.Repository.Installation, Gone: true, Repositories: []int64{e.Repository.ID}}
		return
	}
	in.Moved = &store.Moved{Repository: repositoryOf(e.Repository), Archived: e.Archived || e.Action == "archived"}
}

// gone removes the copies of what is gone from this replica's disk, and reports whether
// none is left: one that is in use stays for now.
func (q *Queue) gone(g store.Gone) bool {
	tenant, repository := fmt.Sprint(g.Tenant), ""
	if g.Repository != 0 {
		repository = fmt.Sprint(g.Repository)
	}
	mirrors := q.Mirrors.Forget(tenant, repository)
	return q.Sources.Forget(tenant, repository) && mirrors
}
