package review

import (
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestUnusedWaivers are told in an audit that sees all, and nowhere else.
func TestUnusedWaivers(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	of := Subject{AsOf: now, Head: &model.Snapshot{}, Settings: Settings{Off: map[string]bool{"off": true}, Waivers: []Waiver{
		{Check: "a", File: "f", Line: 1, Expires: now},
		{Check: "a", Object: "Pod/*/x", File: "f", Line: 2, Expires: now},
		{Check: "off", File: "f", Line: 3, Expires: now},
		{Check: "b", File: "f", Line: 4, Expires: now.AddDate(0, 0, -9)},
		{Check: "c", Line: 5, Expires: now}, // given by a command
	}}}
	lines := func(base *model.Snapshot, complete bool) (out []int) {
		r := &Report{Complete: complete, Findings: []Finding{{Check: "a", Status: Existing}}}
		newJudge(of, base, nil).waiveAll(r)
		for _, f := range r.Findings {
			if f.Check == WaiverUnused {
				out = append(out, f.Location.Line)
			}
		}
		return out
	}
	if got := lines(nil, true); len(got) != 1 || got[0] != 2 {
		t.Errorf("unused are those of the lines %v, want 2", got)
	}
	if got := append(lines(nil, false), lines(&model.Snapshot{}, true)...); len(got) > 0 {
		t.Errorf("told where not all is seen: %v", got)
	}
}

func TestPlaces(t *testing.T) {
	lines := strings.Split(`kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: a
    image: x
    ports:
    - containerPort: 1
    - containerPort: 2
  - name: b # why
    image: x
---
kind: Pod
metadata: {name: other}
spec:
  image: x`, "\n")
	places := placesOf(lines)
	for line, want := range map[int]string{
		6:  "kind: Pod,metadata:,name: web / spec / containers / - name: a / image #0",
		9:  "kind: Pod,metadata:,name: web / spec / containers / - name: a / ports / - containerPort #1",
		11: "kind: Pod,metadata:,name: web / spec / containers / - name: b / image #0",
		16: "kind: Pod,metadata: {name: other} / spec / image #0",
	} {
		if places[line] != want {
			t.Errorf("line %d: %q, want %q", line+1, places[line], want)
		}
	}
}

func FuzzInlineWaivers(f *testing.F) {
	f.Add("a: 1 # seaworthy: waive x until=2027-01-01 owner=@a reason=\"b c\"\n")
	f.Add("- # seaworthy: waive\n---\n  -  - a\n")
	f.Add("# seaworthy: waive \"\n")
	f.Fuzz(func(t *testing.T, content string) {
		for _, w := range inlineWaivers("f", []byte(content), map[string]bool{"x": true}) {
			if w.wrong == "" && (w.Owner == "" || w.Reason == "" || w.Expires.IsZero() || w.Check != "x") {
				t.Errorf("%+v counts", w)
			}
			if n := strings.Count(content, "\n") + 1; w.comment < 1 || w.line > n {
				t.Errorf("line %d of %d", w.line, n)
			}
		}
	})
}
