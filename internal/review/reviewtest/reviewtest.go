// Package reviewtest runs a check over fixtures: txtar archives with a base and
// a head tree, rendered for real, where a comment `# want "regexp"` stands on
// each line that a finding must be placed at. A finding that is not wanted, of
// whatever status, and a want without a finding fail the test.
package reviewtest

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// Now is the time by which fixtures are judged.
var Now = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// Run runs the check over every archive of a directory, one subtest each.
//
// Files of an archive are base/<path>, head/<path>, and these:
//
//	seaworthy.yaml   the repository's file
//	governing/<path> the branch whose comments count, where it is not base
//	want             a line `status "regexp"` for each finding without a place
//	fails            the ids of targets that do not render, a line each
//	audit            its presence alone: head/ is audited, and nothing is reviewed
//
// An archive without base/ reviews a repository that is new as a whole. A want
// is of status new unless it says otherwise: `# want existing "regexp"`. In an
// audit nothing is new: a want is of status existing there.
func Run(t *testing.T, check *review.Check, dir string) {
	t.Helper()
	run(t, []*review.Check{check}, check.ID, dir)
}

// RunFile does the same for what the fixtures' own seaworthy.yaml makes a review
// find: findings of ids that are no check's, such as a rule's, a blank between
// them. The checks are those that run beside; other findings than the ids' are
// not looked at.
func RunFile(t *testing.T, ids, dir string, checks ...*review.Check) {
	t.Helper()
	run(t, checks, ids, dir)
}

func run(t *testing.T, checks []*review.Check, id, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures in %s (%v)", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fixture := parse(t, a)
			report := fixture.look(t, checks, id)
			if len(checks) != 1 || checks[0].ID != id {
				report.Findings = slices.DeleteFunc(report.Findings, func(f review.Finding) bool { return !slices.Contains(strings.Fields(id), f.Check) })
			}
			fixture.compare(t, report, id)
		})
	}
}

type fixture struct {
	base, head map[string]string
	governing  map[string]string // of the branch whose comments count; nil is base
	config     string
	wants      []want
	fails      map[string]bool // targets that do not render
	audit      bool
}

// want is a finding that must come.
type want struct {
	status review.FindingStatus
	side   model.Side
	file   string
	line   int
	text   *regexp.Regexp
}

func (w want) String() string {
	if w.file == "" {
		return fmt.Sprintf("%s %q without a place", w.status, w.text)
	}
	return fmt.Sprintf("%s:%s:%d: %s %q", w.side, w.file, w.line, w.status, w.text)
}

var marker = regexp.MustCompile(`\s*# want (?:(new|worse|existing|fixed|unknown|waived) )?("(?:[^"\\]|\\.)*")`)

func parse(t *testing.T, a *txtar.Archive) *fixture {
	t.Helper()
	f := &fixture{base: map[string]string{}, head: map[string]string{}, fails: map[string]bool{}}
	for _, file := range a.Files {
		f.audit = f.audit || file.Name == "audit"
	}
	for _, file := range a.Files {
		side, name, _ := strings.Cut(file.Name, "/")
		switch side {
		case "base":
			f.base[name] = f.strip(t, model.Base, name, string(file.Data))
		case "head":
			f.head[name] = f.strip(t, model.Head, name, string(file.Data))
		case "governing":
			if f.governing == nil {
				f.governing = map[string]string{}
			}
			f.governing[name] = string(file.Data)
		case "seaworthy.yaml":
			f.config = string(file.Data)
		case "want":
			f.strip(t, model.Head, "", "# want "+strings.ReplaceAll(strings.TrimSpace(string(file.Data)), "\n", "\n# want "))
		case "audit":
		case "fails":
			for _, id := range strings.Fields(string(file.Data)) {
				f.fails[id] = true
			}
		default:
			t.Fatalf("%s stands neither in base/ nor in head/", file.Name)
		}
	}
	return f
}

