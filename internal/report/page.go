package report

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// pageVersion numbers the form in which a page is kept. A page of another version
// is not read.
const pageVersion = 1

// Page is what the page of a review shows, but for the objects themselves, which
// are kept beside it (see Sides) and read one at a time.
type Page struct {
	Version    int               `json:"version"`
	Conclusion review.Conclusion `json:"conclusion"`
	Gate       review.Gate       `json:"gate"`
	Title      string            `json:"title"`   // the verdict in one line
	Verdict    string            `json:"verdict"` // in a sentence, with Markdown's marks
	Account    string            `json:"account,omitempty"`
	Base       string            `json:"base"`
	MergeBase  string            `json:"mergeBase"`
	Head       string            `json:"head"`
	AsOf       time.Time         `json:"asOf"`

	Targets  []PageTarget     `json:"targets"` // that change, or have something to say
	Quiet    int              `json:"quiet"`   // further targets, in which nothing changes
	Changes  []PageChange     `json:"changes"`
	Findings []review.Finding `json:"findings"`
	Images   []PageImage      `json:"images,omitempty"`
	Unseen   []PageUnseen     `json:"unseen,omitempty"`
	// Elsewhere are targets that were not visible before either, and that the
	// change does not reach.
	Elsewhere []string            `json:"elsewhere,omitempty"`
	Files     []model.FileAccount `json:"files,omitempty"` // that no target reads
	Stats     review.Stats        `json:"stats"`
	Graph     *PageGraph          `json:"graph,omitempty"` // nil where there is nothing to draw
	// Routine: nothing changes but versions of images and charts.
	Routine bool `json:"routine,omitempty"`
	// Left counts what is not kept, for its size: findings and objects.
	LeftFindings int `json:"leftFindings,omitempty"`
	LeftObjects  int `json:"leftObjects,omitempty"`

	sides []*Sides // of the changes, until they are packed; nil for what is not kept
}

// PageTarget is a target on a page.
type PageTarget struct {
	ID      string         `json:"id"`
	Kind    model.Kind     `json:"kind"`
	Name    string         `json:"name"` // as its reader calls it
	Path    string         `json:"path"`
	Cluster string         `json:"cluster,omitempty"`
	Base    model.Status   `json:"base"`
	Head    model.Status   `json:"head"`
	Error   *model.Problem `json:"error,omitempty"`
	Changes int            `json:"changes"`
}

// PageChange is a changed object on a page.
type PageChange struct {
	Group    int             `json:"group"` // as review.Change's
	Change   string          `json:"change"`
	Object   model.ObjectID  `json:"object"`
	OldName  string          `json:"oldName,omitempty"`
	Targets  []int           `json:"targets"` // indexes of the page's
	Location *model.Position `json:"location,omitempty"`
	Notes    []string        `json:"notes,omitempty"`
	Fields   int             `json:"fields,omitempty"`   // how many changed
	Findings []int           `json:"findings,omitempty"` // indexes of the page's
	// Part and At say where the object is kept; Part is 0 for one that is not.
	Part int `json:"part,omitempty"`
	At   int `json:"at,omitempty"`
}

// PageImage is an image that comes, goes or changes, with the objects that run it.
type PageImage struct {
	Old   string           `json:"old,omitempty"`
	New   string           `json:"new,omitempty"`
	Where []model.ObjectID `json:"where"`
	// Changes are the indexes of the page's changes that show it.
	Changes []int `json:"changes"`
}

// PageUnseen is one thing that is not visible, and the targets that need it.
type PageUnseen struct {
	Names   []string        `json:"names"`
	Message string          `json:"message"`
	Where   *model.Position `json:"location,omitempty"`
}

// Sides is a changed object on both sides, as it was rendered, with its secrets
// replaced by their fingerprints; either may be missing.
type Sides struct {
	Base     json.RawMessage      `json:"base,omitempty"`
	Head     json.RawMessage      `json:"head,omitempty"`
	BaseKeys map[string]model.Key `json:"baseKeys,omitempty"`
	HeadKeys map[string]model.Key `json:"headKeys,omitempty"`
	Fields   []PageField          `json:"fields,omitempty"`
}

