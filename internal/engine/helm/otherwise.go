package helm

import (
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"helm.sh/helm/v4/pkg/chart/common"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// A template may decide by what nobody sees here: whether the release is there already,
// what the cluster serves and holds, what a variable or an encrypted Secret says. The
// render takes something for granted then, and what stands behind the other answer would
// go unsaid. So the chart is rendered with the other answers too, where its templates
// ask, and what is different then is handed on as prints: where base's and head's are
// equal, whatever the change does shows in the render itself. Values that may be
// anything have no other answer to try: what is given to the chart is the print then.

// taken is what a render takes for granted; none of it is an installation into a cluster
// that serves and holds nothing but what the repository shows.
type taken struct {
	upgrade bool      // the release is there already
	serves  bool      // APIs are served that no definition shows
	finds   *lookedUp // lookup finds what it asks for
	value   *string   // of what stands for one value and cannot be seen
	minor   int       // version of Kubernetes 1 that the cluster runs; 0 for the assumed one
	suffix  string    // behind the version, of a distribution
	asks    *asks     // learns what is asked of the version; nil for nobody
}

// guesses are values that templates decide by.
var guesses = []string{"", "true", "7", "text"}

// otherwise renders the chart with other answers, and says what is different then.
func (h *helm) otherwise() []model.Otherwise {
	if h.opaque {
		return []model.Otherwise{{If: fmt.Sprintf("values that are not visible say so (%s)", h.out.Unseen[0].Text), Class: model.SubstitutionUnresolved, Prints: map[string]string{"": h.whole}}}
	}
	templates := templatesOf(h.chart)
	given, _ := yaml.Marshal(h.out.Values)
	asked := templates + string(given) // tpl renders what stands in values
	var alone []taken
	if !h.Templated && asksRelease.MatchString(asked) {
		alone = append(alone, taken{upgrade: true})
	}
	if strings.Contains(asked, "APIVersions") && (len(h.APIVersions) == 0 || !h.Templated || h.Replaced) {
		alone = append(alone, taken{serves: true})
	}
	all, both := alone, taken{upgrade: true, serves: true}
	if len(alone) > 1 {
		all = append(all, both)
	}
	looks := h.pins.called["lookup"]
	var out []model.Otherwise
	for _, t := range all {
		other, looked := h.other(t)
		out, looks = append(out, other), looks || looked
	}
	if looks && !h.Templated {
		found := newLookedUp(templates, string(given)+defaultsOf(h.chart))
		for _, t := range append([]taken{{}}, all[max(0, len(all)-1):]...) { // beside nothing else, and beside all
			t.finds = found
			other, _ := h.other(t)
			out = append(out, other)
		}
	}
	var most taken
	if len(all) > 0 {
		most = all[len(all)-1]
	}
	out = append(append(out, h.versions(asked, most)...), h.guessed()...)
	return slices.DeleteFunc(out, func(o model.Otherwise) bool { return len(o.Prints) == 0 })
}

// guessed are the renders with other values for what stands for one value.
func (h *helm) guessed() []model.Otherwise {
	var keys []string
	if len(h.Open) > 0 {
		keys = openKeys(h.out.Values, h.variables(), "", nil)
	}
	keys = append(keys, h.sealed...)
	if len(keys) == 0 && !h.pathed {
		return nil
	}
	var out []model.Otherwise
	for _, value := range guesses {
		other, _ := h.other(taken{value: &value})
		out = append(out, other)
	}
	if holds(h.chart, h.out.Values, keys) {
		out = append(out, model.Otherwise{If: "a value that is not visible equals what a template compares it with", Class: model.SubstitutionUnresolved, Prints: map[string]string{"": h.inputs()}})
	}
	return out
}

// asksRelease matches how a template asks whether a release is there already.
var asksRelease = pattern.New(`\bIs(Upgrade|Install)\b|\.Release\.Revision\b`)

// other renders with other answers, and reports whether that looks into the cluster.
func (h *helm) other(t taken) (out model.Otherwise, looks bool) {
	w := begin(h.Release, t)
	mine, err := w.beside(h)
	out = model.Otherwise{If: t.words(), Class: model.ClusterUnknown, Later: t.upgrade || t.finds != nil}
	if t.value != nil {
		out.Class = model.SubstitutionUnresolved
	}
	switch {
	case err == nil:
		prints, gone := w.deviation(mine)
		if out.Prints = prints; t == (taken{upgrade: true}) {
			out.Gone = gone
		}
	case t.finds != nil: // what was found was made up
		out.Prints = map[string]string{"": h.inputs()}
	default:
		out.Prints = map[string]string{"": "does not render"}
	}
	return out, w.pins.called["lookup"]
}

// beside renders what may be different from another render, and gives the other's
// objects to compare: most templates render the same.
func (h *helm) beside(other *helm) ([]map[string]any, error) {
	if err := h.texts(); err != nil {
		return nil, err
	}
	if h.spec["postRenderers"] != nil { // what they do may hang on any object
		return other.out.Objects, h.objects(h.files)
	}
	mine, theirs := map[string]string{}, map[string]string{}
	for name, text := range h.files {
		if was, ok := other.files[name]; !ok || was != text {
			mine[name], theirs[name] = text, was
		}
	}
	again := *other
	again.out, again.part, h.part = Rendered{}, true, true
	if err := again.objects(theirs); err != nil {
		return nil, err
	}
	return again.out.Objects, h.objects(mine)
}

// words say what is taken for granted.
func (t taken) words() string {
	var all []string
	if t.upgrade {
		all = append(all, "the release is upgraded, not installed")
	}
	if t.serves {
		all = append(all, "the cluster serves APIs that no definition of the repository has")
	}
	if t.finds != nil {
		all = append(all, "`lookup` finds in the cluster what it asks for")
	}
	if t.value != nil {
		all = append(all, fmt.Sprintf("a value that is not visible is %q", *t.value))
	}
	if t.minor != 0 {
		all = append(all, onVersion(t.minor))
	}
	if t.suffix != "" {
		all = append(all, fmt.Sprintf("the cluster is of a distribution whose versions end like `%s`", t.suffix))
	}
	return strings.Join(all, ", and ")
}

func (t taken) release(name, namespace string) common.ReleaseOptions {
	out := common.ReleaseOptions{Name: name, Namespace: namespace, Revision: 1, IsInstall: true}
	if t.upgrade {
		out.Revision, out.IsInstall, out.IsUpgrade = 2, false, true
	}
	return out
}

// lastKey matches the last key of a path in the syntax of --set.
var lastKey = pattern.New(`([^.\[\]]*)(?:\[\d+\])*$`)

// guess is what is taken for a value that cannot be seen.
func (h *helm) guess(ref map[string]any) []byte {
	target, _ := ref["targetPath"].(string)
	if target == "" {
		h.opaque = true
		return nil
	}
	h.pathed = true
	h.sealed = append(h.sealed, lastKey.FindStringSubmatch(target)[1])
	if h.taken.value == nil {
		return nil
	}
	return []byte(*h.taken.value)
}

// variables matches what stays of the variables that cannot be seen; nil for none.
func (h *helm) variables() *regexp.Regexp {
	if len(h.Open) == 0 {
		return nil
	}
	return regexp.MustCompile(`\$\{#?(?:` + strings.Join(h.Open, "|") + `)\b[^}\n]*\}`)
}

// fill puts what is taken for the variables into values, as Flux would have: before
// they are read.
func (h *helm) fill(values map[string]any) map[string]any {
	if h.taken.value == nil || len(h.Open) == 0 {
		return values
	}
	text, err := yaml.Marshal(values)
	out := map[string]any{}
	if err == nil {
		err = yaml.Unmarshal(h.fillText(text), &out)
	}
	if err != nil {
		return values
	}
	return out
}

func (h *helm) fillText(text []byte) []byte {
	if h.taken.value == nil || len(h.Open) == 0 {
		return text
	}
	return h.variables().ReplaceAllLiteral(text, []byte(*h.taken.value))
}

// openKeys gives the keys of values that are a variable which cannot be seen, and
// nothing else.
func openKeys(value any, variables *regexp.Regexp, key string, out []string) []string {
	switch v := value.(type) {
	case common.Values:
		return openKeys(map[string]any(v), variables, key, out)
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = openKeys(v[k], variables, k, out)
		}
	case []any:
		for _, item := range v {
			out = openKeys(item, variables, key, out)
		}
	case string:
		if variables.FindString(v) == v && v != "" && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// inputs is equal where all is that the render is made of.
func (h *helm) inputs() string {
	var all strings.Builder
	var add func(ch *chartv2.Chart)
	add = func(ch *chartv2.Chart) {
		about, _ := yaml.Marshal(ch.Metadata)
		defaults, _ := yaml.Marshal(ch.Values)
		fmt.Fprintf(&all, "%s\n%s\n", about, defaults)
		for _, f := range slices.Concat(ch.Templates, ch.Files) {
			if !describes(f.Name) {
				fmt.Fprintf(&all, "%s %d\n%s\n", f.Name, len(f.Data), f.Data)
			}
		}
		for _, sub := range ch.Dependencies() {
			add(sub)
		}
	}
	add(h.chart)
	given, _ := yaml.Marshal(h.out.Values)
	after, _ := yaml.Marshal(map[string]any{"renderers": h.spec["postRenderers"], "common": h.spec["commonMetadata"], "parameters": h.Parameters})
	fmt.Fprintf(&all, "%s %s\n%s\n%s\n%v\n%v", h.name(), h.namespace(), given, after, h.caps.KubeVersion, h.APIVersions)
	return input.Print(all.String(), h.Secrets)
}

// templatesOf is the text of a chart's templates, its dependencies' included.
func templatesOf(ch *chartv2.Chart) string {
	var out strings.Builder
	for _, f := range ch.Templates {
		out.Write(f.Data)
		out.WriteByte('\n')
	}
	for _, sub := range ch.Dependencies() {
		out.WriteString(templatesOf(sub))
	}
	return out.String()
}

// defaultsOf is the text of a chart's own values, its dependencies' included.
func defaultsOf(ch *chartv2.Chart) string {
	text, _ := yaml.Marshal(ch.Values)
	for _, sub := range ch.Dependencies() {
		text = append(text, defaultsOf(sub)...)
	}
	return string(text)
}

// capabilities are what templates see of the cluster where something is taken of it.
func (t taken) capabilities(caps *common.Capabilities) any {
	var apis any = caps.APIVersions
	if t.serves {
		apis = serving(caps.APIVersions)
	}
	if t.asks != nil {
		return &watched{t.asks, caps.KubeVersion, apis, caps.HelmVersion}
	}
	return &struct {
		KubeVersion common.KubeVersion
		APIVersions any
		HelmVersion any
	}{caps.KubeVersion, apis, caps.HelmVersion}
}

// serving are the APIs that are known of a cluster that serves every one that is not
// Kubernetes' own.
type serving []string

var ownGroups = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{"apiextensions.k8s.io": true, "apiregistration.k8s.io": true}
	for gvk := range scheme.Scheme.AllKnownTypes() {
		out[gvk.Group] = true
	}
	return out
})

