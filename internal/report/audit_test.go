package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func explained(id string, area review.Area, s review.Severity, tags ...review.Tag) *review.Check {
	return &review.Check{ID: id, Area: area, Severity: s, Tags: tags, Doc: review.Doc{Title: "the title of " + id, Why: "Because.",
		Fix: "Do this. Then do that.", Verify: "kubectl get all", Waive: "Never.", Effort: "small"}}
}

// sampleAudit is an audit with something of everything; n is how many places
// each of its gaps has.
func sampleAudit(n int) *audit.Report {
	secret, limits := explained("plaintext-secret", review.Security, review.Critical, review.Secrets), explained("workload-resources-missing", review.Reliability, review.High, review.Resources)
	r := &review.Report{
		Head: strings.Repeat("b", 40), AsOf: time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC), Gate: review.Strict, Conclusion: review.Failure,
		Incomplete: []review.Incomplete{{Target: "kustomize:apps/dev", Class: model.RemoteBase, Message: "`https://example.org/base` is fetched from elsewhere", Where: line("apps/dev/kustomization.yaml", 2), Reached: true}},
		Targets: []review.TargetResult{
			{ID: "kustomize:apps/dev", Kind: model.Kustomize, Path: "apps/dev", Base: "absent", Head: "incomplete", Error: &model.Problem{Class: model.RemoteBase, Message: "`https://example.org/base` is fetched from elsewhere"}},
			{ID: "kustomize:apps/prod", Kind: model.Kustomize, Path: "apps/prod", Base: "absent", Head: "rendered"},
		},
		Hidden: []string{"HelmRelease shop/api"},
		Checks: []review.CheckResult{
			{Check: secret, Severity: review.Critical, Outcome: review.Open, Looked: 3, Open: n},
			{Check: limits, Severity: review.High, Outcome: review.Open, Looked: 2, Open: n},
			{Check: explained("rbac-wildcard", review.Security, review.High, review.RBAC), Severity: review.High, Outcome: review.Passed, Looked: 7},
			{Check: explained("issuer-ref-missing", review.Security, review.High, review.TLS), Severity: review.High, Outcome: review.Unseen, Unknown: 1},
			{Check: explained("pvc-shrunk", review.Reliability, review.High, review.Upgrades), Severity: review.High, Outcome: review.NotApplicable},
		},
		Stats: review.Stats{Targets: 2, Rendered: 2, Milliseconds: 412},
	}
	for i := range n {
		r.Findings = append(r.Findings, review.Finding{Check: "plaintext-secret", Severity: review.Critical, Status: review.Existing, Blocking: true, Location: line("apps/base/web.yaml", i+1),
			Title: "secret in clear text", Message: "`password` holds a credential | in clear text, says @somebody.", Remediation: "r", Docs: "docs/checks.md#plaintext-secret"})
	}
	for i := range n {
		r.Findings = append(r.Findings, review.Finding{Check: "workload-resources-missing", Severity: review.High, Status: review.Existing, Object: &web, Location: line("apps/base/web.yaml", i+1),
			Title: "limits missing", Message: fmt.Sprintf("Deployment shop/web-%d has no limits. <script>", i), Targets: []string{"kustomize:apps/prod"}, Docs: "docs/checks.md#workload-resources-missing"})
	}
	r.Findings = append(r.Findings, review.Finding{Check: "issuer-ref-missing", Severity: review.High, Status: review.Unknown, Message: "It names an issuer that is not here.", Searched: []string{"ClusterIssuer acme"}, Docs: "d"})
	snapshot := &model.Snapshot{Targets: []model.Rendered{{Target: model.Target{ID: "kustomize:apps/prod", Path: "apps/prod"}, Status: model.StatusRendered, Objects: []*model.Object{
		model.NewObject(model.ObjectID{Group: "helm.toolkit.fluxcd.io", Version: "v2", Kind: "HelmRelease", Namespace: "shop", Name: "api"}, "", []byte(`{"spec":{"interval":"5m","chart":{"spec":{"chart":"api","version":"1.0.0","sourceRef":{"kind":"HelmRepository","name":"acme"}}}}}`), nil),
		model.NewObject(model.ObjectID{Group: "source.toolkit.fluxcd.io", Version: "v1", Kind: "HelmRepository", Namespace: "shop", Name: "acme"}, "", []byte(`{"spec":{"interval":"1h","url":"https://charts.example.org"}}`), nil),
		model.NewObject(model.ObjectID{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress", Namespace: "shop", Name: "web"}, "", []byte(`{"spec":{"rules":[{"host":"shop.example.org"}]}}`), nil),
	}}}}
	files := map[string]string{"README.md": "# Shop\n\n[gone](docs/gone.md)\n", "apps/base/web.yaml": strings.Repeat("password: hunter2\n", 20)}
	inventory := audit.Take(snapshot)
	r.Places = []*model.Position{line("apps/base/ingress.yaml", 4)}
	return audit.Build(audit.Input{Review: r, Inventory: inventory, Tree: modeltest.Tree(files), Read: func(f string) []byte { return []byte(files[f]) },
		Pipelines: audit.Pipelines{Visible: true, Runs: []audit.Run{{Name: "test", Conclusion: "success"}}},
		Last:      &audit.Past{Commit: strings.Repeat("a", 40), AsOf: time.Date(2026, 1, 8, 0, 0, 0, 0, time.UTC), Stars: map[string]int{"Security": 4}, Open: []string{"rbac-wildcard x"}}})
}

func TestAuditForms(t *testing.T) {
	golden(t, "audit.md", AuditMarkdown(sampleAudit(2)))
	golden(t, "audit-comment.md", AuditComment(sampleAudit(2)))
	var b bytes.Buffer
	if err := AuditText(&b, sampleAudit(2), false); err != nil {
		t.Fatal(err)
	}
	golden(t, "audit.txt", b.String())
	for name, text := range map[string]string{"markdown": AuditMarkdown(sampleAudit(2)), "comment": AuditComment(sampleAudit(2)), "text": b.String()} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s quotes a password", name)
		}
	}
}