// PageField is a field that changed, and the line that did it.
type PageField struct {
	Path     string          `json:"path"`
	Removed  bool            `json:"removed,omitempty"` // Path leads into base
	Location *model.Position `json:"location,omitempty"`
}

// Objects gives the two objects; nil for one that is not there.
func (s Sides) Objects(id model.ObjectID) (base, head *model.Object) {
	if s.Base != nil {
		base = model.NewObject(id, "", s.Base, s.BaseKeys)
	}
	if s.Head != nil {
		head = model.NewObject(id, "", s.Head, s.HeadKeys)
	}
	return base, head
}

// maxPageFindings bounds the findings on a page; the worst stand first in a
// report.
const maxPageFindings = 5000

// PageOf makes the page of a report.
func PageOf(r *review.Report) *Page {
	p := &Page{Version: pageVersion, Conclusion: r.Conclusion, Gate: r.Gate, Title: Title(r), Verdict: strings.TrimSpace(verdict(r)), Account: accountLine(r),
		Base: r.Base, MergeBase: r.MergeBase, Head: r.Head, AsOf: r.AsOf, Files: unread(r), Stats: r.Stats, Routine: routine(r)}
	for _, f := range r.Findings {
		if !saidBetter(r, f) {
			p.Findings = append(p.Findings, f)
		}
	}
	sort.SliceStable(p.Findings, func(i, j int) bool { return urgency(p.Findings[i]) < urgency(p.Findings[j]) })
	if more := len(p.Findings) - maxPageFindings; more > 0 {
		p.Findings, p.LeftFindings = p.Findings[:maxPageFindings], more
	}
	at := p.targets(r)
	on := findingsByObject(p.Findings)
	images := imageTable{at: map[[2]string]int{}}
	for i, c := range r.Changes {
		change := PageChange{Group: c.Group, Change: c.Change, Object: c.Object, OldName: c.OldName, Location: c.Location, Notes: c.Notes, Fields: len(c.Fields)}
		for _, t := range c.Targets {
			if n, ok := at[t]; ok {
				change.Targets = append(change.Targets, n)
				p.Targets[n].Changes++
			}
		}
		change.Findings = on.of(p.Findings, c)
		p.Changes, p.sides = append(p.Changes, change), append(p.sides, sidesOf(c))
		images.add(i, c)
	}
	p.Images = images.rows
	hidden, same := unseen(r)
	for _, u := range hidden {
		p.Unseen = append(p.Unseen, PageUnseen{Names: u.names, Message: u.message, Where: u.where})
	}
	p.Elsewhere = same
	return p
}

// urgency orders findings: what blocks, what is new, what is not certain, what
// was there before, what is waived, what is fixed.
func urgency(f review.Finding) int {
	if f.Blocking {
		return 0
	}
	return map[review.FindingStatus]int{review.New: 1, review.Worse: 1, review.Unknown: 2, review.Existing: 3, review.Waived: 4, review.Fixed: 5}[f.Status]*10 - f.Severity.Rank()
}

// targets lists the targets that have something to say, and gives their indexes.
func (p *Page) targets(r *review.Report) map[string]int {
	at := map[string]int{}
	for _, t := range r.Targets {
		if silent := t.Head == model.StatusRendered || t.Head == model.StatusUnreached; !t.Changed && t.Error == nil && t.Base == t.Head && silent {
			p.Quiet++
			continue
		}
		at[t.ID] = len(p.Targets)
		p.Targets = append(p.Targets, PageTarget{ID: t.ID, Kind: t.Kind, Name: targetName(r, t.ID), Path: t.Path, Cluster: t.Cluster, Base: t.Base, Head: t.Head, Error: t.Error})
	}
	return at
}

