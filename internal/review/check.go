package review

import (
	"slices"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Area is what part of readiness a check speaks of.
type Area string

const (
	Architecture  Area = "architecture"
	Security      Area = "security"
	SupplyChain   Area = "supply-chain"
	Reliability   Area = "reliability"
	Observability Area = "observability"
	Operations    Area = "operations"
	Testing       Area = "testing"
	FluxArea      Area = "flux"
	Docs          Area = "docs"
)

// Check is a rule as a value. Nothing else declares one: its id is its file's
// name, its fixture folder, its anchor in the docs and its key in a
// repository's file.
type Check struct {
	ID       string
	Area     Area
	Tags     []Tag    // what a reader looks for it under; none is right too
	Severity Severity // of a finding that names none
	Doc      Doc
	Options  any // a pointer to the typed options with their defaults; nil for none
	Run      Runner
	Docs     string // where it is explained; "" is the catalogue
	// SaidBy is another check whose new findings in a file say what this one would say
	// there, and more.
	SaidBy string
	// SaidAt is another check whose new finding at the very line says what this one would
	// say there, and more.
	SaidAt string
	// ByTargets: what it says in the same words of several objects of the same targets has
	// one cause, and is told once.
	ByTargets bool
	// ByLabels: what it finds of a workload may come of labels that its pods do not have.
	ByLabels bool
	// OneCause: what it finds under one title at many places of one object has one
	// cause, and is told once.
	OneCause bool
}

// Doc teaches the rule. All fields but the examples are required.
type Doc struct {
	Title  string // the finding as a headline, lower case: "memory limit missing"
	What   string // what the check looks for, and what it leaves alone
	Why    string // what happens in production
	Fix    string // what to do
	Verify string // how to see by hand that it is so, commands mostly
	Waive  string // when it is right to waive it
	Effort string // of the fix: small (<30 min), medium (<2 h), large
	Bad    string // YAML that the check finds
	Good   string // the same, mended
}

// Runner is what a check does and how often. Make one with Objects, Containers,
// Clusters, Changes or Files.
type Runner struct {
	object  func(*Pass, *model.Object)
	cluster func(*Pass, *Cluster)
	change  func(*Pass, Change)
	files   func(*Pass)
	values  func(*Pass, *Values)
	changes bool // speaks of changes only: an audit leaves it out
	audits  bool // speaks in audits only: a pull request never hears of it
}

// OfAudits marks a check that speaks of a repository as a whole: on a pull
// request it does not run.
func (r Runner) OfAudits() Runner { r.audits = true; return r }

// SpeaksInAuditsOnly reports whether a pull request never hears of the check.
func (r Runner) SpeaksInAuditsOnly() bool { return r.audits }

// OfChanges marks a check that speaks only of what a change does: in an audit it
// has nothing to say, and does not run.
func (r Runner) OfChanges() Runner { r.changes = true; return r }

// Objects runs for every object of the delta, on the side where it is, and for
// every object in an audit.
func Objects(f func(*Pass, *model.Object)) Runner { return Runner{object: f} }

// SpeaksOfChangesOnly reports whether an audit leaves the check out.
func (r Runner) SpeaksOfChangesOnly() bool { return r.changes }

// Containers runs for every container of every workload, as Objects does, but for one
// that a patch adds which names no container of its workload (Pass.Stray).
func Containers(f func(*Pass, Container)) Runner {
	return Objects(func(p *Pass, o *model.Object) {
		for _, c := range ContainersOf(o) {
			if !p.Stray(c) {
				f(p, c)
			}
		}
	})
}

// Stray reports whether a container is new in a workload that is not, and has no image: a
// patch added it by a name that none has. That is one mistake; what else the container lacks
// is none.
func (p *Pass) Stray(c Container) bool {
	old := p.Before(c.Workload)
	if old == nil || old == c.Workload || c.Fields["image"] != nil {
		return false
	}
	_, had := p.ContainerBefore(c)
	return !had && len(ContainersOf(old)) > 0
}

// Clusters runs once per cluster and side, over everything that is applied
// together.
func Clusters(f func(*Pass, *Cluster)) Runner { return Runner{cluster: f} }

// Changes runs once per changed object, on the head's side; its findings are
// new by nature.
func Changes(f func(*Pass, Change)) Runner { return Runner{change: f, changes: true} }

// InAudits gives a check of changes something to say of a whole repository too:
// once per cluster, in audits only.
func (r Runner) InAudits(f func(*Pass, *Cluster)) Runner {
	r.cluster, r.changes = f, false
	return r
}

// Files runs once per side over the repository's files.
func Files(f func(*Pass)) Runner { return Runner{files: f} }

// AndFiles adds to a check of objects what it says of files.
func (r Runner) AndFiles(f func(*Pass)) Runner { r.files = f; return r }

// Proofs is where proofs of readiness are kept: a directory, the environments
// that need them, and how many days old they may be. No Dir means that the
// repository's file names none.
type Proofs struct {
	Dir          string
	Environments []string
	MaxAgeDays   int
}

// Pass is all that a check may touch.
type Pass struct {
	// Side says which commit is looked at. Both are, and what both have is not
	// the pull request's doing.
	Side model.Side
	// Options is the check's options as the repository's file sets them: the
	// type that Check.Options points to.
	Options any
	// Audit: the whole repository is looked at, not a change.
	Audit bool
	// Demanded: the repository's file gives the check a severity, so that it is told
	// whatever the repository's way is.
	Demanded bool
	// BaseTargets and HeadTargets are all targets on the two sides; an audit has
	// no base.
	BaseTargets, HeadTargets []model.Rendered
	// Clusters are all clusters of the side.
	Clusters []*Cluster
	// Kubernetes is the minor version that the clusters run, such as "1.33"; ""
	// where the repository's file does not say.
	Kubernetes string
	// Proofs is where the repository's file says that proofs of readiness are
	// kept.
	Proofs Proofs
	// AsOf is the time by which is judged. What only time made so is told in an
	// audit, and is no pull request's doing.
	AsOf time.Time

	check   *Check
	judge   *judge
	tree    *model.Tree
	change  *Change  // the one that is looked at
	cluster *Cluster // the one that is looked at
	hits    []hit

	applications *applications

	reads  int      // files
	files  []string // the first of them
	looked int      // as the check says itself
	named  []string
	said   bool
}

// Verdict is how sure a check is of what it found.
type Verdict int

const (
	// Found: it is so, as far as the cluster is seen.
	Found Verdict = iota
	// Sure: it is so whatever else the cluster has, also where a part of it cannot be
	// seen.
	Sure
	// NotSeen: it could not be seen whether it is so.
	NotSeen
	// NotAnswered: as NotSeen, and never green: a rule asked about this and could not
	// be answered. One finding tells of all its objects.
	NotAnswered
)

// Known reports whether it is so.
func (v Verdict) Known() bool { return v == Found || v == Sure }

// NotSeenIf is NotSeen where something that decides could not be seen, else Found.
func NotSeenIf(hidden bool) Verdict {
	if hidden {
		return NotSeen
	}
	return Found
}

// Hit is one thing that a check found.
type Hit struct {
	Object *model.Object // nil for a finding about a file
	// Field is a JSON Pointer into Object. It may lead to something that is
	// missing: the finding then stands at the nearest ancestor that exists.
	Field    string
	Message  string   // one or two sentences: what is so, and what it does
	Title    string   // "" means Doc.Title
	Fix      string   // "" means Doc.Fix
	Severity Severity // "" means the check's
	// Measure makes two findings of equal severity comparable: head's larger
	// than base's is worse.
	Measure int
	// Key names the finding within its object or file, on both sides alike; ""
	// means Field. A check that may point at one of several fields sets it.
	Key     string
	Verdict Verdict // how sure it is
	// Searched lists what was looked at, for something that is absent.
	Searched []string
	// About is the object whose finding it is, on both sides, where Object only
	// holds the place; nil means Object.
	About *model.Object
	// Related are further objects that the finding speaks of.
	Related []*model.Object
	// Targets are named where no object tells them.
	Targets []string

	// File and Line place a finding about a file; Line 0 is the whole file.
	File string
	Line int
	// Handing is the target of an Application whose values the finding speaks of, "" of
	// any other: it pairs by that, and stands in the object that asks for the target.
	Handing string
	at      []model.Step // in that object, where it stands in no file of values

	// Gone: Object is one of base that head no longer has.
	Gone bool
	// Since is the object of base whose removal made it so: where another finding tells of
	// that, and blocks, this one says nothing more.
	Since *model.Object
	// Meant leads to the field that the one at Field was meant to be, where that is
	// misspelt.
	Meant string
}

type hit struct {
	Hit
	change  *Change
	cluster *Cluster
}

// Report notes a finding; none of a place that a variable decides which cannot be seen.
func (p *Pass) Report(h Hit) {
	if h.Object != nil && !h.Gone && h.Verdict.Known() && p.Partial(h.Object) && variableAt(h.Object, h.Field) {
		return
	}
	if h.Title == "" {
		h.Title = p.check.Doc.Title
	}
	if h.Severity == "" {
		h.Severity = p.check.Severity
	}
	h.Message = model.RedactedName(h.Message)
	if p.change != nil && p.change.Unsure && h.Verdict.Known() {
		h.Verdict, h.Searched = NotSeen, append(h.Searched, "what is visible of the target")
	}
	p.hits = append(p.hits, hit{h, p.change, p.cluster})
}

// Looked says that the check looked at so many things more. Without it, the
// objects and files whose content the check reads are counted: a check says so
// itself where it judges by names alone, or reads what is not its subject. The names
// are of some of the things.
func (p *Pass) Looked(things int, names ...string) {
	p.said, p.looked = true, p.looked+things
	if len(p.named) < mostSaw {
		p.named = append(p.named, names...)
	}
}

// Paths gives the repository's files, sorted. Callers must not change it.
func (p *Pass) Paths() []string { return p.tree.Files() }

// Exists reports whether the side has a file or directory of this path, symbolic
// links followed.
func (p *Pass) Exists(path string) bool { return exists(p.tree, path) }

// Existed reports whether base had a file or directory of this path.
func (p *Pass) Existed(path string) bool {
	return !p.Audit && p.judge.base.Tree != nil && exists(p.judge.base.Tree, path)
}

func exists(tree *model.Tree, path string) bool {
	_, _, err := tree.Resolve(path)
	return err == nil
}

// Served reports whether Flux finds a path: its artifacts hold no symbolic links
// (source-controller v1.9).
func (p *Pass) Served(path string) bool { return served(p.tree, path) }

// ServedBefore reports whether Flux found a path before the change.
func (p *Pass) ServedBefore(path string) bool {
	return !p.Audit && p.judge.base.Tree != nil && served(p.judge.base.Tree, path)
}

func served(tree *model.Tree, path string) bool {
	return exists(tree, path) && linked(tree, path) == ""
}

// Linked gives the symbolic link by which the side's path is reached; "" for none.
func (p *Pass) Linked(path string) string { return linked(p.tree, path) }

func linked(tree *model.Tree, path string) string {
	if _, links, err := tree.Resolve(path); err == nil && len(links) > 0 {
		return links[0]
	}
	return ""
}

// Changed gives the files of the side that the change adds, alters or removes;
// all files in an audit. Callers must not change it.
func (p *Pass) Changed() []string {
	if p.Audit {
		return p.Paths()
	}
	return p.judge.changedFiles(p.tree)
}

// Read gives a file's content; nil when there is none, or when it is too large.
func (p *Pass) Read(path string) []byte {
	content := p.judge.read(p.Side, path)
	if content != nil {
		if p.reads++; len(p.files) < mostSaw {
			p.files = append(p.files, path)
		}
	}
	return content
}

// ReadBase gives a file's content before the change; nil when there was none,
// and in an audit.
func (p *Pass) ReadBase(path string) []byte {
	if p.Audit {
		return nil
	}
	return p.judge.read(model.Base, path)
}

// ClearText gives the credentials that stand readable in files of the side, and in
// what they make Secrets of, by file and line. Others are looked at only where a
// Secret is made of them.
func (p *Pass) ClearText(files, others []string) []model.ClearText {
	if p.judge.ClearText == nil || len(files)+len(others) == 0 {
		return nil
	}
	p.reads += len(files)
	return p.judge.ClearText(p.Side, files, others)
}

// IdlePatches gives the patches, images and replacements that change nothing, in the
// kustomizations that the change touches, that name a file which it touches, or that build
// what it takes an object or an image from.
func (p *Pass) IdlePatches() []model.IdlePatch {
	if p.Audit || p.judge.idlePatches == nil {
		return nil
	}
	return p.judge.idlePatches(p.Side)
}

// Recovered tells of a library's panic that the check, or what it asked, went on
// after. The finding says what is not known for it; this is for the log.
func (p *Pass) Recovered(where, value, stack string) {
	p.judge.recovered = append(p.judge.recovered, Recovered{Where: where, Panic: value, Stack: stack})
}

// GoneOnUpgrade reports whether an upgrade of a target's release does not render one of its
// objects of head: it is one of an installation, or has the number of the upgrade in its name.
func (p *Pass) GoneOnUpgrade(target string, o *model.Object) bool {
	t := p.judge.Head.Target(target)
	return t != nil && slices.ContainsFunc(t.Otherwise, func(w model.Otherwise) bool { return slices.Contains(w.Gone, o.ID.Kind+" "+o.ID.Name) })
}
