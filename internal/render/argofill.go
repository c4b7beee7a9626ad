package render

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

var parameter = regexp.MustCompile(`\{\{\s*\.?([A-Za-z0-9_.\[\]]+)\s*\}\}`)

// fill replaces the parameters of an ApplicationSet's template, in JSON; ok is
// false where something else than plain parameters is left.
func fill(template string, values map[string]any) (string, bool) {
	ok := true
	out := parameter.ReplaceAllStringFunc(template, func(expression string) string {
		var at any = values
		name := parameter.FindStringSubmatch(expression)[1]
		keys := strings.Split(name, ".")
		if _, whole := values[name]; whole {
			keys = []string{name}
		}
		for _, key := range keys {
			m, isMap := at.(map[string]any)
			if !isMap || m[key] == nil {
				ok = false
				return expression
			}
			at = m[key]
		}
		if m, isMap := at.(map[string]any); isMap {
			at = m[""] // {{path}} of the older syntax
		}
		text, err := json.Marshal(fmt.Sprint(at))
		if err != nil {
			ok = false
			return expression
		}
		return strings.Trim(string(text), `"`)
	})
	return out, ok && !strings.Contains(out, "{{")
}
