package appset

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// renderer fills templates.
type renderer struct {
	goTemplate bool
	options    []string
}

// maxNesting bounds how deep a template may nest.
const maxNesting = 100

// deeply fills the texts of a value, keys of maps too.
func (r renderer) deeply(value any, values map[string]any) (any, error) {
	return r.below(value, values, 0)
}

func (r renderer) below(value any, values map[string]any, depth int) (any, error) {
	if depth > maxNesting {
		return nil, errors.New("its template nests too deep")
	}
	switch v := value.(type) {
	case string:
		return r.replace(v, values)
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) { // of several that fail the same is told each time
			child := v[key]
			name, err := r.replace(key, values)
			if err != nil {
				return nil, err
			}
			if out[name], err = r.below(child, values, depth+1); err != nil {
				return nil, within(model.FieldStep(key), err)
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			var err error
			if out[i], err = r.below(child, values, depth+1); err != nil {
				return nil, within(model.ItemStep(i), err)
			}
		}
		return out, nil
	}
	return value, nil
}

// plain matches a parameter of the older templates.
var plain = pattern.New(`\{\{([^{}]*)\}\}`)

// replace fills one text.
func (r renderer) replace(text string, values map[string]any) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	if !r.goTemplate {
		return plain.ReplaceAllStringFunc(text, func(tag string) string {
			if value, ok := values[strings.TrimSpace(tag[2:len(tag)-2])].(string); ok {
				return value
			}
			return tag
		}), nil
	}
	if err := r.known(); err != nil {
		return "", err
	}
	t, err := template.New("template").Funcs(functions()).Option(r.options...).Parse(text)
	if err != nil {
		said := "its template cannot be parsed: " + where.ReplaceAllString(err.Error(), "")
		if strings.Contains(said, "not defined") { // another version of Argo CD may have the function
			return "", errors.New(said)
		}
		return "", &mistake{why: said}
	}
	var out bytes.Buffer
	if err := t.Execute(&limited{to: &out, left: maxText}, values); err != nil {
		said := "its template fails: " + where.ReplaceAllString(err.Error(), "")
		var ours unfilled
		if errors.As(err, &ours) {
			return "", errors.New(said)
		}
		return "", &mistake{why: said}
	}
	return out.String(), nil
}

// mistake is what Argo CD cannot make either, and where it stands in the set.
type mistake struct {
	why   string
	field []model.Step
}

func (m *mistake) Error() string { return m.why }

// within puts a step before the place of a mistake.
func within(step model.Step, err error) error {
	var wrong *mistake
	if errors.As(err, &wrong) {
		wrong.field = append([]model.Step{step}, wrong.field...)
	}
	return err
}

// at says where a mistake stands.
func at(err error, field []model.Step) error {
	var wrong *mistake
	if errors.As(err, &wrong) {
		wrong.field = field
	}
	return err
}

// unfilled is an error of a template that Argo CD may fill, and we do not.
type unfilled string

func (u unfilled) Error() string { return string(u) }

// where is what text/template says of the place in a text of one line.
var where = pattern.New(`^template: template:[0-9:]+ (executing "template" )?`)

// known: text/template panics on an option that it does not know.
func (r renderer) known() error {
	for _, option := range r.options {
		if !slices.Contains([]string{"missingkey=default", "missingkey=invalid", "missingkey=zero", "missingkey=error"}, option) {
			return fmt.Errorf("its goTemplateOptions has %q, which does not exist", option)
		}
	}
	return nil
}

// maxText bounds what one text may become, 1 MiB.
const maxText = 1 << 20

// limited takes so many bytes and no more.
type limited struct {
	to   *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, unfilled("a text grows too long")
	}
	return l.to.Write(p)
}

// random are the functions of sprig 3.3 that give another result each time.
var random = []string{"now", "ago", "randAlphaNum", "randAlpha", "randAscii", "randNumeric", "randBytes", "randInt", "uuidv4", "shuffle", "bcrypt", "htpasswd",
	"genPrivateKey", "genCA", "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "encryptAES"}

// functions are those that templates may use (argo-cd v3.2, applicationset/utils).
var functions = sync.OnceValue(func() template.FuncMap {
	all := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(all, name)
	}
	refused := func(why string) any {
		return func(...any) (string, error) { return "", unfilled(why) }
	}
	for _, name := range random {
		all[name] = refused(name + " gives another result each time")
	}
	all["slugify"] = refused("slugify is not followed here")
	all["normalize"] = normalized
	all["toYaml"] = func(v any) (string, error) {
		text, err := yaml.Marshal(v)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	all["fromYaml"] = func(text string) (out map[string]any, err error) { return out, yaml.Unmarshal([]byte(text), &out) }
	all["fromYamlArray"] = func(text string) (out []any, err error) { return out, yaml.Unmarshal([]byte(text), &out) }
	return all
})

// normalized makes a DNS subdomain of a name.
func normalized(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	return strings.Trim(name[:min(len(name), 253)], "-.")
}

// oneLine makes a library's message fit into a sentence.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}
