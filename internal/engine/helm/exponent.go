package helm

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// maxExponents bounds what is told of one release.
const maxExponents = 50

// fromExponent is the least number that a template prints with an exponent.
const fromExponent = 1e6

// withExponent matches a whole number as a template prints one that came from YAML.
var withExponent = pattern.New(`-?\d(?:\.\d+)?e\+\d\d`)

// exponents tells the whole numbers among the given values that arrive in a text of an
// object with an exponent, each at the first. Numbers of values files are floats to Helm,
// and a template prints 2500000 as 2.5e+06; those of --set are not (helm v4.3.1,
// findings/helm-large-numbers-by-file-or-set.sh).
func (h *helm) exponents() []model.ValueNote {
	given := map[float64][]string{}
	shown, _ := h.Secrets.Leaves(object.Copy(h.out.Values), "").(map[string]any)
	numbers(shown, nil, false, given)
	var out []model.ValueNote
	for _, fields := range h.out.Objects {
		id := object.ID(fields)
		if len(given) == 0 || id.Kind == "Secret" {
			continue
		}
		texts(fields, "", func(at, text string) {
			for _, m := range withExponent.FindAllStringIndex(text, -1) {
				word := text[m[0]:m[1]]
				n, err := strconv.ParseFloat(word, 64)
				path, known := given[n]
				if err != nil || !known || inWord(text, m[0], m[1]) || len(out) == maxExponents {
					continue
				}
				delete(given, n)
				note := model.ValueNote{Path: path, Chart: h.chart.Name(), Number: strconv.FormatFloat(n, 'f', -1, 64), Text: word, Where: id.String() + ", " + at}
				if h.Secrets.Text(note.Number) == note.Number && h.Secrets.Text(word) == word {
					note.Where = h.Secrets.Text(note.Where)
					out = append(out, note)
				}
			}
		})
	}
	return out
}

// inWord reports whether a part of a text goes on before or after it.
func inWord(text string, from, to int) bool {
	goesOn := func(c byte) bool {
		return c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	return from > 0 && goesOn(text[from-1]) || to < len(text) && goesOn(text[to])
}

// numbers notes the large whole numbers of values by the keys that lead to them, those in
// a list by the keys that lead to that.
func numbers(value any, path []string, inList bool, into map[float64][]string) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			below := path
			if !inList {
				below = append(slices.Clip(path), key)
			}
			numbers(value[key], below, inList, into)
		}
	case []any:
		for _, item := range value {
			numbers(item, path, true, into)
		}
	case float64:
		if _, known := into[value]; !known && math.Abs(value) >= fromExponent && value == math.Trunc(value) {
			into[value] = path
		}
	}
}

// texts visits the texts of an object, in order.
func texts(value any, at string, visit func(at, text string)) {
	switch value := value.(type) {
	case string:
		visit(at, value)
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			texts(value[key], at+model.Pointer(model.FieldSteps([]string{key})), visit)
		}
	case []any:
		for i, item := range value {
			texts(item, fmt.Sprintf("%s/%d", at, i), visit)
		}
	}
}
