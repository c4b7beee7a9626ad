package job

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// Each owner of an error reads what to do about it, and nothing of its cause.
func TestConclude(t *testing.T) {
	hidden := errors.New("hidden cause")
	r := &store.Review{Pull: store.Pull{BaseRef: "main", HeadSHA: "abc"}, Delivery: "delivery-1", Tries: 5}
	for name, c := range map[string]struct {
		err            error
		title, summary string
	}{
		"GitHub":     {fault.New(fault.GitHub, "GitHub answered 502", hidden), "Could not finish: GitHub answered 502 · review again", "tried 6 times"},
		"operator":   {fault.New(fault.Operator, "the App was removed?; reinstall it", hidden), "Not set up for this: the App was removed", "reinstall it"},
		"author":     {fault.New(fault.Author, "the repository is too large", hidden), "Could not finish: the repository is too large", "too large"},
		"us":         {hidden, "Could not finish: a defect of Seaworthy", "`delivery-1`"},
		"death":      {errDied, "Could not finish: a defect of Seaworthy", "`delivery-1`"},
		"merge base": {fmt.Errorf("find: %w", git.ErrNoMergeBase), "Could not finish: no common history with main", "Rebase"},
		"time":       {fmt.Errorf("render: %w", sandbox.ErrTimeout), "Could not finish: not done in 5 minutes · review again", "Re-run"},
		"moved":      {&git.MovedError{Ref: "refs/pull/1/head"}, "Could not finish: the head cannot be fetched · review again", "push again"},
	} {
		t.Run(name, func(t *testing.T) {
			o := conclude(r, c.err)
			if o.Conclusion != github.ActionRequired || o.Title != c.title || !strings.Contains(o.Summary, c.summary) {
				t.Errorf("it says %+v", o)
			}
			if strings.Contains(o.Title+o.Summary, "hidden") {
				t.Errorf("it shows the cause: %+v", o)
			}
		})
	}
}

func TestCarrying(t *testing.T) {
	with := func(number int, conclusion string) sibling {
		return sibling{store.Review{Pull: store.Pull{Number: number}}, outcome{Conclusion: conclusion}}
	}
	for name, c := range map[string]struct {
		own    string
		others []sibling
		want   string
		title  string
	}{
		"alone":           {"success", nil, "success", "mine"},
		"the other worse": {"success", []sibling{with(7, "failure")}, "failure", "#7 says failure · here: mine"},
		"two are worse":   {"neutral", []sibling{with(7, "failure"), with(8, "neutral"), with(9, "failure")}, "failure", "#7 and #9 say failure · here: mine"},
		"the worst is me": {"failure", []sibling{with(7, "action_required")}, "failure", "mine"},
		"all the same":    {"failure", []sibling{with(7, "failure")}, "failure", "mine"},
	} {
		t.Run(name, func(t *testing.T) {
			got := outcome{Conclusion: c.own, Title: "mine"}.carrying(c.others)
			if got.Conclusion != c.want || got.Title != c.title {
				t.Errorf("it says %+v", got)
			}
		})
	}
}

func TestTheNameBeforeTheFileIsRead(t *testing.T) {
	for _, c := range []struct{ stored, base, want string }{
		{"", "main", "seaworthy"}, {"", "release", "seaworthy (release)"}, {"seaworthy", "release", "seaworthy"},
	} {
		if got := nameOf(store.Review{CheckName: c.stored, Pull: store.Pull{BaseRef: c.base, DefaultBranch: "main"}}); got != c.want {
			t.Errorf("%+v: the name is %q", c, got)
		}
	}
}
