package redact

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func TestAMessageHoldsNoSecret(t *testing.T) {
	r := New([]byte("key"), false)
	r.Hide("correct-horse-battery")
	for _, said := range []string{"bad value correct-horse-battery here", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", "token ghp_0123456789012345678901234567890123456789"} {
		if got := r.Text(said); !strings.Contains(got, model.RedactedText) || strings.Contains(got, "horse") || strings.Contains(got, "0123") {
			t.Errorf("%q became %q", said, got)
		}
	}
}

func TestEqualSecretsCompareEqual(t *testing.T) {
	a, b := New([]byte("key"), false), New([]byte("other"), false)
	if first, again := a.Hide("x"), a.Hide("x"); first != again || first == a.Hide("y") {
		t.Error("fingerprints do not tell equal from different")
	}
	if a.Hide("x") == b.Hide("x") {
		t.Error("the fingerprint does not depend on the key")
	}
}

func TestNumbersAreCredentialsToo(t *testing.T) {
	r := New([]byte("key"), false)
	values := r.Leaves(map[string]any{"auth": map[string]any{"password": int64(83746512), "port": int64(8080)}}, "").(map[string]any)
	auth := values["auth"].(map[string]any)
	if text, ok := auth["password"].(string); !ok || !model.Redacted(text) {
		t.Errorf("a password that is a number is shown: %v", auth["password"])
	}
	if auth["port"] != int64(8080) {
		t.Errorf("a port is hidden: %v", auth["port"])
	}
	env := r.Leaves(map[string]any{"name": "DB_PASSWORD", "value": json.Number("83746512")}, "").(map[string]any)
	if text, _ := env["value"].(string); !model.RedactedNumber(text) {
		t.Errorf("a password that is a number is shown of a variable: %v", env["value"])
	}
	fields := map[string]any{"data": map[string]any{"password": json.Number("83746512"), "port": json.Number("8080")}}
	r.Object(model.ObjectID{Version: "v1", Kind: "ConfigMap", Name: "c"}, fields, func([]byte) string { return "" })
	data := fields["data"].(map[string]any)
	if text, _ := data["password"].(string); !model.RedactedNumber(text) || data["port"] != json.Number("8080") {
		t.Errorf("numbers of a ConfigMap: %v", data)
	}
	if text := r.Leaves("83746512", "password"); text == auth["password"] {
		t.Error("a number and the text of its digits look the same")
	}
}

// What stands in a Secret is another value as a number than as a text, and another encoded
// than as it is.
func TestWhatASecretMayNotHold(t *testing.T) {
	r := New([]byte("key"), false)
	secret := func(section string, value any) (any, model.Key) {
		fields := map[string]any{section: map[string]any{"k": value}}
		keys := r.Object(model.ObjectID{Version: "v1", Kind: "Secret", Name: "s"}, fields, func([]byte) string { return "" })
		return fields[section].(map[string]any)["k"], keys["/"+section+"/k"]
	}
	number, key := secret("stringData", int64(5432))
	if text, _ := secret("stringData", "5432"); !key.NotText || number == text {
		t.Errorf("a number in a Secret: %+v, %v", key, number)
	}
	plain, key := secret("data", "hunter2!")
	if encoded, good := secret("data", "aHVudGVyMiE="); !key.NotBase64 || good.NotBase64 || plain == encoded {
		t.Errorf("what is no base64: %+v, %v", key, plain)
	}
	for _, text := range []string{"aHVudGVyMiE= ", "aHVudGVyMiE=\t"} {
		if _, key := secret("data", text); !key.NotBase64 {
			t.Errorf("%q is taken for base64", text)
		}
	}
	for _, text := range []string{"", "aHVudGVy\nMiE=\n", "${PASSWORD}", "<path:a#b>", "ref+vault://a", "__PASSWORD__"} {
		if _, key := secret("data", text); key.NotBase64 {
			t.Errorf("%q is refused", text)
		}
	}
}

// A patch and values that stand as a text in an object are read as what they are.
func TestATextWithinAnObjectHoldsNoSecret(t *testing.T) {
	const secret = "hunter2-Xk93!qLz"
	patch := func(target any, text string) map[string]any {
		return map[string]any{"spec": map[string]any{"patches": []any{map[string]any{"target": target, "patch": text}}}}
	}
	toKind := func(kind string) map[string]any { return map[string]any{"kind": kind} }
	for _, fields := range []map[string]any{
		patch(nil, "kind: Secret\nmetadata: {name: s}\nstringData:\n  APP: "+secret+"\n"),
		patch(toKind("Secret"), "- op: add\n  path: /data/app\n  value: "+secret+"\n"),
		patch(toKind("Secret"), "- op: add\n  path: /stringData\n  value:\n    app: "+secret+"\n"),
		patch(toKind("HelmRelease"), "- op: add\n  path: /spec/values/auth/password\n  value: "+secret+"\n"),
		patch(toKind("Deployment"), "- op: add\n  path: /spec/template/spec/containers/0/env\n  value: [{name: DB_PASSWORD, value: '"+secret+"'}]\n"),
		{"spec": map[string]any{"source": map[string]any{"helm": map[string]any{"values": "env:\n- name: DB_PASSWORD\n  value: " + secret + "\n"}}}},
	} {
		r := New([]byte("key"), false)
		r.Object(model.ObjectID{Group: "kustomize.toolkit.fluxcd.io", Version: "v1", Kind: "Kustomization", Name: "k"}, fields, func([]byte) string { return "" })
		if shown, _ := json.Marshal(fields); strings.Contains(string(shown), secret) {
			t.Errorf("shown: %s", shown)
		}
	}
	values := map[string]any{"spec": map[string]any{"values": "replicas: 2\nauth:\n  password: " + secret + "\n"}}
	New([]byte("key"), false).Leaves(values, "")
	if text, _ := values["spec"].(map[string]any)["values"].(string); !strings.Contains(text, "replicas: 2") || strings.Contains(text, secret) {
		t.Errorf("values are shown as %q", text)
	}
	plain := patch(toKind("ConfigMap"), "- op: add\n  path: /data/level\n  value: debug\n")
	before, _ := json.Marshal(plain)
	New([]byte("key"), false).Object(model.ObjectID{Group: "kustomize.toolkit.fluxcd.io", Version: "v1", Kind: "Kustomization", Name: "k"}, plain, func([]byte) string { return "" })
	if after, _ := json.Marshal(plain); string(after) != string(before) {
		t.Errorf("hidden: %s", after)
	}
}
