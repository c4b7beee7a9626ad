// Package helm renders what a HelmRelease, or a chart of Argo CD's, applies, as
// helm-controller does when it installs. Nothing in it depends on the clock, on
// chance or on a cluster.
package helm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"

	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"helm.sh/helm/v4/pkg/chart/common"
	commonutil "helm.sh/helm/v4/pkg/chart/common/util"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
)

// Release is one HelmRelease as Flux applies it, with what it reads.
type Release struct {
	Object map[string]any // the HelmRelease, of any API version
	Chart  ChartFiles
	// ValuesFiles are those of the chart's template, in order. Where there are
	// any, they take the place of the chart's own values.yaml.
	ValuesFiles []string
	// IgnoreMissingValuesFiles leaves out values files that are not there.
	IgnoreMissingValuesFiles bool
	KubeVersion              string // "1.33", or "" for the newest that is known
	// APIVersions are those of CRDs in the cluster, "group/version" and
	// "group/version/Kind".
	APIVersions []string
	// Reference gives a ConfigMap or Secret of the release's namespace.
	Reference func(kind, name string) input.Referent
	// Parameters override all other values, in their order.
	Parameters []Parameter
	// LastWins: of a key that stands twice in the output the last counts. Flux refuses
	// it; Argo CD reads a chart's output as it reads a directory (gitops-engine v0.7.3,
	// SplitYAML).
	LastWins bool
	// AsTemplated leaves objects as `helm template` prints them: they get no namespace
	// and no label.
	AsTemplated bool
	// Handed: such a chart is told the version and the APIs of the cluster. Replaced: those
	// take the place of APIVersions.
	Handed, Replaced bool
	// Templated: the chart is rendered as `helm template` does, which is always an
	// installation without a cluster.
	Templated bool
	// Open are variables that stand in what the release is given, and whose values
	// nobody can see.
	Open []string
	// Secrets learns every value that is read from a Secret, and cuts them out of
	// messages; the caller goes on to redact the objects with it.
	Secrets *redact.Redactor
}

// Rendered is what a release applies.
type Rendered struct {
	// Objects are the chart's CRDs, its objects in the order of installation, then
	// its hooks. Numbers are json.Number.
	Objects []map[string]any
	// Values are what was given to the chart, before its own defaults; not redacted.
	Values        map[string]any
	Name, Version string        // the chart's
	Notes         []string      // what people should know of the render
	Unseen        []task.Unseen // what is missing in it; with any, the render is partial
	// Otherwise is what is rendered where what nobody sees is otherwise.
	Otherwise []model.Otherwise
	// ValueNotes are what is to be said of values that are given.
	ValueNotes []model.ValueNote
}

// Render does what helm-controller does to install a release. An error
// holds a *model.Problem. With Unseen values, a mistake of the values is not the
// author's: the problem is then substitution-unresolved.
func Render(r Release) (Rendered, error) {
	if r.Secrets == nil {
		r.Secrets = redact.New(nil, false)
	}
	h := begin(r, taken{})
	err := h.render()
	if err == nil && (!r.AsTemplated || r.Handed) { // else nobody asks a cluster
		h.out.Otherwise = h.otherwise()
	}
	if err == nil && !r.AsTemplated {
		h.out.ValueNotes = append(h.unread(), h.exponents()...)
	}
	h.out.Notes = append(h.out.Notes, h.pins.notes()...)
	return h.out, h.problem(err)
}

// helm is one render under way.
type helm struct {
	Release
	taken taken
	spec  map[string]any
	pins  *pins
	files map[string]string // the rendered templates, by name
	part  bool              // only some of them are looked at, and no definitions
	whole string            // print of all that goes into it
	// opaque: values are given that cannot be seen, and may be any; pathed: that at one
	// path.
	opaque, pathed bool
	sealed         []string // keys whose values are encrypted
	chart          *chartv2.Chart
	caps           *common.Capabilities
	out            Rendered
}

// begin begins a render in which something is taken for granted.
func begin(r Release, t taken) *helm {
	h := &helm{Release: r, taken: t, spec: object.Map(r.Object, "spec"), pins: newPins(r.Secrets.Key)}
	h.pins.finds = t.finds
	return h
}

func (h *helm) render() error {
	err := h.texts()
	if err != nil {
		return err
	}
	return h.objects(h.files)
}

