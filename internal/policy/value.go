package policy

import (
	"encoding/json"

	"github.com/google/cel-go/common/types"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// What an expression cannot see, as a verdict names it.
const (
	aSecret   = "a value that is not shown"
	aVariable = "a variable that is not resolved here"
)

// hidden stands for what cannot be seen: whatever is made of it is unknown, too.
func hidden(what string) *types.Unknown {
	return types.NewUnknown(1, types.NewAttributeTrail(what))
}

// unresolved is a substitution that stands for a value nobody knows here.
var unresolved = pattern.New(`\$\{[A-Za-z_][A-Za-z0-9_]*`)

// value is decoded JSON as CEL reads it: whole numbers are integers, as in the
// API server. partial says that variables were left unresolved in it.
func value(v any, partial bool) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = value(e, partial)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = value(e, partial)
		}
		return out
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		n, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return n
	case string:
		if model.Redacted(v) {
			return hidden(aSecret)
		}
		if partial && unresolved.MatchString(v) {
			return hidden(aVariable)
		}
	case nil:
		return types.NullValue
	}
	return v
}

// fields is an object for an expression; null for none.
func fields(o *model.Object, partial bool) any {
	if o == nil {
		return types.NullValue
	}
	return value(o.Fields(), partial)
}