func sidesOf(c review.Change) *Sides {
	s := &Sides{}
	if c.Base != nil {
		s.Base, s.BaseKeys = c.Base.JSON(), c.Base.Keys
	}
	if c.Head != nil {
		s.Head, s.HeadKeys = c.Head.JSON(), c.Head.Keys
	}
	for _, f := range c.Fields {
		s.Fields = append(s.Fields, PageField{Path: f.Path, Removed: !f.After.Set, Location: f.Location})
	}
	return s
}

// byObject finds the findings of an object.
type byObject map[model.ObjectID][]int

func findingsByObject(all []review.Finding) byObject {
	out := byObject{}
	for i, f := range all {
		seen := map[model.ObjectID]bool{}
		list := f.Objects
		if f.Object != nil {
			list = append([]model.ObjectID{*f.Object}, list...)
		}
		for _, id := range list {
			if key := id.Key(); !seen[key] {
				seen[key] = true
				out[key] = append(out[key], i)
			}
		}
	}
	return out
}

// of gives the findings on a change's object, in one of its targets at least.
func (o byObject) of(all []review.Finding, c review.Change) (out []int) {
	id := c.Object.Key()
	list := o[id]
	if id.Name = c.OldName; c.OldName != "" {
		list = append(slices.Clip(list), o[id]...)
	}
	slices.Sort(list)
	for _, i := range slices.Compact(list) {
		if len(all[i].Targets) == 0 || slices.ContainsFunc(all[i].Targets, func(t string) bool { return slices.Contains(c.Targets, t) }) {
			out = append(out, i)
		}
	}
	return out
}

// imageTable gathers the images that come, go or change.
type imageTable struct {
	rows []PageImage
	at   map[[2]string]int
}

func (t *imageTable) add(n int, c review.Change) {
	switch {
	case c.Base == nil && c.Head != nil:
		for _, image := range imagesIn(c.Head.Fields()) {
			t.row(n, c.Object, "", image)
		}
	case c.Head == nil && c.Base != nil:
		for _, image := range imagesIn(c.Base.Fields()) {
			t.row(n, c.Object, image, "")
		}
	default:
		for _, f := range c.Fields {
			t.field(n, c.Object, f)
		}
	}
}

// field looks at one changed field: an image, or a container that came or went.
func (t *imageTable) field(n int, id model.ObjectID, f review.Field) {
	if !strings.Contains(f.Path, "ontainers") { // containers, initContainers, ephemeralContainers
		return
	}
	if strings.HasSuffix(f.Path, "/image") {
		before, _ := model.Show(f.Before.V).(string)
		after, _ := model.Show(f.After.V).(string)
		t.row(n, id, before, after)
		return
	}
	for _, image := range imagesIn(f.Before.V) {
		t.row(n, id, image, "")
	}
	for _, image := range imagesIn(f.After.V) {
		t.row(n, id, "", image)
	}
}

func (t *imageTable) row(n int, id model.ObjectID, before, after string) {
	if before == after {
		return
	}
	key := [2]string{before, after}
	i, known := t.at[key]
	if !known {
		i = len(t.rows)
		t.at[key] = i
		t.rows = append(t.rows, PageImage{Old: before, New: after})
	}
	r := &t.rows[i]
	if len(r.Changes) == 0 || r.Changes[len(r.Changes)-1] != n {
		r.Where, r.Changes = append(r.Where, id), append(r.Changes, n)
	}
}

// imagesIn gives the images of the containers in a value: texts under image in
// a list's items.
func imagesIn(v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		if image, ok := model.Show(v["image"]).(string); ok && v["name"] != nil {
			out = append(out, image)
		}
		for _, field := range []string{"spec", "template", "jobTemplate", "initContainers", "containers"} {
			out = append(out, imagesIn(v[field])...)
		}
	case []any:
		for _, item := range v {
			out = append(out, imagesIn(item)...)
		}
	}
	return out
}

// Sides gives the objects of a change of a page that was just made; nil of one
// that was read, whose parts hold them.
func (p *Page) Sides(change int) *Sides {
	if change < len(p.sides) {
		return p.sides[change]
	}
	return nil
}
