package web

import (
	"html/template"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// reviewView is all that the page of a review shows.
type reviewView struct {
	*report.Page
	Query      query
	Links      Links
	Repository string // owner/name; "" where it has none
	// RepositoryID is of its page; 0 where there is none.
	RepositoryID int64
	File         bool // it is one file, with everything in it
	Style        template.CSS
	Script       template.JS
	Policy       string // of a file's content
	Assets       assetNames
	Viewer       string // who is signed in; "" for nobody
	Impact       string // where it says what the change does elsewhere; "" for nowhere

	Blocking, Advice, Others findingList
	ImageRows                []imageView
	Clusters                 []clusterView
	MoreTargets              int
	Kinds                    []string
	Groups                   []groupView
	Total, Shown             int // changes that there are, and that are listed
	Pages                    int
	Written                  []template.HTML // the objects' diffs: one, or all of a file's

	first map[int]int // of the changes that are alike, by their group
}

// findingView is a finding and where it leads.
type findingView struct {
	review.Finding
	Place  *placeView
	Change int // of the page's changes, -1 for none
	Where  string
	// Explained: the check has a page.
	Explained bool
}

type imageView struct {
	report.PageImage
	Names string
}

type clusterView struct {
	Name     string
	Changes  int
	Targets  []targetView
	Selected bool
}

type targetView struct {
	report.PageTarget
	Index    int
	Selected bool
	Place    *placeView
}

// groupView is a row of the list: an object, and those that changed alike.
type groupView struct {
	changeView
	Alike []changeView
}

type changeView struct {
	report.PageChange
	Index    int
	Where    string // the places in which it changes, in short
	Severity review.Severity
	Blocking bool
	Statuses string // of its findings
	Clusters string
	Selected bool
}

// newView makes the view of a page under a query.
func newView(p *report.Page, q query, links Links) *reviewView { return newViewOf(p, q, links, false) }

// newViewOf makes the view of a page, for a browser that can ask for more, or for
// a file, in which everything is.
func newViewOf(p *report.Page, q query, links Links, file bool) *reviewView {
	v := &reviewView{Page: p, Query: q, Links: links, File: file, Total: len(p.Changes), Assets: assets.names}
	if q.Part == "object" && q.Object >= 0 && q.Object < len(p.Changes) {
		return v // the rest is not shown
	}
	changeOf := map[int]int{} // the change of each finding's own object, else the first that it is about
	for i := len(p.Changes) - 1; i >= 0; i-- {
		for _, f := range p.Changes[i].Findings {
			before, known := changeOf[f]
			if own := p.Findings[f].Object; known && own != nil && own.Key() == p.Changes[before].Object.Key() && own.Key() != p.Changes[i].Object.Key() {
				continue
			}
			changeOf[f] = i
		}
	}
	for i, f := range p.Findings {
		one := findingView{Finding: f, Change: -1}
		if c, ok := changeOf[i]; ok {
			one.Change = c
		}
		switch {
		case f.Blocking:
			v.Blocking.add(one)
		case f.Status == review.New || f.Status == review.Worse || f.Status == review.Unknown:
			v.Advice.add(one)
		default:
			v.Others.add(one)
		}
	}
	kinds := map[string]bool{}
	for _, c := range p.Changes {
		kinds[c.Object.Kind] = true
	}
	for k := range kinds {
		v.Kinds = append(v.Kinds, k)
	}
	sort.Strings(v.Kinds)
	for _, image := range p.Images {
		var names []string
		for _, id := range image.Where {
			names = append(names, id.String())
		}
		v.ImageRows = append(v.ImageRows, imageView{image, some(names, 3)})
	}
	for _, list := range []*findingList{&v.Blocking, &v.Advice, &v.Others} {
		for i := range list.Shown {
			change := list.Shown[i].Change
			list.Shown[i] = v.finding(list.Shown[i].Finding)
			list.Shown[i].Change = change
		}
	}
	v.navigate()
	v.list()
	return v
}

// findingsShown is how many findings of a sort stand above the list. The others
// stand at their objects.
const findingsShown = 50

// findingList are findings of a sort, the worst first.
type findingList struct {
	Shown []findingView
	Count int
}

func (l *findingList) add(f findingView) {
	if l.Count++; len(l.Shown) < findingsShown {
		l.Shown = append(l.Shown, f)
	}
}

// More is how many are not shown.
func (l findingList) More() int { return l.Count - len(l.Shown) }

func (v *reviewView) finding(f review.Finding) findingView {
	return findingView{Finding: f, Place: v.Links.place(f.Location, v.Page), Where: some(v.placesOf(f.Targets), 4), Change: -1,
		Explained: v.Links.Checks && !v.File && (f.Docs == "" || strings.HasPrefix(f.Docs, "docs/checks.md"))}
}

// placesOf are the clusters of targets; of one without, its directory.
func (v *reviewView) placesOf(ids []string) (out []string) {
	for _, t := range v.Targets {
		if slices.Contains(ids, t.ID) {
			out = append(out, placeOf(t))
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

func placeOf(t report.PageTarget) string {
	if t.Cluster != "" {
		return t.Cluster
	}
	return t.Path
}
