package review

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func shopObject(kind, name, fields string) *model.Object {
	return model.NewObject(model.ObjectID{Version: "v1", Kind: kind, Namespace: "shop", Name: name}, name, []byte(fields), nil)
}

// repository is a target of two Services, one of which is bad, and a ConfigMap.
func repository() *model.Snapshot {
	return &model.Snapshot{Side: model.Head, Targets: []model.Rendered{{
		Target: model.Target{ID: "kustomize:apps", Path: "apps"}, Status: model.StatusRendered,
		Objects: []*model.Object{shopObject("Service", "good", `{}`), shopObject("Service", "bad", `{"bad": true}`), shopObject("ConfigMap", "c", `{}`)},
	}}}
}

// bad is a check of a kind that reports what is bad.
func bad(id, kind string, set ...func(*Check)) *Check {
	c := &Check{ID: id, Area: Security, Severity: Critical, Run: Objects(func(p *Pass, o *model.Object) {
		if o.ID.Kind != kind {
			return
		}
		if is, _ := Bool(o.Fields(), "bad"); is {
			p.Report(Hit{Object: o, Message: "bad"})
		}
	})}
	for _, f := range set {
		f(c)
	}
	return c
}

func runAudit(t *testing.T, in AuditInput) *Report {
	t.Helper()
	in.AsOf = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	r, err := Audit(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func outcomes(r *Report) map[string]string {
	out := map[string]string{}
	for _, c := range r.Checks {
		out[c.Check.ID] = fmt.Sprint(c.Outcome, " ", c.Looked)
	}
	return out
}

func TestWhatBecameOfEachCheck(t *testing.T) {
	expires := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	in := AuditInput{Subject: Subject{Head: repository(), Gate: Strict, Read: func(_ model.Side, path string) []byte { return nil }, Checks: []*Check{
		bad("open", "Service"),
		bad("passed", "ConfigMap"),
		bad("nothing", "Secret"),
		bad("off", "Service"),
		bad("waived", "Service"),
		{ID: "changes", Run: Changes(func(p *Pass, c Change) { t.Error("it runs in an audit") })},
		{ID: "of-changes", Run: Objects(func(p *Pass, o *model.Object) { t.Error("it runs in an audit") }).OfChanges()},
		{ID: "unknown", Severity: High, Run: Clusters(func(p *Pass, c *Cluster) {
			p.Report(Hit{Object: c.Objects[0], Verdict: NotSeen, Message: "?"})
		})},
		{ID: "by-names", Run: Objects(func(p *Pass, o *model.Object) { p.Looked(1) })},
		{ID: "beside", Run: Clusters(func(p *Pass, c *Cluster) { p.Looked(0); c.Objects[0].Fields() })},
		{ID: "broken", Severity: High, Run: Clusters(func(p *Pass, c *Cluster) { panic("x") })},
	}, Settings: Settings{Off: map[string]bool{"off": true}, Waivers: []Waiver{{Check: "waived", Expires: expires}}}}}
	want := map[string]string{"open": "open 2", "passed": "passed 1", "nothing": "not-applicable 0", "off": "off 0", "waived": "waived 2",
		"changes": "not-applicable 0", "of-changes": "not-applicable 0", "unknown": "unknown 0", "by-names": "passed 3", "beside": "not-applicable 0", "broken": "unknown 0"}
	if d := cmp.Diff(want, outcomes(runAudit(t, in))); d != "" {
		t.Error(d)
	}
	// Where something is not visible, nothing to look at may be unseen.
	in.Head = repository()
	in.Head.Targets = append(in.Head.Targets, model.Rendered{Target: model.Target{ID: "kustomize:dev"}, Status: model.StatusIncomplete,
		Problem: &model.Problem{Class: model.RemoteBase, Message: "elsewhere"}})
	in.Own = []*Check{{ID: RenderFailed, Severity: Critical}}
	if got := outcomes(runAudit(t, in)); got["nothing"] != "unknown 0" || got[RenderFailed] != "unknown 2" {
		t.Errorf("with a target that is not visible: %v", got)
	}
	// The same for a release whose chart no target renders.
	in.Head = repository()
	release := model.NewObject(model.ObjectID{Group: "helm.toolkit.fluxcd.io", Version: "v2", Kind: "HelmRelease", Namespace: "shop", Name: "web"}, "", []byte(`{}`), nil)
	in.Head.Targets[0].Objects = append(in.Head.Targets[0].Objects, release)
	if r := runAudit(t, in); outcomes(r)["nothing"] != "unknown 0" || len(r.Hidden) != 1 {
		t.Errorf("with a release: %v, hidden %v", outcomes(r)["nothing"], r.Hidden)
	}
	in.Head.Targets = append(in.Head.Targets, model.Rendered{Target: model.Target{ID: "helm:/shop/web", Kind: model.Helm}, Status: model.StatusRendered})
	if r := runAudit(t, in); outcomes(r)["nothing"] != "not-applicable 0" || len(r.Hidden) != 0 {
		t.Errorf("with a rendered release: %v, hidden %v", outcomes(r)["nothing"], r.Hidden)
	}
}

func TestTheVerdictOfAnAudit(t *testing.T) {
	unseen := repository()
	unseen.Targets = append(unseen.Targets, model.Rendered{Target: model.Target{ID: "kustomize:dev"}, Status: model.StatusIncomplete,
		Problem: &model.Problem{Class: model.RemoteBase, Message: "elsewhere"}})
	critical, fine := bad("x", "Service"), bad("x", "ConfigMap")
	high := bad("x", "Service", func(c *Check) { c.Severity = High })
	for _, tt := range []struct {
		head  *model.Snapshot
		check *Check
		gate  Gate
		want  Conclusion
	}{
		{repository(), critical, Strict, Failure}, {repository(), critical, Standard, Failure}, {repository(), critical, ReportOnly, Neutral},
		{repository(), high, Strict, Success}, {repository(), fine, Strict, Success},
		{&model.Snapshot{Side: model.Head}, fine, Strict, Failure},
		{unseen, fine, Strict, Failure}, {unseen, fine, Standard, Neutral}, {unseen, fine, ReportOnly, Neutral},
	} {
		r := runAudit(t, AuditInput{Subject: Subject{Head: tt.head, Gate: tt.gate, Checks: []*Check{tt.check}}})
		if r.Conclusion != tt.want {
			t.Errorf("%s, %s, %d targets: %s, want %s", tt.gate, tt.check.Severity, len(tt.head.Targets), r.Conclusion, tt.want)
		}
		for _, f := range r.Findings {
			if f.Status != Existing {
				t.Errorf("a finding of an audit is %s", f.Status)
			}
		}
	}
}

func TestAPartOfARepository(t *testing.T) {
	s := repository()
	s.Targets = append(s.Targets, model.Rendered{Target: model.Target{ID: "kustomize:infra", Path: "infra"}, Status: model.StatusRendered,
		Objects: []*model.Object{shopObject("Service", "worse", `{"bad": true}`)}})
	r := runAudit(t, AuditInput{Subject: Subject{Head: s, Gate: Strict, Checks: []*Check{bad("x", "Service")}}, Within: &Within{Targets: map[string]bool{"kustomize:infra": true}, Dir: "infra"}})
	if len(r.Findings) != 1 || r.Findings[0].Object.Name != "worse" || len(r.Targets) != 1 || r.Checks[0].Open != 1 {
		t.Errorf("findings %+v, targets %+v", r.Findings, r.Targets)
	}
}

func TestAWaiverThatLeavesCriticalsOut(t *testing.T) {
	w := Waiver{Check: "x", Expires: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), NotCritical: true}
	findings := []Finding{{Check: "x", Severity: Critical, Status: New}, {Check: "x", Severity: High, Status: New}}
	waive(findings, []Waiver{w}, time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC))
	if findings[0].Status != New || findings[1].Status != Waived {
		t.Errorf("the findings are %s and %s", findings[0].Status, findings[1].Status)
	}
}

