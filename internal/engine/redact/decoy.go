package redact

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"sigs.k8s.io/yaml"
)

// Differing hides in a value, which stands under a key, what is not the same in
// another one. An environment variable, or a field for a credential, is where a
// Secret's value is expected.
func (r *Redactor) Differing(value, other any, key string) any {
	switch v := value.(type) {
	case map[string]any:
		o, ok := other.(map[string]any)
		if !ok {
			return r.all(v)
		}
		out := make(map[string]any, len(v))
		for k, child := range v {
			childKey := k
			if v["name"] != nil && k == "value" {
				childKey = "credential"
			}
			if twin, same := o[k]; same {
				out[k] = r.Differing(child, twin, childKey)
			} else {
				out[model.RedactedName(r.Hide(k))] = r.all(child)
			}
		}
		return out
	case []any:
		o, ok := other.([]any)
		if !ok || len(o) != len(v) {
			return r.all(v)
		}
		for i := range v {
			v[i] = r.Differing(v[i], o[i], key)
		}
		return v
	}
	switch other.(type) {
	case map[string]any, []any:
		return r.all(value)
	}
	if value != other {
		hidden := r.all(value)
		if text, ok := hidden.(string); ok && r.Judged && !credential.KeyNames(key) {
			r.Veiled = append(r.Veiled, text)
		}
		return hidden
	}
	return value
}

// Decoy is a text of the same form in which every ASCII letter and digit is
// another one.
func Decoy(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return 'a' + (c-'a'+7)%26
		case c >= 'A' && c <= 'Z':
			return 'A' + (c-'A'+7)%26
		case c >= '0' && c <= '9':
			return '0' + (c-'0'+7)%10
		case c > 127:
			return '¿'
		}
		return c
	}, text)
}

// DecoyValues is a decoy of a Secret that holds a chart's values: the credentials
// in it are others. Other values stay, as a chart may compare or parse them.
func DecoyValues(text string) string {
	var doc map[string]any
	if yaml.Unmarshal([]byte(text), &doc) != nil || doc == nil {
		return Decoy(text)
	}
	out, err := yaml.Marshal(decoyLeaves(doc, ""))
	if err != nil {
		return Decoy(text)
	}
	return string(out)
}

func decoyLeaves(value any, key string) any {
	switch v := value.(type) {
	case map[string]any:
		name, _ := v["name"].(string)
		for k, child := range v {
			childKey := k
			if k == "value" && name != "" {
				childKey = name
			}
			v[k] = decoyLeaves(child, childKey)
		}
	case []any:
		for i := range v {
			v[i] = decoyLeaves(v[i], key)
		}
	case string:
		if credentialNamed(key, v) {
			return Decoy(v)
		}
	case float64:
		if credential.KeyNames(key) {
			return Decoy(fmt.Sprint(v))
		}
	}
	return value
}
