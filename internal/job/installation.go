package job

import (
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// installed is what follows from an event of an installation; nil is nothing.
func installed(e *github.InstallationEvent) *store.Installed {
	i := &store.Installed{Tenant: e.Installation}
	switch e.Action {
	case "new_permissions_accepted", "unsuspend":
		i.Granted = true
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
