package model

// Impact is what a change of a repository does in the repositories that use it.
type Impact struct {
	Clusters int `json:"clusters"` // that use it
	Changed  int `json:"changed"`  // of them: what they apply would differ
	Follow   int `json:"follow"`   // of the changed: they follow the branch, and change when it does
	Blocked  int `json:"blocked"`  // of the changed: a review there would block it, or it does not build
	Partly   int `json:"partly"`   // of the changed: not all of them could be seen
	Unseen   int `json:"unseen"`   // of all: it cannot be told whether they would change
	// Unread are repositories of which nothing could be looked at.
	Unread       int                  `json:"unread"`
	Repositories []ImpactedRepository `json:"repositories"`
}

// ImpactedRepository is one that uses the changed one.
type ImpactedRepository struct {
	Name     string            `json:"name"`
	Commit   string            `json:"commit"` // that was rendered
	Problem  string            `json:"problem,omitempty"`
	Clusters []ImpactedCluster `json:"clusters"`
}

// What becomes of a cluster.
const (
	ClusterChanged   = "changed"
	ClusterUnchanged = "unchanged"
	ClusterUnseen    = "unseen" // it cannot be told
)

// ImpactedCluster is one cluster of such a repository.
type ImpactedCluster struct {
	Name  string   `json:"name"` // "" is the cluster without a name
	State string   `json:"state"`
	Refs  []string `json:"refs"` // at which it reads the changed repository: "branch main", "tag v1"
	// Follows: one of them is the branch that the change goes into.
	Follows  bool `json:"follows"`
	Targets  int  `json:"targets"`  // that read the changed repository
	Changed  int  `json:"changed"`  // of them
	Blocking int  `json:"blocking"` // findings that would block it there
	Failed   int  `json:"failed"`   // targets that do not build any more
	Unseen   int  `json:"unseen"`   // targets that could not be seen whole
}

// Add counts a repository in. One that has no cluster and no problem does not use the
// changed one.
func (i *Impact) Add(r ImpactedRepository) {
	if r.Problem == "" && len(r.Clusters) == 0 {
		return
	}
	i.Repositories = append(i.Repositories, r)
	if r.Problem != "" {
		i.Unread++
		return
	}
	for _, c := range r.Clusters {
		i.Clusters++
		if c.State == ClusterUnseen {
			i.Unseen++
		}
		if c.State != ClusterChanged {
			continue
		}
		i.Changed++
		if c.Follows {
			i.Follow++
		}
		if c.Unseen > 0 {
			i.Partly++
		}
		if c.Blocking+c.Failed > 0 {
			i.Blocked++
		}
	}
}
