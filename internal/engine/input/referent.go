package input

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/yaml"
)

// Referent gives a ConfigMap or Secret that a release reads.
func (in *Set) Referent(from []task.Values, kind, name string) (Referent, error) {
	for _, v := range from {
		if v.Kind != kind || v.Name != name {
			continue
		}
		data, ok, err := in.Keys(v)
		if err != nil || !ok {
			return Referent{}, err
		}
		r := Referent{Found: true, Data: make(map[string][]byte, len(data))}
		for key, text := range data {
			r.Data[key] = []byte(text)
			if kind == "Secret" && in.Secrets.Decoy {
				r.Data[key] = []byte(redact.DecoyValues(text))
			}
			r.Hidden = r.Hidden || redact.IsEncrypted(text) || model.Redacted(text)
		}
		if r.Hidden {
			r.Prints, r.Sealed = map[string]string{}, map[string]*Sealed{}
			for key, text := range data {
				r.Prints[key] = Print(text, in.Secrets)
				if s := sealedOf(text, in.Secrets); s != nil {
					r.Sealed[key] = s
					in.Secrets.Fed = in.Secrets.Fed || kind == "Secret" // by what is not encrypted of it
				}
			}
		}
		return r, nil
	}
	return Referent{}, nil
}

// Referent is what is known of a ConfigMap or Secret.
type Referent struct {
	Data   map[string][]byte // decoded
	Found  bool
	Hidden bool // its values are encrypted or redacted, and Data is not to be had
	// Prints are equal where what is hidden under a key is.
	Prints map[string]string
	// Sealed are the files of values of which SOPS encrypted single values, by key.
	Sealed map[string]*Sealed
}

// Print is equal where a value that cannot be seen is. Of a file that SOPS encrypted, for
// whom it did so does not count, nor when.
func Print(text string, secrets *redact.Redactor) string {
	var fields map[string]any
	if strings.Contains(text, "sops") && yaml.Unmarshal([]byte(text), &fields) == nil && fields["sops"] != nil {
		delete(fields, "sops")
		if j, err := json.Marshal(fields); err == nil {
			text = string(j)
		}
	}
	mac := hmac.New(sha256.New, secrets.Key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil)[:12])
}
