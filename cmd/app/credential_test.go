package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/credential/credentialtest"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/review/reviewtest"
)

// blockText is a text as a YAML block scalar below a key of this indent.
func blockText(text, indent string) string {
	return "|-\n" + indent + "  " + strings.ReplaceAll(text, "\n", "\n"+indent+"  ") + "\n"
}

// places are files that a text stands in, so that everything looks at it: a
// ConfigMap, a container's variables and arguments, a release's values, a
// script, and what a Secret is generated from.
func places(dir, text string) map[string]string {
	var quoted strings.Builder
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err)
	}
	return map[string]string{
		dir + "/kustomization.yaml": "resources: [cm.yaml, web.yaml, release.yaml]\nconfigMapGenerator:\n- name: script\n  files: [run.sh]\n",
		dir + "/cm.yaml":            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm-" + dir + ", namespace: shop}\ndata:\n  note: " + blockText(text, "  "),
		dir + "/web.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-" + dir + ", namespace: shop}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n" +
			"    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: app\n        image: registry.nowhere.test/web:1.0.0\n        args:\n        - " + strings.TrimSpace(quoted.String()) +
			"\n        command: [\"sh\", \"-c\", " + strings.TrimSpace(quoted.String()) + "]\n        env:\n        - {name: NOTE, value: " + strings.TrimSpace(quoted.String()) + "}\n",
		dir + "/release.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: release-" + dir + ", namespace: shop}\nspec:\n  interval: 1h\n" +
			"  chart: {spec: {chart: game, version: 1.0.0, sourceRef: {kind: HelmRepository, name: game}}}\n  values:\n    note: " + blockText(text, "    ") +
			"    list:\n    - " + strings.TrimSpace(quoted.String()) + "\n",
		dir + "/run.sh":      "#!/bin/sh\n" + text + "\n",
		dir + "/values.yaml": "note: " + blockText(text, ""),
	}
}

// lookedAt reviews and audits a repository that comes with these files, by all
// checks and in the sandbox, and gives every output there is.
func lookedAt(t *testing.T, files map[string]string) (*review.Report, map[string]string) {
	t.Helper()
	w, err := newWorkbench(true, true)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	c := job.Change{BaseSHA: "base", MergeBase: "base", HeadSHA: "head", Scope: "test", AsOf: reviewtest.Now, Governance: job.Governance{Gate: review.Strict}, Offline: true,
		Base: modeltest.Tree(map[string]string{"README.md": "shop\n"}), Head: modeltest.Tree(files)}
	c.Governing = c.Base
	r, err := w.reviewer.Review(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var whole *audit.Report
	if whole, err = w.reviewer.Audit(t.Context(), job.Whole{Change: c, FileSide: model.Head}); err != nil {
		t.Fatal(err)
	}
	source, failed := job.Source(t.Context(), c)
	run := report.ForCheckRun(r)
	outputs := map[string]string{
		"markdown": report.Markdown(r, report.Short), "check run": run.Title + run.Summary + fmt.Sprint(run.Annotations),
		"audit comment": report.AuditComment(whole), "audit markdown": report.AuditMarkdown(whole),
		"text":       written(t, func(w io.Writer) error { return report.Text(w, r, report.Terminal{Source: source}) }),
		"json":       written(t, func(w io.Writer) error { return report.JSON(w, r) }),
		"sarif":      written(t, func(w io.Writer) error { return report.SARIF(w, r, sarifTool()) }),
		"audit text": written(t, func(w io.Writer) error { return report.AuditText(w, whole, false) }),
		"audit json": written(t, func(w io.Writer) error { return report.AuditJSON(w, whole) }),
	}
	if err := failed(); err != nil {
		t.Fatal(err)
	}
	return r, outputs
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// reported gives the findings about credentials, by the directory of their file.
func reported(r *review.Report) map[string][]string {
	out := map[string][]string{}
	for _, f := range r.Findings {
		if f.Location != nil && (f.Check == "plaintext-secret" || f.Check == "env-plaintext-secret") {
			dir, file, _ := strings.Cut(f.Location.File, "/")
			out[dir] = append(out[dir], f.Check+" "+file+": "+f.Message)
		}
	}
	return out
}

// TestNoCredentialIsSeen: each form is reported where it stands, and seen in no
// output.
func TestNoCredentialIsSeen(t *testing.T) {
	files := map[string]string{}
	samples := credentialtest.Certain()
	for i, s := range samples {
		for path, content := range places(fmt.Sprintf("s%d", i), s.Text) {
			files[path] = content
		}
	}
	r, outputs := lookedAt(t, files)
	found := reported(r)
	for i, s := range samples {
		for _, want := range []string{"plaintext-secret run.sh", "plaintext-secret web.yaml"} {
			if !slices.ContainsFunc(found[fmt.Sprintf("s%d", i)], func(f string) bool { return strings.Contains(f, want) }) {
				t.Errorf("%s is not reported by %s: %q", s.What, want, found[fmt.Sprintf("s%d", i)])
			}
		}
		for name, text := range outputs {
			if at := strings.Index(text, s.Secret); at >= 0 {
				t.Errorf("%s, s%d, is seen in the %s: %.300q", s.What, i, name, text[max(0, at-150):])
			}
		}
	}
	if outputs["text"] == "" || !strings.Contains(outputs["json"], `"findings"`) || !strings.Contains(outputs["sarif"], "plaintext-secret") {
		t.Error("the outputs do not speak of the findings")
	}
}

// TestNoLineOfTheLogHoldsACredential: what GitHub or a library says in an error
// is foreign text.
func TestNoLineOfTheLogHoldsACredential(t *testing.T) {
	for _, s := range append(credentialtest.Certain(), credentialtest.Likely()...) {
		var b bytes.Buffer
		log := zerolog.New(&b)
		log.Warn().Str("said", github.Redact("the server said: "+s.Text)).Msg("review")
		if strings.Contains(b.String(), s.Secret) {
			t.Errorf("%s is in the log: %s", s.What, b.String())
		}
	}
}

// TestInnocentTextsAreNoFinding: names, templates and expansions are no
// credentials, wherever they stand.
func TestInnocentTextsAreNoFinding(t *testing.T) {
	files := map[string]string{}
	texts := credentialtest.Innocent()
	for i, text := range texts {
		for path, content := range places(fmt.Sprintf("s%d", i), text) {
			files[path] = content
		}
		files[fmt.Sprintf("s%d/db.env", i)] = "NOTE=${NOTE}\n"
	}
	r, _ := lookedAt(t, files)
	found := reported(r)
	for i, text := range texts {
		for _, f := range found[fmt.Sprintf("s%d", i)] {
			t.Errorf("%s: %s (sure: %d)", text, f, credential.Of(text))
		}
	}
	if len(r.Findings) == 0 {
		t.Error("nothing was looked at")
	}
}