// Has is what templates ask: group/version, or group/version/Kind. Of Kubernetes' own
// it is known which are served.
func (s serving) Has(api string) bool {
	group, _, found := strings.Cut(api, "/")
	return slices.Contains(s, api) || found && strings.Contains(group, ".") && !ownGroups()[group]
}

// lookedUp makes up what lookup finds: an object with any key that a template may ask for.
type lookedUp struct{ keys []string }

var word = pattern.New(`[A-Za-z0-9][A-Za-z0-9._-]*`)

// maxKeys bounds the keys that are made up.
const maxKeys = 20_000

// newLookedUp takes for a key what stands in the templates' actions and in values.
func newLookedUp(templates, values string) *lookedUp {
	known := map[string]bool{}
	add := func(text string) {
		for _, w := range word.FindAllString(text, -1) {
			if len(known) >= maxKeys {
				return
			}
			known[w] = true
			for _, part := range strings.Split(w, ".") {
				known[part] = true
			}
		}
	}
	add(values)
	for {
		_, rest, found := strings.Cut(templates, "{{")
		if !found {
			break
		}
		action, after, _ := strings.Cut(rest, "}}")
		add(action)
		templates = after
	}
	return &lookedUp{slices.Sorted(maps.Keys(known))}
}

func (l *lookedUp) object(apiVersion, kind, namespace, name string) map[string]any {
	if l == nil {
		return map[string]any{}
	}
	data := make(map[string]any, len(l.keys))
	for _, key := range l.keys { // who asks for another key, or of another object, gets another answer
		value := fmt.Sprintf("found of %s %s/%s: %s", kind, namespace, name, key)
		if kind == "Secret" {
			value = base64.StdEncoding.EncodeToString([]byte(value))
		}
		data[key] = value
	}
	meta := map[string]any{"name": name, "namespace": namespace, "uid": "found", "resourceVersion": "1", "labels": map[string]any{}, "annotations": map[string]any{}}
	out := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": meta, "data": data, "spec": map[string]any{}, "status": map[string]any{}}
	if name != "" {
		return out
	}
	meta["name"] = "found"
	return map[string]any{"apiVersion": apiVersion, "kind": kind + "List", "metadata": map[string]any{}, "items": []any{out}}
}
