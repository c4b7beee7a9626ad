package web

import (
	"fmt"
	"html"
	"html/template"
	"net/url"
	"path"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

// Links are the addresses on GitHub that a page leads to; the zero value leads
// nowhere.
type Links struct {
	Repository string // its page, without a slash at the end; "" for none
	Number     int    // the pull request's; 0 for none
}

// placeView is a place in a file, and where it can be read.
type placeView struct {
	Text string // file:line
	Link string // "" for none
	Base bool   // in base: head has no such line
}

func (l Links) place(at *model.Position, p *report.Page) *placeView {
	if at == nil {
		return nil
	}
	v := &placeView{Text: at.File, Base: at.Side == model.Base}
	if at.Precision != model.AtFile {
		v.Text = fmt.Sprintf("%s:%d", at.File, at.Line)
	}
	commit := p.Head
	if v.Base {
		commit = p.MergeBase
	}
	if l.Repository == "" || commit == "" {
		return v
	}
	v.Link = l.Repository + "/blob/" + commit + (&url.URL{Path: path.Join("/", at.File)}).EscapedPath()
	if at.Precision != model.AtFile {
		v.Link += fmt.Sprintf("#L%d", at.Line)
		if at.EndLine > at.Line {
			v.Link += fmt.Sprintf("-L%d", at.EndLine)
		}
	}
	return v
}

// Commit is where a commit can be read.
func (l Links) Commit(sha string) string {
	if l.Repository == "" || sha == "" {
		return ""
	}
	return l.Repository + "/commit/" + sha
}

// Pull is where the pull request is.
func (l Links) Pull() string {
	if l.Repository == "" || l.Number == 0 {
		return ""
	}
	return l.Repository + "/pull/" + strconv.Itoa(l.Number)
}

// query is what a reader chose to see.
type query struct {
	Text, Kind, Change, Severity, Status, Cluster, Target string

	Page   int // from 1
	Object int // index of a change; -1 for the first that is listed
	Full   bool
	Part   string // of the page that a script asks for: list or object; "" is all
}

func readQuery(v url.Values) query {
	q := query{Text: strings.TrimSpace(v.Get("q")), Kind: v.Get("kind"), Change: v.Get("change"), Severity: v.Get("severity"), Status: v.Get("status"),
		Cluster: v.Get("cluster"), Target: v.Get("target"), Page: 1, Object: -1, Full: v.Get("full") != "", Part: v.Get("part")}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 0 {
		q.Page = n
	}
	if n, err := strconv.Atoi(v.Get("object")); err == nil && n >= 0 {
		q.Object = n
	}
	return q
}

// Link is the address of what is seen with one more choice; an empty value takes
// one back.
func (q query) Link(name, value string) string {
	v := url.Values{}
	for key, text := range map[string]string{"q": q.Text, "kind": q.Kind, "change": q.Change, "severity": q.Severity, "status": q.Status, "cluster": q.Cluster, "target": q.Target} {
		if text != "" {
			v.Set(key, text)
		}
	}
	if name == "object" && q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	if name == "cluster" {
		v.Del("target")
	}
	if name == "target" {
		v.Del("cluster")
	}
	if value == "" {
		v.Del(name)
	} else {
		v.Set(name, value)
	}
	return "?" + v.Encode()
}

// Narrow reports whether something is left out.
func (q query) Narrow() bool {
	return q.Text+q.Kind+q.Change+q.Severity+q.Status+q.Cluster+q.Target != ""
}

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

// objectView is one object's diff.
type objectView struct {
	changeView
	Findings       []findingView
	Above          []findingView // that have no line in the diff
	Hunks          []hunk
	Long           int // folds that are not sent along
	Removed, Added int
	Place          *placeView
	Matrix         []clusterView // the targets in which it, or one that is alike, changes so
	In, Alike      int           // how many targets, and how many others are alike
	Missing        bool          // the object was not kept
	Review         *reviewView
}

const (
	// listed is how many rows a page of the list has.
	listed = 100
	// navigated is how many targets stand on the left.
	navigated = 300
)

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
	return findingView{Finding: f, Place: v.Links.place(f.Location, v.Page), Where: some(v.placesOf(f.Targets), 4), Change: -1}
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

// object makes the view of one change's diff. Without sides it was not kept.
func (v *reviewView) object(i int, sides *report.Sides) *objectView {
	c := v.Changes[i]
	o := &objectView{changeView: v.change(i), Place: v.Links.place(c.Location, v.Page), Review: v, Missing: sides == nil || sides.Base == nil && sides.Head == nil}
	o.matrix()
	for _, n := range c.Findings {
		o.Findings = append(o.Findings, v.finding(v.Page.Findings[n]))
	}
	if o.Missing {
		o.Above = o.Findings
		return o
	}
	d := &differ{lines: yamldiff.Compare(sides.Objects(c.Object)), full: v.Query.Full || v.File}
	o.Removed, o.Added = yamldiff.Changed(d.lines)
	d.place(o, sides, v.Page, v.Links)
	o.Hunks, o.Long = d.hunks()
	return o
}

// matrixSize bounds the targets that a cluster's row names.
const matrixSize = 200

// matrix lists the targets in which the object changes so, and those of the
// objects that changed alike.
func (o *objectView) matrix() {
	v := o.Review
	at := map[string]int{}
	seen := map[int]bool{}
	for i, c := range v.Changes {
		if c.Group != o.Group {
			continue
		}
		if i != o.Index {
			o.Alike++
		}
		for _, n := range c.Targets {
			if seen[n] {
				continue
			}
			seen[n] = true
			t := v.Targets[n]
			m, known := at[t.Cluster]
			if !known {
				m = len(o.Matrix)
				at[t.Cluster] = m
				o.Matrix = append(o.Matrix, clusterView{Name: t.Cluster})
			}
			row := &o.Matrix[m]
			if row.Changes++; len(row.Targets) < matrixSize {
				row.Targets = append(row.Targets, targetView{PageTarget: t, Index: n})
			}
		}
	}
	o.In = len(seen)
}

// More is how many targets a row does not name.
func (c clusterView) More() int { return c.Changes - len(c.Targets) }

// some lists the first few names and counts the rest.
func some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}

var (
	codeMarks = regexp.MustCompile("`([^`]+)`")
	boldMarks = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// prose is a text of ours with Markdown's marks for code and weight as HTML.
// Everything else in it stays text.
func prose(s string) template.HTML {
	s = html.EscapeString(s)
	s = codeMarks.ReplaceAllString(s, "<code>$1</code>")
	return template.HTML(boldMarks.ReplaceAllString(s, "<strong>$1</strong>"))
}

// count says how many of something there are: "1 finding", "3 findings".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if stem, ok := strings.CutSuffix(one, "y"); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	return fmt.Sprintf("%d %ss", n, one)
}
