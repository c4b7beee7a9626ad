package audit

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func object(group, kind, name, fields string) *model.Object {
	return model.NewObject(model.ObjectID{Group: group, Version: "v1", Kind: kind, Namespace: "watch", Name: name}, "", []byte(fields), nil)
}

// shelfOf is what is rendered and what is written.
func shelfOf(files map[string]string, objects ...*model.Object) shelf {
	tree := modeltest.Tree(files)
	read := func(f string) []byte {
		if content, ok := files[f]; ok {
			return []byte(content)
		}
		return nil
	}
	_, texts := documentation(tree, read)
	return shelf{Take(snapshotOf(objects...)), newBook(tree, read, texts)}
}

// told is what a topic says, in one line.
func told(list []Said) string {
	var out []string
	for _, s := range list {
		out = append(out, strings.TrimSpace(s.Text+" "+where(s.Location)))
	}
	return strings.Join(out, "; ")
}

func TestWhatTellsThatACertificateRunsOut(t *testing.T) {
	certificate := object("cert-manager.io", "Certificate", "web", `{"spec": {"secretName": "web-tls"}}`)
	if got := told(shelfOf(nil, certificate).expiry()); got != "no alert rule here tells when one runs out" {
		t.Errorf("without a rule: %q", got)
	}
	rules := object("monitoring.coreos.com", "PrometheusRule", "web", `{"spec": {"groups": [{"rules": [
		{"alert": "Slow", "expr": "histogram_quantile(0.9, x)"}, {"record": "x", "expr": "y"},
		{"alert": "SoonOver", "expr": "certmanager_certificate_expiration_timestamp_seconds - time() < 86400"}]}]}}`)
	s := shelfOf(nil, certificate, rules)
	if got := told(s.expiry()); got != "the alert SoonOver tells when one runs out" {
		t.Errorf("with a rule: %q", got)
	}
	if got := told(s.alerts()); got != "2 alerts: Slow, SoonOver" {
		t.Errorf("the alerts are %q", got)
	}
	if got := told(shelfOf(nil).expiry()) + told(shelfOf(nil).alerts()); got != "" {
		t.Errorf("of nothing it says %q", got)
	}
}

