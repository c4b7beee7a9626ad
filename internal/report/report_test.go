package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var web = model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "shop", Name: "web"}

var values = model.ObjectID{Version: "v1", Kind: "Secret", Namespace: "shop", Name: "values"}

// object is one with some fields.
func object(id model.ObjectID, fields string) *model.Object {
	return model.NewObject(id, fields, []byte("{"+fields+"}"), nil)
}

// secretValues is a Secret that holds values, as the engine gives it back.
func secretValues(password, tag string) *model.Object {
	sum := model.Redact(password + tag)
	raw, err := json.Marshal(map[string]any{"data": map[string]any{"values.yaml": sum}})
	if err != nil {
		panic(err)
	}
	return model.NewObject(values, sum, raw, map[string]model.Key{"/data/values.yaml": {
		YAML: map[string]any{"admin": map[string]any{"password": model.Redact(password)}, "image": map[string]any{"tag": tag}}}})
}

func line(file string, n int) *model.Position {
	return &model.Position{File: file, Line: n, EndLine: n, Precision: model.AtLine, Side: model.Head}
}

// sample is a report with something of everything.
func sample() *review.Report {
	return &review.Report{
		Schema: review.Schema, Base: strings.Repeat("a", 40), MergeBase: strings.Repeat("a", 40), Head: strings.Repeat("b", 40),
		AsOf: time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC), Gate: review.Standard, Conclusion: review.Failure,
		Incomplete: []review.Incomplete{
			{Target: "kustomize:apps/dev", Class: model.RemoteBase, Message: "`https://example.org/base` lies in another repository, and was not fetched", Where: line("apps/dev/kustomization.yaml", 2), Reached: true},
			{Target: "kustomize:apps/old", Class: model.RemoteBase, Message: "the same", Reached: false},
		},
		Targets: []review.TargetResult{
			{ID: "kustomize:apps/dev", Kind: model.Kustomize, Path: "apps/dev", Base: "incomplete", Head: "incomplete"},
			{ID: "kustomize:apps/prod", Kind: model.Kustomize, Path: "apps/prod", Base: "rendered", Head: "rendered", Changed: true},
			{ID: "kustomize:apps/test", Kind: model.Kustomize, Path: "apps/test", Base: "rendered", Head: "rendered", Changed: true},
		},
		Changes: []review.Change{
			{Group: 1, Targets: []string{"kustomize:apps/prod", "kustomize:apps/test"}, Change: review.Modified, Object: web, Location: line("apps/base/web.yaml", 1),
				Base: object(web, `"metadata":{"labels":{"helm.sh/chart":"web-1.0.0"}},"spec":{"replicas":1,"template":{"spec":{"containers":[{"image":"registry.example.org/web:1.4.2","name":"app","resources":{"limits":{"memory":"512Mi"}}}]}}}`),
				Head: object(web, `"metadata":{"labels":{"helm.sh/chart":"web-1.0.1"}},"spec":{"replicas":3,"template":{"spec":{"containers":[{"image":"registry.example.org/web:2.0.0","name":"app","resources":{}}]}}}`),
				Fields: []review.Field{
					{Path: "/spec/template/spec/containers/0/resources/limits", Before: review.Some(map[string]any{"memory": "512Mi"}), Location: line("apps/base/web.yaml", 17)},
					{Path: "/spec/replicas", Before: review.Some(json.Number("1")), After: review.Some(json.Number("3")), Location: line("apps/prod/kustomization.yaml", 4)},
					{Path: "/spec/template/spec/containers/0/image", Before: review.Some("registry.example.org/web:1.4.2"), After: review.Some("registry.example.org/web:2.0.0"), Location: line("apps/base/web.yaml", 14)},
					{Path: "/metadata/labels/helm.sh~1chart", Before: review.Some("web-1.0.0"), After: review.Some("web-1.0.1")},
				}},
			{Group: 2, Targets: []string{"kustomize:apps/prod"}, Change: review.Modified, Object: values,
				Base: secretValues("1", "v1"), Head: secretValues("2", "v2"),
				Fields: []review.Field{
					{Path: "/data/values.yaml//admin/password", Before: review.Some(model.Redact("1")), After: review.Some(model.Redact("2"))},
					{Path: "/data/values.yaml//image/tag", Before: review.Some("v1"), After: review.Some("v2")},
				}, Notes: []string{"HelmRelease shop/web will be upgraded"}},
			{Group: 3, Targets: []string{"kustomize:apps/test"}, Change: review.Removed, Object: model.ObjectID{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy", Namespace: "shop", Name: "deny"}},
		},
		Findings: []review.Finding{
			{Check: "workload-resources-missing", Severity: review.High, Status: review.New, Blocking: true, Targets: []string{"kustomize:apps/prod", "kustomize:apps/test"}, Object: &web,
				Location: line("apps/base/web.yaml", 17), Title: "memory limit removed", Message: "Deployment shop/web, container `app`, loses `limits.memory` (512Mi before).", Remediation: "Put a limit back.", Docs: "docs/checks.md#workload-resources-missing"},
			{Check: "image-tag-mutable", Severity: review.Medium, Status: review.New, Targets: []string{"kustomize:apps/prod"}, Object: &web,
				Location: line("apps/prod/kustomization.yaml", 9), Title: "mutable image tag", Message: "follows `latest`", Remediation: "Name a version.", Docs: "docs/checks.md#image-tag-mutable"},
			{Check: "probes-missing", Severity: review.Medium, Status: review.Existing, Targets: []string{"kustomize:apps/prod"}, Object: &web, Location: line("apps/base/web.yaml", 12), Title: "readiness probe missing", Message: "m"},
			{Check: "rbac-wildcard", Severity: review.High, Status: review.Fixed, Targets: []string{"kustomize:apps/prod"}, Title: "wildcard in a role", Message: "m"},
		},
		Stats: review.Stats{Targets: 3, Rendered: 4, Reused: 2, Milliseconds: 412},
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (make golden writes it anew):\n%s", name, d)
	}
}

var source = strings.Repeat("a: b\n", 14) + "    ports: []\n    password: hunter2\n    resources:\n      requests: {}\n"

func TestText(t *testing.T) {
	for name, color := range map[string]bool{"text.txt": false, "color.txt": true} {
		var b bytes.Buffer
		err := Text(&b, sample(), Terminal{Color: color, Source: func(_ model.Side, path string) []byte {
			if path == "apps/base/web.yaml" {
				return []byte(source)
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
		if strings.Contains(b.String(), "hunter2") {
			t.Error("a quoted line shows a password")
		}
	}
}

// TestFix: what to do is said in whole sentences, and not where the message says it.
func TestFix(t *testing.T) {
	long := strings.Repeat("long ", 45)
	for _, test := range []struct{ message, remediation, want string }{
		{"It is gone.", "Put it back.", "Put it back."},
		{"It is gone.", "Use `a. B` here. Then " + long, "Use `a. B` here."},
		{"It is gone.", long + "first. Then more.", long + "first."},
		{"Take it out. It is twice.", "Take it out.", ""},
		{"lables is no field; did you mean labels?", "Move or rename the field.", ""},
		{"It is gone.", "", ""},
	} {
		if got := fix(review.Finding{Message: test.message, Remediation: test.remediation}); got != test.want {
			t.Errorf("%q: %q, want %q", test.remediation, got, test.want)
		}
	}
}

// TestNotFromThisChange: what was there before is counted, and listed when it is asked
// for, when there is nothing else to read, and where it keeps a target from being built.
func TestNotFromThisChange(t *testing.T) {
	text := func(r *review.Report, all bool) string {
		var b bytes.Buffer
		if err := Text(&b, r, Terminal{All: all}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	const counted, listed = "1 finding in the objects that it changes: --all", "readiness probe missing"
	for name, test := range map[string]struct {
		all    bool
		change func(*review.Report)
		want   string
	}{
		"beside others":  {change: func(*review.Report) {}, want: counted},
		"asked for":      {all: true, change: func(*review.Report) {}, want: listed},
		"all there is":   {change: func(r *review.Report) { r.Findings, r.Changes = r.Findings[2:3], nil }, want: listed},
		"does not build": {change: func(r *review.Report) { r.Findings[2].Check = review.RenderFailed }, want: listed},
	} {
		r := sample()
		test.change(r)
		got := text(r, test.all)
		if !strings.Contains(got, test.want) || strings.Contains(got, counted) == strings.Contains(got, listed) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestMarkdown(t *testing.T) { golden(t, "markdown.md", Markdown(sample(), Short)) }

func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := SARIF(&b, sample(), Tool{Version: "v1.2.3", Checks: []*review.Check{{ID: "workload-resources-missing", Area: review.SupplyChain, Severity: review.High, Doc: review.Doc{Title: "limits missing", What: "Looks for them."}}}}); err != nil {
		t.Fatal(err)
	}
	golden(t, "sarif.json", b.String())
}

func TestCheckRun(t *testing.T) {
	c := ForCheckRun(sample())
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", c.Conclusion, c.Title)
	for _, a := range c.Annotations {
		fmt.Fprintf(&b, "\n%s:%d %s\n%s\n%s\n", a.Path, a.StartLine, a.Level, a.Title, a.Message)
	}
	golden(t, "checkrun.txt", b.String())
}

// TestOwnRulesAreNotExplained: the command line knows the catalogue alone.
func TestOwnRulesAreNotExplained(t *testing.T) {
	r := sample()
	r.Findings[0].Docs = "docs/configure.md#rules"
	for i, want := range []bool{false, true} {
		if got := ForCheckRun(r).Annotations[i].Message; strings.Contains(got, "checks explain") != want {
			t.Errorf("annotation %d: %s", i, got)
		}
	}
}

func TestTitles(t *testing.T) {
	ready := &review.Report{Conclusion: review.Success}
	one := sample()
	one.Conclusion, one.Findings, one.Incomplete, one.Changes = review.Success, nil, nil, one.Changes[:1]
	one.Changes[0].Targets = []string{"kustomize:apps/prod"}
	broken := &review.Report{Conclusion: review.Failure, Targets: sample().Targets,
		Findings: []review.Finding{{Check: review.RenderFailed, Status: review.New, Blocking: true, Targets: []string{"kustomize:apps/prod"}}}}
	left := sample()
	left.Conclusion, left.Findings, left.Incomplete = review.Success, nil, nil
	left.Changes = []review.Change{{Change: review.Removed, Object: model.ObjectID{Kind: "Application", Name: "web"}, Targets: []string{"kustomize:apps/prod"}},
		{Change: review.Removed, Object: web, Targets: []string{"kustomize:apps/prod"}, Notes: []string{review.Staying + "no finalizer"}}}
	for want, r := range map[string]*review.Report{
		"Ready · 1 Application removed in apps/prod":                      left,
		"No rendered change":                                              ready,
		"Ready · 1 Deployment changes in apps/prod":                       one,
		"Does not build: apps/prod":                                       broken,
		"1 blocker · 3 objects change in 2 targets · 1 thing not visible": sample(),
	} {
		if got := Title(r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestStaying: what is rendered no more and stays in the cluster is not counted as removed.
func TestStaying(t *testing.T) {
	r := sample()
	r.Changes[2].Notes = []string{review.Staying + "Application argocd/web goes without it (it has no finalizer)"}
	if got := whatClustersGet(r); !strings.Contains(got, "–; no longer rendered, and staying: 1 NetworkPolicy |") {
		t.Error(got)
	}
}

// TestRoutine: only what has a new version is routine, and passes; a branch or "latest" is
// none, and neither is an older version, or another image.
func TestRoutine(t *testing.T) {
	for image, want := range map[string]bool{"web:2.0.0": true, "web:main-3f1c2ab": true, "web:latest": false, "web:1.4.1": false, "web:0.9.0": false, "shop:1.4.3": false, "shop:1.4.2": false} {
		r := sample()
		r.Conclusion = review.Success
		r.Changes = r.Changes[:1]
		r.Changes[0].Fields = []review.Field{{Path: "/spec/template/spec/containers/0/image", Before: review.Some("registry.example.org/web:1.4.2"), After: review.Some("registry.example.org/" + image)}}
		if got := routine(r); got != want {
			t.Errorf("%s: %v", image, got)
		}
		r.Conclusion = review.Neutral
		if routine(r) {
			t.Errorf("%s: routine, and not sure", image)
		}
	}
}

// TestNothingIsTooLarge: however much there is to say, GitHub's limits hold, no
// fence or fold stays open, and what is left out is named.
func TestNothingIsTooLarge(t *testing.T) {
	r := sample()
	f, c := r.Findings[0], r.Changes[0]
	for i := range 3000 {
		f.Location = line(fmt.Sprintf("apps/%04d/wéb.yaml", i), 1+i)
		f.Message = strings.Repeat("ü", 500)
		r.Findings = append(r.Findings, f)
		c.Object.Name, c.Group = fmt.Sprintf("web-%04d", i), 10+i
		r.Changes = append(r.Changes, c)
	}
	out := ForCheckRun(r)
	if len(out.Summary) > 65_535 || !utf8.ValidString(out.Summary) {
		t.Errorf("the summary has %d bytes", len(out.Summary))
	}
	if n := utf8.RuneCountInString(out.Title); n > 70 {
		t.Errorf("the title has %d letters", n)
	}
	if len(out.Annotations) != MaxAnnotations || !strings.Contains(out.Summary, "2802 more findings have no annotation") {
		t.Errorf("%d annotations; what is missing is not named: %s", len(out.Annotations), out.Summary[len(out.Summary)-200:])
	}
	if strings.Count(out.Summary, "```")%2 != 0 || strings.Count(out.Summary, "<details>") != strings.Count(out.Summary, "</details>") {
		t.Error("a fence or a fold stays open")
	}
}

// TestHostileText: what a repository writes cannot break out of its place.
func TestHostileText(t *testing.T) {
	evil := "a|b\n```\n</details><img src=x> @everyone \x1b[31m\u202e"
	r := sample()
	r.Findings[0].Message, r.Findings[0].Title = evil, evil
	r.Changes[0].Fields[0].Before = review.Some(evil)
	r.Changes[0].Object.Name = evil
	r.Incomplete[0].Message = evil
	var b bytes.Buffer
	if err := Text(&b, r, Terminal{}); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{"text": b.String(), "markdown": Markdown(r, Short)} {
		if strings.ContainsAny(s, "\x1b\u202e") {
			t.Errorf("%s: a control character comes through", name)
		}
	}
	md := Markdown(r, Short)
	// What stands in code is shown as it is.
	md = regexp.MustCompile("(?s)```diff.*?\n```").ReplaceAllString(md, "")
	md = regexp.MustCompile("`[^`\n]*`").ReplaceAllString(md, "")
	if strings.Count(md, "```")%2 != 0 || strings.Count(md, "</details>") != strings.Count(md, "<details>") || strings.Contains(md, "<img") {
		t.Errorf("the text breaks out:\n%s", md)
	}
	if strings.Contains(md, "@everyone") {
		t.Error("somebody is mentioned")
	}
}

// TestForeignLinks: a name in a manifest makes no link with a text of its choice.
func TestForeignLinks(t *testing.T) {
	if got := cell("Deployment shop/[log in](https://evil.example)"); strings.Contains(got, "](http") {
		t.Errorf("a link: %s", got)
	}
	if got := cell("[CRITICAL-1](#critical-1)"); got != "[CRITICAL-1](#critical-1)" {
		t.Errorf("our own link is gone: %s", got)
	}
}
