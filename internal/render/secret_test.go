package render

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

// TestNothingSecretLeaves renders secrets of every form and looks for them in
// all that comes out.
func TestNothingSecretLeaves(t *testing.T) {
	const secret = "correct-horse-battery"
	files := map[string]string{
		"kustomization.yaml": `resources: [secret.yaml, odd.yaml, nested.yaml, web.yaml, config.yaml, copy.yaml]
replacements:
- source: {kind: Secret, name: s, fieldPath: stringData.a}
  targets: [{select: {name: copy}, fieldPaths: [data.host]}]
secretGenerator:
- name: values
  files: [values.yaml]
- name: literal
  literals: [password=` + secret + `1]
- name: file
  files: [key.txt]
`,
		"values.yaml": "image: {tag: v1}\nadmin:\n  password: " + secret + "2\n",
		"key.txt":     secret + "3",
		"secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: " + secret + "4}\ndata: {b: " + base64.StdEncoding.EncodeToString([]byte(secret+"5")) + "}\n",
		"odd.yaml":    "apiVersion: v1\nkind: Secret\nmetadata: {name: odd, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"x\":\"" + secret + "8\"}'}}\nstringData: {p: {q: [" + secret + "9]}}\n",
		"nested.yaml": "apiVersion: helm.example.org/v1\nkind: Release\nmetadata: {name: r}\nspec: {resources: [{kind: Secret, stringData: {foo: " + secret + "10}}]}\n",
		"copy.yaml":   "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy}\ndata: {host: x, dsn: \"host=db password=" + secret + "11\", m.yaml: \"kind: Secret\\nstringData: {foo: " + secret + "12}\"}\n",
		"web.yaml":    "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, env: [{name: DB_PASSWORD, value: " + secret + "6}, {name: LEVEL, value: debug}]}]}\n",
		"config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {url: \"postgres://app:" + secret + "7@db/x\", level: debug}\n",
	}
	snapshot := func(reveal bool) *model.Snapshot {
		out, err := newTestRenderer().Pair(t.Context(), Request{Head: modeltest.Tree(files), Scope: "test", Reveal: reveal})
		if err != nil {
			t.Fatal(err)
		}
		if p := out.Head.Targets[0].Problem; p != nil {
			t.Fatal(p)
		}
		return out.Head
	}
	var all strings.Builder
	tag := any(nil)
	for _, o := range snapshot(false).Targets[0].Objects {
		all.Write(o.JSON())
		for _, k := range o.Keys {
			if m, ok := k.YAML.(map[string]any); ok && m["image"] != nil {
				tag = m["image"].(map[string]any)["tag"]
				if !model.Redacted(m["admin"].(map[string]any)["password"]) {
					t.Errorf("the leaf %v is shown", m["admin"])
				}
			}
		}
	}
	out := all.String()
	for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))[:16]} {
		if strings.Contains(out, form) {
			t.Errorf("%q is in the render: %s", form, out)
		}
	}
	if tag != "v1" {
		t.Errorf("the values that a Secret is made of are not shown: %v", tag)
	}
	if strings.Count(out, "debug") != 2 {
		t.Error("what is no secret is hidden")
	}
	all.Reset()
	for _, o := range snapshot(true).Targets[0].Objects {
		all.Write(o.JSON())
	}
	if !strings.Contains(all.String(), secret+"6") {
		t.Error("--reveal does not reveal")
	}
}

func TestAMessageHoldsNoSecret(t *testing.T) {
	r := newRedactor([]byte("key"), false)
	r.hide("correct-horse-battery")
	for _, said := range []string{"bad value correct-horse-battery here", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", "token ghp_0123456789012345678901234567890123456789"} {
		if got := r.text(said); !strings.Contains(got, model.RedactedText) || strings.Contains(got, "horse") || strings.Contains(got, "0123") {
			t.Errorf("%q became %q", said, got)
		}
	}
}

func TestEqualSecretsCompareEqual(t *testing.T) {
	a, b := newRedactor([]byte("key"), false), newRedactor([]byte("other"), false)
	if first, again := a.hide("x"), a.hide("x"); first != again || first == a.hide("y") {
		t.Error("fingerprints do not tell equal from different")
	}
	if a.hide("x") == b.hide("x") {
		t.Error("the fingerprint does not depend on the key")
	}
}