// strip notes a file's wants and takes them out, so that they are not rendered.
func (f *fixture) strip(t *testing.T, side model.Side, name, content string) string {
	t.Helper()
	lines := strings.Split(content, "\n")
	for i, line := range lines {
		for _, m := range marker.FindAllStringSubmatch(line, -1) {
			text, err := strconv.Unquote(m[2])
			if err != nil {
				t.Fatalf("%s:%d: %s: %v", name, i+1, m[2], err)
			}
			w := want{status: review.FindingStatus(m[1]), side: side, file: name, line: i + 1, text: regexp.MustCompile(text)}
			if w.status == "" {
				w.status = f.unsaid()
			}
			f.wants = append(f.wants, w)
		}
		lines[i] = marker.ReplaceAllString(line, "")
	}
	return strings.Join(lines, "\n")
}

// Reviewer runs checks, all of it in this process.
func Reviewer(checks []*review.Check) *job.Reviewer {
	runner := sandbox.InProcess(engine.Handlers())
	return &job.Reviewer{Runner: runner, Renderer: render.New(runner, render.NoCache(), 1), Checks: checks}
}

func (f *fixture) review(t *testing.T, checks []*review.Check, id string) *review.Report {
	t.Helper()
	r := Reviewer(checks)
	c := job.Change{BaseSHA: "base", MergeBase: "base", HeadSHA: "head", Scope: "test", AsOf: Now,
		Base: modeltest.Tree(f.base), Head: modeltest.Tree(f.head)}
	file, mistakes, err := config.ReadContent(t.Context(), r.Runner, []byte("version: 1\n"+strings.TrimPrefix(f.config, "version: 1\n")), c.Scope, r.CheckIDs())
	if err != nil {
		t.Fatal(err)
	}
	if c.Governance, err = r.Govern(file, "seaworthy.yaml", mistakes, job.Defaults{}); err != nil {
		t.Fatal(err)
	}
	c.Governing = c.Base
	if f.governing != nil {
		c.Governing = modeltest.Tree(f.governing)
	}
	report, err := r.Review(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range report.Broken {
		t.Errorf("%s panicked: %s\n%s", b.Check, b.Panic, b.Stack)
	}
	f.built(t, report, id)
	return report
}

// built: nothing of the fixture fails to render unless it says so.
func (f *fixture) built(t *testing.T, report *review.Report, id string) {
	t.Helper()
	for _, target := range report.Targets {
		failed := target.Error != nil && !target.Error.Class.Incomplete() // nothing is fetched for a fixture
		if id != review.RenderFailed && failed != f.fails[target.ID] {
			t.Errorf("the fixture's %s: error %v, listed under fails: %t", target.ID, target.Error, f.fails[target.ID])
		}
	}
}

// compare matches findings with wants, each with one.
func (f *fixture) compare(t *testing.T, report *review.Report, check string) {
	t.Helper()
	left := append([]want(nil), f.wants...)
	for _, found := range report.Findings {
		if found.Check == review.RenderFailed && check != review.RenderFailed && len(f.fails) > 0 {
			continue // the fixture says so
		}
		if found.Check == review.SightLost && check != review.SightLost {
			continue // of nothing that a check says
		}
		if !slices.Contains(strings.Fields(check), found.Check) {
			t.Errorf("surplus finding of %s: %s", found.Check, found.Message)
			continue
		}
		i := match(left, found)
		if i >= 0 {
			left = append(left[:i], left[i+1:]...)
			continue
		}
		t.Errorf("surplus finding at %s: %s %q: %s", at(found), found.Status, found.Title, found.Message)
	}
	sort.Slice(left, func(i, j int) bool { return left[i].String() < left[j].String() })
	for _, w := range left {
		t.Errorf("no finding for %s", w)
	}
}

func match(wants []want, f review.Finding) int {
	for i, w := range wants {
		placed := f.Location != nil && w.file == f.Location.File && w.line == f.Location.Line && w.side == f.Location.Side
		if (placed || w.file == "" && f.Location == nil) && w.status == f.Status && w.text.MatchString(f.Title+": "+f.Message) {
			return i
		}
	}
	return -1
}

func at(f review.Finding) string {
	if f.Location == nil {
		return "no place"
	}
	return fmt.Sprintf("%s:%s:%d (%s)", f.Location.Side, f.Location.File, f.Location.Line, f.Location.Precision)
}
