package job

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

const deployment = `kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: web
          image: web:1
          env:
            - name: A
              value: a
          ports:
            - containerPort: 80
          resources:
            requests:
              cpu: 100m
            limits:
              memory: 1Gi
          readinessProbe:
            httpGet: {port: 80}
        - name: other
          image: other:1
`

// without is a text without some of its lines.
func withoutLines(text string, gone ...string) string {
	var out []string
	for line := range strings.Lines(text) {
		keep := true
		for _, g := range gone {
			keep = keep && !strings.Contains(line, g)
		}
		if keep {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// What was taken away is told where the diff shows it.
func TestFindingsStandWhereTheDiffShowsThem(t *testing.T) {
	for name, c := range map[string]struct {
		base, head string
		at         int    // where the finding stands by itself
		field      string // that it is about
		want       string // the line of head at which it is told
	}{
		"a probe, at its container": {deployment, withoutLines(deployment, "readinessProbe", "httpGet"), 6, "/spec/template/spec/containers/0/readinessProbe", "memory: 1Gi"},
		"beside the removal already": {deployment, withoutLines(deployment, "limits", "memory"), 14,
			"/spec/template/spec/containers/0/resources/limits", "requests:"},
		"of two removals the one that it is about": {deployment, withoutLines(deployment, "value: a", "readinessProbe", "httpGet"), 6,
			"/spec/template/spec/containers/0/readinessProbe", "memory: 1Gi"},
		"of two removals neither": {deployment, withoutLines(deployment, "containerPort", "readinessProbe", "httpGet"), 6,
			"/spec/template/spec/containers/0/securityContext", "- name: web"},
		"a removal in another container is not its": {deployment, withoutLines(deployment, "image: other"), 6,
			"/spec/template/spec/containers/0/securityContext", "- name: web"},
		"what became something else": {deployment, strings.Replace(deployment, "readinessProbe", "livenessProbe", 1), 6,
			"/spec/template/spec/containers/0/readinessProbe", "livenessProbe:"},
		"nothing changed here": {deployment, deployment, 6, "/x", "- name: web"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[model.Side]string{model.Base: c.base, model.Head: c.head}
			r := &review.Report{Findings: []review.Finding{{Status: review.New, Field: c.field, Message: "It lacks something.",
				Location: &model.Position{File: "web.yaml", Line: c.at, Side: model.Head}}}}
			told := placed(r, func(side model.Side, _ string) []byte { return []byte(files[side]) })
			got := strings.TrimSpace(strings.Split(c.head, "\n")[told.Findings[0].Location.Line-1])
			if got != c.want {
				t.Errorf("it stands at %q, want %q", got, c.want)
			}
			if r.Findings[0].Location.Line != c.at {
				t.Error("the report itself was changed")
			}
		})
	}
}
