package render

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

// TestSecretsInParts lets variables and charts take a Secret's values apart, alter
// and encode them, make names, keys and messages of them. None may come out, nor
// a part of one.
func TestSecretsInParts(t *testing.T) {
	const word, mixed = "correcthorse", "Ab1Cd2Ef3Gh4"
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	forbidden := []string{"correct", "horse", "CORRECT", "hunter", "Ab1Cd2", "Ef3Gh4", "ab1cd2", b64(word), b64(b64(word)), "636f7272"}
	kustomization := `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: %s, namespace: flux-system}
spec: {path: ./%s, prune: true, sourceRef: {kind: GitRepository, name: flux-system}%s}
---
`
	from := ", postBuild: {substituteFrom: [{kind: Secret, name: s}]}"
	cm := func(body string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: d}\n" + body
	}
	template := func(tpl string) map[string]string { return map[string]string{"chart/templates/a.yaml": tpl} }
	for name, files := range map[string]map[string]string{
		"values":    {"apps/a.yaml": cm("data: {a: \"${WORD}\", b: \"x${SHORT}\", c: \"${MIXED}\"}\n")},
		"parts":     {"apps/a.yaml": cm("data: {a: \"${WORD:0:7}\", b: \"${WORD^^}\", c: \"${MIXED,,}\", d: \"${WORD/correct/x}\", e: \"${MIXED:6}\"}\n")},
		"keys":      {"apps/a.yaml": cm("data:\n  \"${WORD}\": x\n")},
		"names":     {"apps/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"${WORD}\", namespace: \"${MIXED,,}\"}\n"},
		"kind":      {"apps/a.yaml": "apiVersion: v1\nkind: \"${WORD}\"\nmetadata: {name: a}\n"},
		"a child":   {"apps/a.yaml": fmt.Sprintf(kustomization, "child", "child", ", postBuild: {substitute: {IN: \"${WORD}\"}}"), "child/a.yaml": cm("data: {a: \"${IN:0:8}\"}\n")},
		"its path":  {"apps/a.yaml": fmt.Sprintf(kustomization, "child", "\"${WORD}\"", "")},
		"its name":  {"apps/a.yaml": fmt.Sprintf(kustomization, "\"k-${MIXED,,}\"", "child", ", namePrefix: \"${WORD}-\""), "child/a.yaml": cm("")},
		"its parts": {"apps/a.yaml": fmt.Sprintf(kustomization, "child", "child", ", components: [\"../${WORD}\"]"), "child/a.yaml": cm("")},
		"in charts": template(cm("data: {a: {{ .Values.password }}, b: {{ .Values.password | b64enc | b64enc }}, c: {{ .Values.password | upper }}, d: {{ trunc 7 .Values.password }}, e: {{ printf \"%x\" .Values.password }}}\n")),
		"failing":   template("{{ fail (trunc 8 .Values.password) }}"),
		"cut":       template("{{ fail (printf \"%s%s\" (repeat 591 \"x\") .Values.password) }}"),
		"hooks":     template("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {helm.sh/hook: 'x{{ .Values.password }}'}}\n"),
		"deciding":  template("{{ if hasPrefix \"corr\" .Values.password }}" + cm("") + "{{ end }}"),
	} {
		t.Run(name, func(t *testing.T) {
			files[emptySync] = ""
			files["clusters/prod/s.yaml"] = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: flux-system}\nstringData: {WORD: " + word + ", SHORT: hunter2, MIXED: " + mixed + "}\n---\n" +
				"apiVersion: v1\nkind: Secret\nmetadata: {name: v, namespace: flux-system}\nstringData: {values.yaml: 'password: " + word + "'}\n"
			files["clusters/prod/k.yaml"] = fmt.Sprintf(kustomization, "apps", "apps", from)
			if files["apps/a.yaml"] == "" {
				files["apps/a.yaml"] = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r, namespace: flux-system}\nspec: {chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}}, valuesFrom: [{kind: Secret, name: v}]}\n"
				files["chart/Chart.yaml"] = "{apiVersion: v2, name: c, version: 1.0.0}\n"
			}
			out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", Flux: true, All: true, Head: modeltest.Tree(files)})
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, r := range out.Head.Targets {
				fmt.Fprintln(&all, r.Target, r.Status, r.Problem, r.Notes)
				for _, o := range r.Objects {
					j, _ := json.Marshal(o.ID)
					fmt.Fprintf(&all, "%s %s\n", j, o.JSON())
				}
			}
			for _, part := range forbidden {
				if strings.Contains(all.String(), part) {
					t.Errorf("%q comes out:\n%s", part, all.String())
				}
			}
		})
	}
}
