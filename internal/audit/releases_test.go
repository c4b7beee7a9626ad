package audit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func released(name, fields string) *model.Object {
	return model.NewObject(model.ObjectID{Group: "helm.toolkit.fluxcd.io", Version: "v2", Kind: "HelmRelease", Namespace: "watch", Name: name}, "", []byte(fields), nil)
}

func snapshotOf(objects ...*model.Object) *model.Snapshot {
	return &model.Snapshot{Side: model.Head, Targets: []model.Rendered{{Target: model.Target{ID: "kustomize:apps", Path: "apps"}, Status: model.StatusRendered, Objects: objects}}}
}

// loki is a release whose values say how long, how many, and that nobody logs in.
var loki = released("logs", `{"spec": {"chart": {"spec": {"chart": "loki", "version": "6.45.2"}}, "values": {
	"replicas": 3,
	"loki": {"auth_enabled": false, "limits_config": {"retention_period": "30d"}, "rotation_user_retention": "7"},
	"write": {"persistence": {"enabled": true, "size": "10Gi"}, "resources": {"limits": {"memory": "1Gi"}}},
	"read": {"resources": {}},
	"off": {"enabled": false, "replicas": 9},
	"gateway": {"tls": {"enabled": false, "replicas": 8}}}}}`)

func TestWhatTheValuesOfAReleaseSay(t *testing.T) {
	v := Take(snapshotOf(loki))
	if len(v.Releases) != 1 || v.Releases[0].called() != "logs 6.45.2" || !slices.Equal(v.Releases[0].Roles, []Role{LogsRole}) {
		t.Fatalf("the releases are %+v", v.Releases)
	}
	got := map[string]string{}
	for _, f := range v.Releases[0].Facts {
		got[string(f.About)+" "+f.Path] = f.Value
	}
	want := map[string]string{
		"replicas replicas": "3", "authentication loki.auth_enabled": "false", "retention loki.limits_config.retention_period": "30d",
		"persistence write.persistence.enabled": "true", "TLS gateway.tls.enabled": "false", "resources read.resources": "limits in 1 of 2 places",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	asked := 0
	for _, q := range v.Questions() {
		if len(q.Path) > 0 {
			asked++
		}
	}
	if asked != len(want) {
		t.Errorf("%d lines of values are asked for, want %d", asked, len(want))
	}
}

// TestAGenericChartIsWhatItsImageIs: and another chart is not what some image in its
// values is.
func TestAGenericChartIsWhatItsImageIs(t *testing.T) {
	for chart, want := range map[string][]Role{"app-template": {GatewayRole}, "acme-web": {}} {
		v := Take(snapshotOf(released("tunnel", `{"spec": {"chart": {"spec": {"chart": "`+chart+`", "version": "5.0.0"}}, "values": {
			"controllers": {"main": {"containers": {"app": {"image": {"repository": "docker.io/cloudflare/cloudflared", "tag": "2026.1.0"}}}}}}}}`)))
		if len(v.Releases) != 1 || !slices.Equal(v.Releases[0].Roles, want) {
			t.Errorf("%s: %+v, want the roles %v", chart, v.Releases, want)
		}
	}
}

func TestEveryProjectIsKnownByOneName(t *testing.T) {
	charts, groups := map[string]bool{}, map[string]bool{}
	once := func(seen map[string]bool, names []string) {
		for _, name := range names {
			if seen[name] {
				t.Errorf("%s stands twice", name)
			}
			seen[name] = true
		}
	}
	for _, p := range projects {
		if len(p.roles) == 0 || !strings.HasPrefix(p.source, "https://") || len(p.charts)+len(p.images)+len(p.groups) == 0 {
			t.Errorf("%+v says too little", p)
		}
		once(charts, p.charts)
		once(groups, p.groups)
		for _, r := range p.roles {
			if !slices.Contains(roleOrder, r) {
				t.Errorf("the role %q has no order", r)
			}
		}
	}
	for image, want := range map[string]Role{"quay.io/keycloak/keycloak:26.0": Identity, "registry.example.org:5000/dex@sha256:00": Identity, "index": "", "my-keycloak": ""} {
		got := Role("")
		if roles := rolesOfImage(image); len(roles) > 0 {
			got = roles[0]
		}
		if got != want {
			t.Errorf("%s is %q, want %q", image, got, want)
		}
	}
}

func TestADiagramHasAtMostFortyBoxes(t *testing.T) {
	var objects []*model.Object
	for i := range 60 {
		objects = append(objects, released(fmt.Sprintf("r%d", i), `{"spec": {"chart": {"spec": {"chart": "loki", "version": "1.0.0"}}}}`))
	}
	v := Take(snapshotOf(objects...))
	text, drawn, grouped := v.diagram()
	if drawn > maxDrawn || !grouped || !strings.Contains(text, "and 56 more") {
		t.Errorf("%d boxes, grouped %v:\n%s", drawn, grouped, text)
	}
	if text, _, grouped := Take(snapshotOf(objects[:2]...)).diagram(); grouped || !strings.Contains(text, "watch/r1") {
		t.Errorf("two releases are drawn as\n%s", text)
	}
}

// Without Flux too: what stands between outside and the workloads.
func TestTheSystemIsDrawnWithoutFlux(t *testing.T) {
	object := func(group, kind, name string) *model.Object {
		return model.NewObject(model.ObjectID{Group: group, Version: "v1", Kind: kind, Namespace: "shop", Name: name}, "", []byte(`{}`), nil)
	}
	got := Take(snapshotOf(object("networking.k8s.io", "Ingress", "web"), object("apps", "Deployment", "web"))).system()
	for _, want := range []string{"entrance<br/>1 Ingress", "workloads<br/>1 Deployment", "out --> edge", "edge --> work"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := Take(snapshotOf(object("", "ConfigMap", "c"))).system(); got != "" {
		t.Errorf("a ConfigMap alone is drawn as\n%s", got)
	}
}

func TestHoursGrowWithPlaces(t *testing.T) {
	for _, tt := range []struct {
		effort string
		places int
		want   float64
		said   string
	}{{"small", 1, 0.5, "under 30 minutes"}, {"small", 17, 2.1, "about 2 hours"}, {"medium", 1, 2, "about 2 hours"}, {"large", 1, 16, "about 2 days"}, {"large", 40, 94, "about 2 weeks"}} {
		if got := hoursOf(tt.effort, tt.places); got != tt.want || Span(got) != tt.said {
			t.Errorf("%s at %d places takes %v, %s; want %v, %s", tt.effort, tt.places, got, Span(got), tt.want, tt.said)
		}
	}
}

// A check is told once, with its worst that is known; what could not be seen stands
// behind what is known, one step lower.
func TestEachCheckIsOneGap(t *testing.T) {
	finding := func(check string, s review.Severity, status review.FindingStatus) review.Finding {
		return review.Finding{Check: check, Severity: s, Status: status, Message: "m"}
	}
	in := Input{Review: &review.Report{Findings: []review.Finding{
		finding("policy", review.Low, review.Existing), finding("policy", review.High, review.Existing), finding("kept", review.Critical, review.Unknown),
		finding("kept", review.Medium, review.Existing), finding("dark", review.High, review.Unknown),
	}}}
	var got []string
	for _, g := range gaps(in) {
		got = append(got, fmt.Sprint(g.ID, " ", g.Check, " ", len(g.Evidence)))
	}
	if d := cmp.Diff([]string{"HIGH-1 policy 2", "MEDIUM-1 kept 2", "UNKNOWN-1 dark 1"}, got); d != "" {
		t.Error(d)
	}
}

// What is so in two clusters, of one object and at one line, is one piece of evidence.
func TestOneThingInTwoClustersIsOneEvidence(t *testing.T) {
	web := &model.ObjectID{Kind: "Service", Namespace: "shop", Name: "web"}
	finding := func(target, message string) review.Finding {
		return review.Finding{Check: "c", Severity: review.Low, Status: review.Existing, Object: web, Message: message, Targets: []string{target}}
	}
	all := gaps(Input{Review: &review.Report{Findings: []review.Finding{finding("argocd:prod/b", "m"), finding("argocd:dev/a", "m"), finding("argocd:dev/a", "n")}}})
	if got := fmt.Sprint(len(all[0].Evidence), all[0].Evidence[0].Targets); got != "2 [argocd:dev/a argocd:prod/b]" {
		t.Error(got)
	}
}

func TestWhatIsWrittenIsNamedWithItsPlace(t *testing.T) {
	files := map[string]string{
		"docs/operations.md":       "# Operations\n\n## On-call\n\na\nb\nc\n\n## Capacity\n\nlater\n",
		".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n    - run: go test ./...\n    # - run: npm test\n    - run: curl -H 'Authorization: Bearer ghp_0123456789abcdefghijABCDEFGHIJ012345' x && go test -v\n",
		"app/main.go":              "package main\n\nfunc main() { signal.Notify(c) }\n",
		"app/main_test.go":         "package main\n",
		"vendor/x/x.go":            "package x // zerolog\n",
	}
	tree := modeltest.Tree(files)
	known := Code(tree)
	read := func(f string) []byte {
		if strings.HasSuffix(f, ".go") && !known[f] {
			t.Errorf("%s is read, and nobody was told beforehand", f)
		}
		return []byte(files[f])
	}
	_, texts := documentation(tree, read)
	got := practicesOf(newBook(tree, read, texts), nil, nil)
	states := map[string]string{}
	for _, table := range got.Tables {
		for _, r := range table.Rows {
			said := string(r.State)
			for _, e := range r.Evidence {
				said += " " + where(e.Location)
			}
			states[r.Area] = said
		}
	}
	for area, want := range map[string]string{"On call and escalation": "present docs/operations.md:3", "Capacity and cost": "nothing", "Stops in order": "not-assessed app/main.go:3"} {
		if states[area] != want {
			t.Errorf("%s is %q, want %q", area, states[area], want)
		}
	}
	if len(got.Commands) != 2 || got.Commands[0].Text != "go test ./..." || strings.Contains(got.Commands[1].Text, "ghp_") {
		t.Errorf("the commands are %+v", got.Commands)
	}
}

// A line is ticked by the checks that prove it, not by others of the subject.
func TestALineIsTickedByItsProof(t *testing.T) {
	checks := []review.CheckResult{result("backup-schedule-missing", review.Reliability, review.High, review.Passed, review.Backups)}
	ticked := map[string]bool{}
	for _, i := range verification(checks, nil, Practices{}).BeforeProduction {
		ticked[i.Text] = i.Checked
	}
	if !ticked["Backups are made"] || ticked["Restoring was tried"] {
		t.Errorf("ticked: %v", ticked)
	}
}