func TestHowTheContextOfATraceIsHandedOn(t *testing.T) {
	tempo := released("traces", `{"spec": {"chart": {"spec": {"chart": "tempo", "version": "1.0.0"}}}}`)
	for name, c := range map[string]struct {
		s    shelf
		want string
	}{
		"nothing to trace": {shelfOf(nil), ""},
		"kept, not handed": {shelfOf(nil, tempo), "nothing here says"},
		"an Instrumentation": {shelfOf(nil, tempo, object("opentelemetry.io", "Instrumentation", "all", `{"spec": {"propagators": ["tracecontext"]}}`)),
			"Instrumentation watch/all names its propagators"},
		"program code": {shelfOf(map[string]string{"app/main.py": "import os\nfrom opentelemetry.propagate import inject\n"}), "program code speaks of it app/main.py:2"},
		"a text":       {shelfOf(map[string]string{"docs/tracing.md": "# Tracing\n\n## Context propagation\n\na\n\nb\n\nc\n"}), "“Context propagation” docs/tracing.md:3"},
	} {
		if got := told(c.s.propagation()); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestWhatFailsSomeDay: a source that cannot be reached is told wherever there is one,
// with whether somebody hears of it.
func TestWhatFailsSomeDay(t *testing.T) {
	source := object(sourceGroup, "GitRepository", "base", `{"spec": {"interval": "10m", "url": "https://github.com/acme/base"}}`)
	checks := []review.CheckResult{result("flux-alerts-missing", review.Observability, review.Medium, review.Unseen)}
	rows := shelfOf(nil, source).failureModes(checks, nil).Rows
	if len(rows) != 1 || !strings.Contains(rows[0][1], "1 GitRepository") || !strings.Contains(rows[0][3], "every 10m.") || rows[0][4] != string(Unclear) {
		t.Errorf("the failures are %q", rows)
	}
	if rows := shelfOf(nil, loki).failureModes(checks, nil).Rows; len(rows) != 0 {
		t.Errorf("without a source: %q", rows)
	}
	drift := result("helmrelease-drift-detection-off", review.FluxArea, review.Medium, review.Passed, review.Drift)
	drift.Check.Doc = review.Doc{Title: "drift is not corrected", Why: "It stays.", Fix: "Turn it on."}
	if rows := shelfOf(nil, loki).failureModes([]review.CheckResult{drift}, nil).Rows; len(rows) != 1 || rows[0][0] != "drift is not corrected" || rows[0][4] != string(Fine) {
		t.Errorf("drift: %q", rows)
	}
}

// TestRemindersAreNeverTicked: what no file can show stands there, where there is
// something to look at.
func TestRemindersAreNeverTicked(t *testing.T) {
	policy := object("kyverno.io", "ClusterPolicy", "labels", `{}`)
	scan := "on:\n  schedule:\n    - cron: '0 6 * * 1'\njobs: {a: {steps: [{uses: aquasecurity/trivy-action@v1}]}}\n"
	s := shelfOf(map[string]string{".github/workflows/ci.yml": scan}, policy)
	states := map[string]State{}
	for _, i := range s.again() {
		if states[i.Text] = i.State; i.Checked || i.State == Fine {
			t.Errorf("%q is ticked", i.Text)
		}
	}
	if len(states) != 2 || states["Reports of policies are read every week"] != NotAssessed || states["Known weaknesses are looked for by the calendar"] != Present {
		t.Errorf("the reminders are %v", states)
	}
	if at := s.scheduledScan(); at != "cron: '0 6 * * 1' .github/workflows/ci.yml:3" {
		t.Errorf("the calendar stands at %q", at)
	}
	s = shelfOf(map[string]string{".github/workflows/ci.yml": "on: push\njobs: {a: {steps: [{uses: aquasecurity/trivy-action@v1}]}}\n"})
	if list := s.again(); len(list) != 1 || list[0].State != NotAssessed {
		t.Errorf("without a calendar: %v", list)
	}
	if list := shelfOf(nil).again(); len(list) != 0 {
		t.Errorf("of nothing: %v", list)
	}
}

func TestHowExactlyDependenciesAreNamed(t *testing.T) {
	s := shelfOf(map[string]string{
		"app/requirements.txt":     "# web\nfastapi==0.1.0\nuvicorn[standard]==0.2.0 ; python_version > '3'\n-r more.txt\nkubernetes>=30  # later\nlocked==1.0 \\\n    --hash=sha256:aa\nany==1.*\n",
		"lib/requirements-dev.txt": "pytest==8.0.0\n",
		"uv.lock":                  "version = 1\n",
		"vendor/x/go.sum":          "a\n",
		"docs/requirements.txt.md": "fastapi\n",
	})
	want := "3 of 5 dependencies with an exact version app/requirements.txt:5; 1 of 1 dependency with an exact version lib/requirements-dev.txt:1; all in a lock file uv.lock:1"
	if got := told(s.pinned()); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestWhatHelpsANewcomerToStart: a guide of some part is none.
func TestWhatHelpsANewcomerToStart(t *testing.T) {
	s := shelfOf(map[string]string{"docs/setup-monitoring.md": "# Monitoring\n", "scripts/bootstrap-dev.sh": "true\n", "quickstart": "true\n", "docs/quick-start.md": "# Start\n", "setup.py": "\n"})
	if got := told(practicesOf(s.book, nil, nil).row("Onboarding").Evidence); got != "docs/quick-start.md:1; quickstart:1" {
		t.Errorf("it is %q", got)
	}
}

// TestWhatAnswersWhatIsTwofold: where the files that make clusters disagree, nobody is
// asked to add one.
func TestWhatAnswersWhatIsTwofold(t *testing.T) {
	for message, want := range map[string]string{
		"`iac/a.yml:1` turns it on and `iac/b.yml:2` turns it off.": "which of the files makes the clusters",
		"What makes the clusters is not in this repository.":        "what makes the clusters",
	} {
		if what, _ := (Gap{Check: "encryption-at-rest", Evidence: []Evidence{{Message: message}}}).askedFor(false); what != want {
			t.Errorf("%q asks for %q, want %q", message, what, want)
		}
	}
}
