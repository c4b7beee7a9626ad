package input

import (
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
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
		return r, nil
	}
	return Referent{}, nil
}

// Referent is what is known of a ConfigMap or Secret.
type Referent struct {
	Data   map[string][]byte // decoded
	Found  bool
	Hidden bool // its values are encrypted or redacted, and Data is not to be had
}