func TestWhatIsFoundOnlyAsideDoesNotBlock(t *testing.T) {
	in := AuditInput{Subject: Subject{Head: repository(), Gate: Strict, Read: func(_ model.Side, path string) []byte { return nil }, Checks: []*Check{bad("bad", "Service")}}}
	again := repository().Targets[0]
	again.Target = model.Target{ID: "kustomize:examples/apps", Path: "examples/apps"}
	again.Objects = []*model.Object{shopObject("Service", "shown", `{"bad": true}`)}
	in.Head.Targets = append(in.Head.Targets, again)
	got := map[string]string{}
	for _, f := range runAudit(t, in).Findings {
		got[f.Object.Name] = fmt.Sprint(f.Severity, " ", f.Blocking)
	}
	if d := cmp.Diff(map[string]string{"bad": "critical true", "shown": "medium false"}, got); d != "" {
		t.Error(d)
	}
	in.Head.Targets = in.Head.Targets[1:]
	if r := runAudit(t, in); r.Conclusion != Failure {
		t.Errorf("a repository of examples alone is judged as any other, and is %s", r.Conclusion)
	}
}

// TestAnEmptyRootThatNothingApplies: where Flux says what is applied, a kustomization
// with nothing in it is no outage; without Flux somebody may apply it.
func TestAnEmptyRootThatNothingApplies(t *testing.T) {
	for _, flux := range []bool{true, false} {
		empty := model.Rendered{Target: model.Target{ID: "kustomize:later", Kind: model.Kustomize, Path: "later"}, Status: model.StatusFailed,
			Problem: &model.Problem{Class: model.EmptyKustomization, Message: "it has no resources"}}
		broken := model.Rendered{Target: model.Target{ID: "kustomize:web", Kind: model.Kustomize, Path: "web"}, Status: model.StatusFailed,
			Problem: &model.Problem{Class: model.MissingFile, Message: "it is gone"}}
		in := AuditInput{Subject: Subject{Head: repository(), Gate: Strict, Read: func(model.Side, string) []byte { return nil }}}
		in.Head.Targets = append(in.Head.Targets, empty, broken)
		if flux {
			in.Head.Targets = append(in.Head.Targets, model.Rendered{Target: model.Target{ID: "flux:prod/flux-system/apps", Kind: model.Flux, Cluster: "prod"}, Status: model.StatusRendered})
		}
		got := map[string]string{}
		for _, f := range runAudit(t, in).Findings {
			got[f.Targets[0]] = fmt.Sprint(f.Severity, " ", f.Blocking)
		}
		want := map[string]string{"kustomize:later": "critical true", "kustomize:web": "critical true"}
		if flux {
			want["kustomize:later"] = "medium false"
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("with Flux %v: %s", flux, d)
		}
	}
}
