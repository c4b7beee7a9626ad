package job_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/source"
)

// TestNothingGoesUnsaid reviews the archives of testdata/seen: base/ and head/
// (what differs), unapplied (globs of the repository's file), origins (its addresses), and in the comment, after a line of words, what the review must
// say, one a line; "not" before it is the contrary:
//
//	conclusion success | neutral | failure | unsure (neutral or failure)
//	complete
//	changes <Kind> <name> [<pointer>]
//	finds <check> [<status>]
//	account <file> <state>
//	target <id> <status at head>
//	unseen <class> <reached | elsewhere> [<line>]
//	notes <text>
//	at <check> <file>:<line>
//	says <text of what is not visible>
//
// <url>@<ref>//<path> are files of other repositories; of a Helm repository
// <url>/<chart>@<version>//<path in the chart>.
func TestNothingGoesUnsaid(t *testing.T) {
	files, err := filepath.Glob("testdata/seen/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := seen(t, a, sandbox.InProcess(engine.Handlers()), render.NoCache())
			_, wants, _ := strings.Cut(strings.TrimSpace(string(a.Comment)), "\n")
			if wants == "" {
				t.Fatal("it asks for nothing")
			}
			for want := range strings.Lines(wants) {
				said, not := strings.CutPrefix(strings.TrimSpace(want), "not ")
				if says(t, r, said) == not {
					t.Errorf("%s\n%s", strings.TrimSpace(want), summary(r))
				}
			}
		})
	}
}

// seen reviews an archive's change.
func seen(t *testing.T, a *txtar.Archive, runner sandbox.Runner, cache *render.Cache) *review.Report {
	t.Helper()
	base, head := map[string]string{}, map[string]string{}
	var unapplied, origins []string
	outside := elsewhere{t, map[string]map[string]string{}}
	for _, f := range a.Files {
		if ref, p, ok := strings.Cut(f.Name, "//"); ok {
			if outside.files[ref] == nil {
				outside.files[ref] = map[string]string{}
			}
			outside.files[ref][p] = string(f.Data)
		}
		if f.Name == "origins" {
			origins = strings.Fields(string(f.Data))
		}
		if f.Name == "unapplied" {
			unapplied = strings.Fields(string(f.Data))
		}
		if name, ok := strings.CutPrefix(f.Name, "base/"); ok {
			base[name] = string(f.Data)
			if _, differs := head[name]; !differs {
				head[name] = string(f.Data)
			}
		}
	}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "head/"); ok {
			head[name] = string(f.Data)
		}
		if name, ok := strings.CutPrefix(f.Name, "gone/"); ok {
			delete(head, name)
		}
	}
	r := &job.Reviewer{Runner: runner, Renderer: render.New(runner, cache, 1), Checks: checks.All,
		Sources: func(source.Neighbours) render.Sources { return outside }}
	report, err := r.Review(t.Context(), job.Change{BaseSHA: "0", MergeBase: "0", HeadSHA: "1", Scope: "test", Origins: origins, Governance: job.Governance{Gate: review.Standard, Unapplied: unapplied},
		AsOf: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), Base: modeltest.Tree(base), Head: modeltest.Tree(head)})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// elsewhere are the files of other repositories, by "host/owner/name@ref", and of charts.
type elsewhere struct {
	t     *testing.T
	files map[string]map[string]string
}

func (e elsewhere) Fetch(_ context.Context, _ string, refs []model.SourceRef) []model.Artifact {
	out := make([]model.Artifact, len(refs))
	for i, ref := range refs {
		name := strings.TrimPrefix(ref.URL, "https://") + "@" + ref.Tag + ref.Branch + ref.Commit
		if ref.Kind == model.ChartSource {
			name = strings.TrimPrefix(ref.URL, "https://") + "/" + ref.Chart + "@" + ref.Version
		}
		if files, ok := e.files[name]; ok {
			if ref.Kind == model.ChartSource {
				packed := map[string]string{}
				for file, content := range files {
					packed[ref.Chart+"/"+file] = content
				}
				files = map[string]string{model.ChartFile: string(modeltest.Packed(e.t, packed))}
			}
			out[i] = model.Artifact{Tree: modeltest.Tree(files), Digest: name}
		} else {
			out[i].Problem = &model.Problem{Class: model.SourceUnreachable, Message: "there is no " + name}
		}
	}
	return out
}

// says reports whether a review says a thing.
func says(t *testing.T, r *review.Report, want string) bool {
	t.Helper()
	w := strings.Fields(want)
	arg := func(i int) string {
		if i < len(w) {
			return w[i]
		}
		return ""
	}
	switch w[0] {
	case "conclusion":
		return string(r.Conclusion) == arg(1) || arg(1) == "unsure" && r.Conclusion != review.Success
	case "complete":
		return r.Complete
	case "changes":
		return slices.ContainsFunc(r.Changes, func(c review.Change) bool {
			return c.Object.Kind == arg(1) && c.Object.Name == arg(2) && (arg(3) == "" || slices.ContainsFunc(c.Fields, func(f review.Field) bool { return f.Path == arg(3) }))
		})
	case "finds":
		return slices.ContainsFunc(r.Findings, func(f review.Finding) bool { return f.Check == arg(1) && (arg(2) == "" || string(f.Status) == arg(2)) })
	case "silent": // no finding of the check
		return !slices.ContainsFunc(r.Findings, func(f review.Finding) bool { return f.Check == arg(1) })
	case "account":
		return slices.ContainsFunc(r.Account, func(f model.FileAccount) bool { return f.File == arg(1) && string(f.State) == arg(2) })
	case "target":
		return slices.ContainsFunc(r.Targets, func(x review.TargetResult) bool { return x.ID == arg(1) && string(x.Head) == arg(2) })
	case "unseen":
		return slices.ContainsFunc(r.Incomplete, func(i review.Incomplete) bool {
			return string(i.Class) == arg(1) && i.Reached == (arg(2) == "reached") && (arg(3) == "" || i.Where != nil && fmt.Sprintf("%s:%d", i.Where.File, i.Where.Line) == arg(3))
		})
	case "at":
		return slices.ContainsFunc(r.Findings, func(f review.Finding) bool {
			return f.Check == arg(1) && f.Location != nil && fmt.Sprintf("%s:%d", f.Location.File, f.Location.Line) == arg(2)
		})
	case "says":
		return slices.ContainsFunc(r.Incomplete, func(i review.Incomplete) bool { return strings.Contains(i.Message, strings.TrimPrefix(want, "says ")) })
	case "notes":
		return slices.ContainsFunc(r.Changes, func(c review.Change) bool {
			return slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, strings.TrimPrefix(want, "notes ")) })
		})
	}
	t.Fatalf("%q is no word of these archives", w[0])
	return false
}

// summary is what a review said, for who reads a failure.
func summary(r *review.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "conclusion %s, complete %v\n", r.Conclusion, r.Complete)
	for _, x := range r.Targets {
		fmt.Fprintf(&b, "target %s %s\n", x.ID, x.Head)
	}
	for _, i := range r.Incomplete {
		fmt.Fprintf(&b, "unseen %s %v %s %v\n", i.Class, i.Reached, i.Message, i.Where)
	}
	for _, c := range r.Changes {
		fmt.Fprintf(&b, "%s %s %v %q\n", c.Change, c.Object, len(c.Fields), c.Notes)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "finds %s %s %v: %s\n", f.Check, f.Status, f.Location, f.Message)
	}
	for _, f := range r.Account {
		fmt.Fprintf(&b, "account %s %s %s\n", f.File, f.State, f.Reason)
	}
	return b.String()
}