// texts renders the templates.
func (h *helm) texts() error {
	ch, err := h.Chart.load()
	if err != nil {
		return err
	}
	h.chart, h.out.Name, h.out.Version = ch, ch.Metadata.Name, ch.Metadata.Version
	lacks := wants(ch)
	if err := h.replaceDefaults(); err != nil {
		return err
	}
	values, err := h.values()
	if err != nil {
		return err
	}
	h.out.Values = values
	if err := h.capabilities(); err != nil {
		return err
	}
	if h.opaque {
		h.whole = h.inputs() // before what the values turn off is left out
	}
	// The chart must not change what is shown as the release's values.
	values, _ = object.Copy(values).(map[string]any)
	if err := chartutil.ProcessDependencies(ch, values); err != nil {
		return chartInvalid("the dependencies of chart %s cannot be worked out: %s", ch.Name(), oneLine(err.Error()))
	}
	notes, err := h.Chart.missing(ch, lacks)
	h.out.Notes = append(h.out.Notes, notes...)
	if err != nil {
		return err
	}
	h.files, err = h.templates(values)
	return err
}

// templates renders every template, by name.
func (h *helm) templates(values map[string]any) (map[string]string, error) {
	top, err := commonutil.ToRenderValuesWithSchemaValidation(h.chart, values,
		h.taken.release(h.name(), h.namespace()), h.caps, true)
	if err != nil {
		return nil, &model.Problem{Class: model.ValuesInvalid, Message: "the values cannot be merged with the chart's: " + oneLine(err.Error())}
	}
	if h.taken.serves || h.taken.asks != nil {
		top["Capabilities"] = h.taken.capabilities(h.caps)
	}
	merged, _ := top["Values"].(common.Values)
	// Messages may quote values: those that look like credentials are learnt first.
	h.Secrets.Leaves(object.Plain(merged), "")
	if off, _ := object.Map(h.spec, "install")["disableSchemaValidation"].(bool); !off {
		if err := h.schema(h.chart, merged); err != nil {
			return nil, err
		}
	}
	functions := h.pins.functions()
	if h.taken.asks != nil {
		h.taken.asks.version = h.caps.KubeVersion.Version
		maps.Copy(functions, h.taken.asks.functions())
	}
	e := engine.Engine{CustomTemplateFuncs: functions}
	files, err := e.RenderWithContext(context.Background(), h.chart, top)
	if err != nil {
		return nil, h.templateProblem(err)
	}
	return files, nil
}

// problem makes any error a problem that may be shown.
func (h *helm) problem(err error) error {
	if err == nil {
		return nil
	}
	var p *model.Problem
	if !errors.As(err, &p) {
		p = chartInvalid("%s", oneLine(err.Error()))
	}
	shown := *p
	if len(h.out.Unseen) > 0 && (p.Class == model.ValuesInvalid || p.Class == model.ChartInvalid) {
		shown.Class = model.SubstitutionUnresolved
		shown.Message = fmt.Sprintf("not all values can be read (%s), and without them: %s", h.out.Unseen[0].Text, p.Message)
	}
	shown.Message = h.Secrets.Text(shown.Message)
	var lacking *Lacking
	if errors.As(err, &lacking) {
		return &Lacking{&shown, lacking.Wants}
	}
	return &shown
}

// maxReleaseName is the length that Helm allows.
const maxReleaseName = 53

// name is the release's: spec.releaseName, else [targetNamespace-]name, and
// shortened with a hash as helm-controller does.
func (h *helm) name() string {
	name, _ := h.spec["releaseName"].(string)
	if name == "" {
		name = h.own("name")
		if target, _ := h.spec["targetNamespace"].(string); target != "" {
			name = target + "-" + name
		}
	}
	if len(name) <= maxReleaseName {
		return name
	}
	const hash = 12
	sum := sha256.Sum256([]byte(name))
	return name[:maxReleaseName-hash-1] + "-" + hex.EncodeToString(sum[:])[:hash]
}

// namespace is where the release's objects go; spec.storageNamespace says only
// where Helm keeps its record.
func (h *helm) namespace() string {
	if target, _ := h.spec["targetNamespace"].(string); target != "" {
		return target
	}
	return h.own("namespace")
}

// own is a field of the HelmRelease's metadata.
func (h *helm) own(field string) string {
	s, _ := object.Map(h.Object, "metadata")[field].(string)
	return s
}
