package helm

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/strvals"
	"sigs.k8s.io/yaml"
)

func valuesInvalid(format string, args ...any) *model.Problem {
	return &model.Problem{Class: model.ValuesInvalid, Message: fmt.Sprintf(format, args...)}
}

// replaceDefaults puts the merged values files in the place of the chart's
// values.yaml, as source-controller does when it packages the chart.
func (h *helm) replaceDefaults() error {
	if len(h.ValuesFiles) == 0 {
		return nil
	}
	merged := map[string]any{}
	for _, file := range h.ValuesFiles {
		content, err := h.valuesFile(file)
		if err != nil {
			return err
		}
		if content == nil {
			continue
		}
		values := map[string]any{}
		if err := yaml.Unmarshal(content, &values); err != nil {
			return valuesInvalid("values file `%s` cannot be read: %s", file, oneLine(err.Error()))
		}
		merged = loader.MergeMaps(merged, values)
	}
	h.chart.Values = merged
	return nil
}

// valuesFile reads one values file; nil content means that it may be left out.
func (h *helm) valuesFile(file string) ([]byte, error) {
	var content []byte
	clean := path.Clean(file)
	if h.Chart.Packaged {
		for _, f := range h.chart.Raw {
			if f.Name == clean && (clean == "values.yaml" || !strings.HasPrefix(clean, "templates/") && !strings.HasPrefix(clean, "charts/")) {
				content = append([]byte{}, f.Data...)
			}
		}
	} else {
		// source-controller's join never climbs out of the source.
		clean = strings.TrimPrefix(path.Clean("/"+file), "/")
		switch n := h.Chart.Files.Node(clean); n.Type {
		case sandbox.IsFile:
			content = append([]byte{}, n.Content...)
		case sandbox.IsTooLarge:
			return nil, &model.Problem{Class: model.TooLarge, Message: fmt.Sprintf("values file `%s` is too large to be read", clean)}
		}
	}
	if content == nil && !h.IgnoreMissingValuesFiles {
		return nil, &model.Problem{Class: model.MissingFile, Message: fmt.Sprintf("values file `%s` does not exist", clean)}
	}
	return content, nil
}

// values merges what the release gives to the chart: valuesFrom in order, then
// the inline values; a targetPath overrides those before and the inline ones.
func (h *helm) values() (map[string]any, error) {
	inline := h.fill(object.Plain(object.Map(h.spec, "values")))
	result := map[string]any{}
	refs, _ := h.spec["valuesFrom"].([]any)
	for _, entry := range refs {
		ref, ok := entry.(map[string]any)
		if !ok {
			return nil, valuesInvalid("an entry of valuesFrom is no reference")
		}
		data, err := h.referenced(ref)
		if err != nil {
			return nil, err
		}
		if data == nil {
			continue
		}
		data = h.fillText(data)
		if target, _ := ref["targetPath"].(string); target != "" {
			result = loader.MergeMaps(result, inline)
			if err := setPath(result, ref, string(data)); err != nil {
				return nil, valuesInvalid("%s cannot be set at %s: %s", refName(ref), target, oneLine(err.Error()))
			}
			continue
		}
		values, err := common.ReadValues(data)
		if err != nil {
			return nil, valuesInvalid("%s is not valid YAML: %s", refName(ref), oneLine(err.Error()))
		}
		if ref["kind"] == "Secret" {
			h.Secrets.Learn(values.AsMap())
		}
		result = loader.MergeMaps(result, values)
	}
	result = loader.MergeMaps(result, inline)
	for _, p := range h.Parameters {
		if err := p.set(result); err != nil {
			return nil, valuesInvalid("parameter %s cannot be set: %s", p.Name, oneLine(err.Error()))
		}
	}
	return result, nil
}

// CheckValues says why a text cannot be values; nil where it can.
func CheckValues(content []byte) error {
	_, err := common.ReadValues(content)
	return err
}

// Parameter is a value as the command line gives it: by --set, --set-string or --set-file.
type Parameter struct {
	Name, Value string
	Flag        Flag
}

// Flag is how the command line gives a value.
type Flag byte

const (
	Set       Flag = iota // the value's form says its type
	SetString             // it is text
	SetFile               // it is text, as it stands: the content of a file
)