// A comment of any size is whole: what does not fit is left out by sections, and
// named.
func TestAuditCommentsFitAndAreWhole(t *testing.T) {
	for _, n := range []int{1, 30, 300, 3000} {
		r := sampleAudit(n)
		for i := range n {
			r.Targets = append(r.Targets, review.TargetResult{ID: fmt.Sprintf("kustomize:apps/%d/%s", i, strings.Repeat("ü", 60)), Head: "rendered"})
			g := r.Gaps[i%2]
			g.ID = fmt.Sprintf("LOW-%d", i+1)
			r.Gaps = append(r.Gaps, g)
		}
		got := AuditComment(r)
		if len(got) > 65_000 || utf8.RuneCountInString(got) > 65_000 {
			t.Errorf("%d: the comment has %d bytes", n, len(got))
		}
		if n >= 3000 && !strings.Contains(got, "Left out, for GitHub's limit of size") {
			t.Errorf("%d: nothing says what was left out", n)
		}
		if open, closed := strings.Count(got, "<details>"), strings.Count(got, "</details>"); open != closed || open == 0 {
			t.Errorf("%d: %d folds open and %d close", n, open, closed)
		}
		if strings.Count(got, "```")%2 != 0 {
			t.Errorf("%d: a fence stays open", n)
		}
		width := 0
		for _, l := range strings.Split(got, "\n") {
			if !strings.HasPrefix(l, "|") {
				width = 0
				continue
			}
			columns := strings.Count(strings.ReplaceAll(l, `\|`, ""), "|")
			if width != 0 && columns != width {
				t.Errorf("%d: a row of %d columns in a table of %d: %s", n, columns, width, l)
			}
			width = columns
		}
	}
}

func TestNobodyIsMentioned(t *testing.T) {
	const calm = "@\u200b"
	for text, want := range map[string]string{
		"by @acme":                   "by " + calm + "acme",
		"`actions/checkout@v5` @you": "`actions/checkout@v5` " + calm + "you",
		"`<x>` <x>":                  "`<x>` &lt;x>",
		"` @you":                     "` " + calm + "you",
		"``@you`` `x`":               "``" + calm + "you`` `x`",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
