package report

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// What an impact is told as, and that it names nobody.
func TestImpactText(t *testing.T) {
	cluster := func(state string, set func(*model.ImpactedCluster)) model.ImpactedCluster {
		c := model.ImpactedCluster{Name: "hush", State: state, Targets: 2, Refs: []string{"branch main"}}
		set(&c)
		return c
	}
	changed := func(set func(*model.ImpactedCluster)) model.ImpactedCluster {
		return cluster(model.ClusterChanged, func(c *model.ImpactedCluster) { c.Changed = 1; set(c) })
	}
	plain := func(*model.ImpactedCluster) {}
	for _, c := range []struct {
		name        string
		of          []model.ImpactedRepository
		text, title string
	}{
		{"nobody", nil, "No cluster of another repository uses this one.", ""},
		{"who does not use it", []model.ImpactedRepository{{Name: "vault"}}, "No cluster of another repository uses this one.", ""},
		{"nothing changes", []model.ImpactedRepository{{Name: "vault", Clusters: []model.ImpactedCluster{cluster(model.ClusterUnchanged, plain)}}},
			"None of 1 cluster in 1 dependent repository would change.", ""},
		{"not to be told", []model.ImpactedRepository{{Name: "vault", Clusters: []model.ImpactedCluster{cluster(model.ClusterUnseen, func(c *model.ImpactedCluster) { c.Unseen = 1 })}}},
			"**0 of 1 cluster in 1 dependent repository would change.** Of 1 of them it cannot be told.", ""},
		{"unread", []model.ImpactedRepository{{Name: "vault", Problem: "vault is sealed"}}, "1 further repository could not be read or rendered: what would change there is not known.", ""},
		{"all of it", []model.ImpactedRepository{
			{Name: "vault", Clusters: []model.ImpactedCluster{changed(func(c *model.ImpactedCluster) { c.Follows, c.Blocking = true, 2 }), changed(func(c *model.ImpactedCluster) { c.Unseen = 1 })}},
			{Name: "cellar", Clusters: []model.ImpactedCluster{cluster(model.ClusterUnchanged, plain)}}},
			"**2 of 3 clusters in 2 dependent repositories would change.** 1 follows the branch and changes when this is merged. 1 is pinned elsewhere and changes when it moves to this commit. " +
				"1 of those that would change would be blocked by a review there, or does not build any more. 1 of those that would change could not be seen whole.",
			"elsewhere 2 of 3 clusters would change, 1 not well"},
	} {
		var i model.Impact
		for _, r := range c.of {
			i.Add(r)
		}
		if got := ImpactText(i); got != c.text {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.text)
		}
		if got := ImpactTitle(i); got != c.title {
			t.Errorf("%s: the title is %q, want %q", c.name, got, c.title)
		}
	}
}
