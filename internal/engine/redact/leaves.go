package redact

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"sigs.k8s.io/yaml"
)

// Leaves redacts, in place and at any depth, what looks like a credential by
// its key, by the name of its variable, or by its own form.
func (r *Redactor) Leaves(value any, key string) any {
	w := walk{redactor: r}
	return w.leaves(value, key, nil)
}

// Shown gives values without what looks like a credential. They may be changed for it.
func (r *Redactor) Shown(values map[string]any) map[string]any {
	if !r.reveal {
		r.Leaves(values, "")
	}
	return values
}

// walk is a way through one value; sure is of what was hidden on it.
type walk struct {
	redactor *Redactor
	sure     credential.Certainty
	patches  string // the kind that a patch is for; "" is not known
}

// intoSecret reports whether a JSON patch puts what it puts there into a Secret.
func (w *walk) intoSecret(at string) bool {
	return strings.HasPrefix(at, "/stringData") || strings.HasPrefix(at, "/data") && (w.patches == "" || w.patches == "Secret")
}

// Leaves goes on below a value, which stands under a key and beside others.
func (w *walk) leaves(value any, key string, beside any) any {
	switch v := value.(type) {
	case map[string]any:
		name, _ := v["name"].(string)
		nested, at := v["kind"] == "Secret", ""
		if v["op"] != nil {
			at, _ = v["path"].(string) // where a JSON patch puts its value
		}
		for k, child := range v {
			if nested && (k == "data" || k == "stringData") || k == "value" && w.intoSecret(at) {
				v[k], w.sure = w.redactor.all(child), max(w.sure, credential.Likely) // a Secret inside another object
				continue
			}
			if k == "value" && at != "" {
				v[k] = w.leaves(child, at[strings.LastIndexByte(at, '/')+1:], beside)
				continue
			}
			if k == "value" && name != "" && scalar(child) {
				v[k] = w.leaves(child, name, beside) // an environment variable: {name: DB_PASSWORD, value: …}
				continue
			}
			v[k] = w.leaves(child, k, v)
		}
	case []any:
		for i, child := range v {
			v[i] = w.leaves(child, key, v)
			if text, ok := v[i].(string); ok && i > 0 {
				v[i] = w.argument(v[i-1], text)
			}
		}
	case string:
		if v == "" || model.Redacted(v) {
			return v
		}
		if inner := (walk{redactor: w.redactor}); key == "values" && strings.Contains(v, ":") {
			if shown, ok := inner.text(v); ok { // an Application's: charts are rendered with what is shown
				w.sure = max(w.sure, inner.sure)
				return shown
			}
		}
		sure := credential.Setting{Key: key, Value: v, Beside: beside}.Certainty()
		if sure == credential.None && (strings.HasPrefix(v, "ENC[AES256_GCM") || w.redactor.patches(key, v, beside)) {
			sure = credential.Likely
		}
		w.sure = max(w.sure, sure)
		return w.redactor.hideAs(v, sure)
	case json.Number, int, int64, uint64, float64: // a PIN is a credential too
		w.sure = max(w.sure, credential.Setting{Key: key, Value: fmt.Sprint(v), Beside: beside}.Certainty())
		return w.redactor.number(key, v, beside)
	}
	return value
}

// maxText bounds a text within an object that is parsed, 1 MiB.
const maxText = 1 << 20

// text gives YAML that stands in a text without what is hidden in it; ok is false where
// that is nothing, or where it is no map.
func (w *walk) text(text string) (shown string, ok bool) {
	if len(text) > maxText {
		return "", false
	}
	value, err := decode.YAML([]byte(text))
	values, isMap := value.(map[string]any)
	if err != nil || !isMap || IsEncrypted(text) {
		return "", false
	}
	w.leaves(values, "", nil)
	if w.sure == credential.None {
		return "", false
	}
	out, err := yaml.Marshal(values)
	return string(out), err == nil
}

// patches reports whether a text that stands under a key is a patch, with something in it
// that is hidden. Beside it stands what it is for.
func (r *Redactor) patches(key, text string, beside any) bool {
	if key != "patch" && key != "patchesStrategicMerge" || len(text) > maxText || !strings.Contains(text, ":") {
		return false
	}
	value, err := decode.YAML([]byte(text))
	if err != nil {
		return false
	}
	w := walk{redactor: r}
	if around, ok := beside.(map[string]any); ok {
		target, _ := around["target"].(map[string]any)
		w.patches, _ = target["kind"].(string)
	}
	w.leaves(value, "", nil)
	return w.sure != credential.None
}

// number hides a number that is a credential by its key; it is another value than the text
// of the same digits.
func (r *Redactor) number(key string, value, beside any) any {
	switch value.(type) {
	case json.Number, int, int64, uint64, float64:
	default:
		return value
	}
	text := fmt.Sprint(value)
	if (credential.Setting{Key: key, Value: text, Beside: beside}).Certainty() == credential.None {
		return value
	}
	r.Hide(text)
	return model.RedactNumber(r.fingerprint("no text " + text))
}

func scalar(value any) bool {
	switch value.(type) {
	case map[string]any, []any, nil:
		return false
	}
	return true
}

// argument redacts what follows a flag: --password, and then the password.
func (w *walk) argument(before any, text string) string {
	flag, _ := before.(string)
	if !strings.HasPrefix(flag, "-") || strings.Contains(flag, "=") || strings.HasPrefix(text, "-") || model.Redacted(text) {
		return text
	}
	sure := credential.Setting{Key: strings.TrimLeft(flag, "-"), Value: text}.Certainty()
	w.sure = max(w.sure, sure)
	return w.redactor.hideAs(text, sure)
}

// credentialNamed reports whether a value is a credential by the name of its
// field or variable, or by its own form.
func credentialNamed(key, value string) bool {
	return credential.Setting{Key: key, Value: value}.Certainty() != credential.None
}
