package web

import (
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

const (
	// listed is how many rows a page of the list has.
	listed = 100
	// navigated is how many targets stand on the left.
	navigated = 300
)

// navigate lists clusters and their targets.
func (v *reviewView) navigate() {
	at := map[string]int{}
	shown := 0
	for i, t := range v.Targets {
		n, known := at[t.Cluster]
		if !known {
			n = len(v.Clusters)
			at[t.Cluster] = n
			v.Clusters = append(v.Clusters, clusterView{Name: t.Cluster, Selected: t.Cluster != "" && t.Cluster == v.Query.Cluster})
		}
		c := &v.Clusters[n]
		c.Changes += t.Changes
		if shown >= navigated && t.ID != v.Query.Target && !v.File {
			v.MoreTargets++
			continue
		}
		shown++
		one := targetView{PageTarget: t, Index: i, Selected: t.ID == v.Query.Target}
		if t.Error != nil {
			one.Place = v.Links.place(t.Error.Location, v.Page)
		}
		c.Targets = append(c.Targets, one)
	}
}

// change makes the view of one change.
func (v *reviewView) change(i int) changeView {
	c := v.Changes[i]
	out := changeView{PageChange: c, Index: i, Selected: i == v.Query.Object}
	var places []string
	clusters := map[string]bool{}
	for _, t := range c.Targets {
		places = append(places, placeOf(v.Targets[t]))
		clusters[v.Targets[t].Cluster] = true
	}
	sort.Strings(places)
	out.Where = some(slices.Compact(places), 2)
	var statuses []string
	for _, f := range c.Findings {
		f := v.Findings[f]
		statuses = append(statuses, string(f.Status))
		if f.Status == review.Fixed || f.Status == review.Waived {
			continue
		}
		if f.Severity.Rank() > out.Severity.Rank() {
			out.Severity = f.Severity
		}
		out.Blocking = out.Blocking || f.Blocking
	}
	out.Statuses = strings.Join(statuses, " ")
	for name := range clusters {
		out.Clusters += name + "\n"
	}
	return out
}

// list lists the changes that the query asks for, alike ones in one row. What
// blocks stands first.
func (v *reviewView) list() {
	at := map[int]int{}
	v.first = map[int]int{}
	for i := range v.Changes {
		if !v.wanted(i) {
			continue
		}
		if _, known := v.first[v.Changes[i].Group]; !known {
			v.first[v.Changes[i].Group] = i
		}
		v.Shown++
		c := v.change(i)
		if n, known := at[c.Group]; known {
			g := &v.Groups[n]
			g.Alike = append(g.Alike, c)
			g.Blocking = g.Blocking || c.Blocking
			if c.Severity.Rank() > g.Severity.Rank() {
				g.Severity = c.Severity
			}
			continue
		}
		at[c.Group] = len(v.Groups)
		v.Groups = append(v.Groups, groupView{changeView: c})
	}
	weight := func(g groupView) int {
		if g.Blocking {
			return 10
		}
		return g.Severity.Rank()
	}
	sort.SliceStable(v.Groups, func(i, j int) bool { return weight(v.Groups[i]) > weight(v.Groups[j]) })
	if v.Query.Object < 0 || v.Query.Object >= len(v.Changes) {
		v.Query.Object = -1
		if len(v.Groups) > 0 {
			v.Query.Object = v.Groups[0].Index
			v.Groups[0].Selected = true
		}
	}
	if v.File {
		v.Pages = 1
		return
	}
	v.Pages = max(1, (len(v.Groups)+listed-1)/listed)
	v.Query.Page = min(v.Query.Page, v.Pages)
	from := (v.Query.Page - 1) * listed
	v.Groups = v.Groups[from:min(len(v.Groups), from+listed)]
}

// wanted reports whether the query asks for a change.
func (v *reviewView) wanted(i int) bool {
	c, q := v.Changes[i], v.Query
	if q.Kind != "" && c.Object.Kind != q.Kind || q.Change != "" && c.Change != q.Change {
		return false
	}
	if q.Severity != "" || q.Status != "" {
		hit := slices.ContainsFunc(c.Findings, func(n int) bool {
			f := v.Findings[n]
			return (q.Severity == "" || f.Severity == review.Severity(q.Severity)) && (q.Status == "" || f.Status == review.FindingStatus(q.Status))
		})
		if !hit {
			return false
		}
	}
	if q.Target != "" || q.Cluster != "" {
		hit := slices.ContainsFunc(c.Targets, func(n int) bool {
			t := v.Targets[n]
			return (q.Target == "" || t.ID == q.Target) && (q.Cluster == "" || t.Cluster == q.Cluster)
		})
		if !hit {
			return false
		}
	}
	if q.Text == "" {
		return true
	}
	text := strings.ToLower(q.Text)
	return strings.Contains(strings.ToLower(c.Object.String()), text) || slices.ContainsFunc(c.Targets, func(n int) bool {
		return strings.Contains(strings.ToLower(v.Targets[n].Path+" "+v.Targets[n].Name), text)
	})
}