func (p Parameter) set(values map[string]any) (err error) {
	defer recovered(&err)
	switch p.Flag {
	case SetString:
		return strvals.ParseIntoString(p.Name+"="+p.Value, values)
	case SetFile:
		return strvals.ParseIntoFile(p.Name+"=file", values, func([]rune) (any, error) { return p.Value, nil })
	}
	return strvals.ParseInto(p.Name+"="+p.Value, values)
}

// ValidName is nil for a name that Helm lets a release have.
func ValidName(name string) error {
	if err := chartutil.ValidateReleaseName(name); err != nil {
		return valuesInvalid("Helm refuses the release's name %q: %s", name, oneLine(err.Error()))
	}
	return nil
}

// referenced gives the bytes that an entry of valuesFrom names; nil when the
// render goes on without them, which is then said.
func (h *helm) referenced(ref map[string]any) ([]byte, error) {
	kind, _ := ref["kind"].(string)
	name, _ := ref["name"].(string)
	optional, _ := ref["optional"].(bool)
	if kind != "ConfigMap" && kind != "Secret" {
		return nil, valuesInvalid("valuesFrom names a %q; only a ConfigMap or a Secret can hold values", kind)
	}
	var got input.Referent
	if h.Reference != nil {
		got = h.Reference(kind, name)
	}
	what := fmt.Sprintf("%s %s/%s", kind, h.own("namespace"), name)
	sealed := got.Sealed[valuesKey(ref)]
	switch {
	case sealed != nil && ref["targetPath"] == nil:
		if len(sealed.Keys) > 0 {
			h.out.Unseen = append(h.out.Unseen, task.Unseen{Text: fmt.Sprintf("%s, key %s, is encrypted in parts", what, valuesKey(ref)), Print: sealed.Print})
			h.pathed, h.sealed = true, append(h.sealed, sealed.Keys...)
		}
		return sealed.With(h.taken.value), nil
	case got.Found && got.Hidden:
		h.out.Unseen = append(h.out.Unseen, task.Unseen{Text: fmt.Sprintf("%s, key %s, is encrypted", what, valuesKey(ref)), Print: got.Prints[valuesKey(ref)]})
		return h.guess(ref), nil
	case !got.Found && optional:
		h.out.Notes = append(h.out.Notes, what+" is optional and not in the repository: rendered without it")
		return nil, nil
	case !got.Found:
		h.out.Unseen = append(h.out.Unseen, task.Unseen{Text: what + " is not in the repository"})
		return h.guess(ref), nil
	}
	data, ok := got.Data[valuesKey(ref)]
	if !ok && !optional {
		return nil, valuesInvalid("%s has no key %s", what, valuesKey(ref))
	}
	if ok && data == nil {
		data = []byte{}
	}
	if kind == "Secret" && len(data) > 0 {
		h.Secrets.Learn(string(data))
	}
	return data, nil
}

func valuesKey(ref map[string]any) string {
	if key, _ := ref["valuesKey"].(string); key != "" {
		return key
	}
	return "values.yaml"
}

func refName(ref map[string]any) string {
	return fmt.Sprintf("%v %v, key %s,", ref["kind"], ref["name"], valuesKey(ref))
}

// setPath merges one value at a path in the syntax of --set. A quoted value is a
// string; `literal` takes it as it stands (fluxcd/pkg/chartutil).
func setPath(values map[string]any, ref map[string]any, value string) (err error) {
	defer recovered(&err)
	target := ref["targetPath"].(string)
	if literal, _ := ref["literal"].(bool); literal {
		escaped := strings.NewReplacer(`\`, `\\`, `,`, `\,`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`).Replace(value)
		return strvals.ParseIntoString(target+"="+escaped, values)
	}
	quoted := func(q string) bool { return strings.HasPrefix(value, q) && strings.HasSuffix(value, q) }
	if quoted("'") || quoted(`"`) {
		return strvals.ParseIntoString(target+"="+strings.Trim(value, `'"`), values)
	}
	return strvals.ParseInto(target+"="+value, values)
}

// recovered ends a panic of strvals, which comes of odd paths.
func recovered(err *error) {
	if r := recover(); r != nil {
		sandbox.Note("values", r)
		*err = errors.New("the path cannot be read")
	}
}
