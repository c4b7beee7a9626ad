package input

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Sealed is a file of values of which SOPS encrypted some or all: which keys there are is
// known, and what is not encrypted.
type Sealed struct {
	values map[string]any
	decoy  bool
	// Keys are the last keys of what is encrypted.
	Keys []string
	// Print is equal where what is encrypted is.
	Print string
}

// sealedValue matches a value that SOPS encrypted, with its type (sops v3.10, aes.Cipher).
var sealedValue = pattern.New(`^ENC\[AES256_GCM,.*,type:(\w+)\]$`)

// sealedOf reads such a file; nil for any other text.
func sealedOf(text string, secrets *redact.Redactor) *Sealed {
	values := redact.SealedValues(text)
	if values == nil {
		return nil
	}
	s := &Sealed{values: values, decoy: secrets.Decoy}
	var found []string
	var walk func(value any, path, key string)
	walk = func(value any, path, key string) {
		switch v := value.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k], path+"\x00"+k, k)
			}
		case []any:
			for i, item := range v {
				walk(item, fmt.Sprint(path, "\x00", i), key)
			}
		case string:
			if sealedValue.MatchString(v) {
				s.Keys = append(s.Keys, key)
				found = append(found, path+" "+v)
			}
		}
	}
	walk(values, "", "")
	slices.Sort(s.Keys)
	s.Keys = slices.Compact(s.Keys)
	s.Print = Print(strings.Join(found, "\n"), secrets)
	return s
}

// With gives the values with a guess for all that is encrypted, in its type; without it
// where there is none.
func (s *Sealed) With(guess *string) []byte {
	open, _ := unsealed(s.values, guess)
	out, err := yaml.Marshal(open)
	if err != nil {
		return nil
	}
	if s.decoy {
		out = []byte(redact.DecoyValues(string(out)))
	}
	return out
}

// unsealed gives a value with a guess for what is encrypted in it; false where it is left
// out.
func unsealed(value any, guess *string) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, child := range v {
			if open, ok := unsealed(child, guess); ok {
				out[key] = open
			}
		}
		return out, true
	case []any:
		out := []any{}
		for _, child := range v {
			if open, ok := unsealed(child, guess); ok {
				out = append(out, open)
			}
		}
		return out, true
	case string:
		m := sealedValue.FindStringSubmatch(v)
		switch {
		case m == nil:
			return v, true
		case guess == nil:
			return nil, false
		case m[1] == "bool":
			return *guess != "", true
		case m[1] == "int" || m[1] == "float":
			return len(*guess), true
		}
		return *guess, true
	}
	return value, true
}
