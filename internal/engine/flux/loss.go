package flux

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fluxcd/pkg/envsubst"

	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// variable matches an expression that is a whole value; what stands before or after
// it keeps the value a text.
var variable = pattern.New(`^\$\{([_A-Za-z][_A-Za-z0-9]*)[^{}]*\}$`)

// maxLosses bounds what is told of one target.
const maxLosses = 100

// lost notes the values that substitution turned into others. kustomize-controller
// substitutes in the YAML that Kustomize writes (fluxcd/pkg/kustomize v1.41,
// SubstituteVariables): the quotes of the source are gone by then, so that what comes
// in is read as a number or a truth value where it looks like one. 1.10 becomes 1.1,
// 010 becomes 8. Where the number says what the text said, nothing is lost.
func (v *variables) lost(before map[string]any, after []byte, fsys *kustomize.FS) {
	var is any
	d := json.NewDecoder(strings.NewReader(string(after)))
	d.UseNumber()
	if d.Decode(&is) != nil {
		return
	}
	fields, _ := is.(map[string]any)
	id := object.ID(fields)
	var walk func(was, is any, at string)
	walk = func(was, is any, at string) {
		switch was := was.(type) {
		case map[string]any:
			m, _ := is.(map[string]any)
			for key, child := range was {
				if other, ok := m[key]; ok {
					walk(child, other, at+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
				}
			}
		case []any:
			l, _ := is.([]any)
			for i, child := range was {
				if i < len(l) {
					walk(child, l[i], fmt.Sprintf("%s/%d", at, i))
				}
			}
		case string:
			m := variable.FindStringSubmatch(was)
			if m == nil || v.secret[m[1]] || len(v.losses) == maxLosses {
				return
			}
			text, err := envsubst.Eval(was, func(name string) (string, bool) { value, ok := v.known[name]; return value, ok || !v.strict })
			var value string
			switch is := is.(type) {
			case json.Number:
				value = is.String()
			case bool:
				value = fmt.Sprint(is)
			default:
				return
			}
			if err != nil || text == "" || text == value {
				return
			}
			v.losses = append(v.losses, task.Loss{Name: m[1], Object: id, Field: at, Text: text, Value: value, Where: v.firstUse(fsys, m[1], map[user]bool{{id.Kind, id.Name}: true})})
		}
	}
	walk(before, is, "")
	slices.SortFunc(v.losses, func(a, b task.Loss) int { return strings.Compare(a.Object.String()+a.Field, b.Object.String()+b.Field) })
}
