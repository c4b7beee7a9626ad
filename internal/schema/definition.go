package schema

import (
	"encoding/json"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Limits of a CustomResourceDefinition that a repository brings: the largest of
// well-known projects has 1.5 MB, and some 200 rules.
const (
	maxDefinition = 3 << 20
	maxNodes      = 100_000
	maxRules      = 64 << 10 // bytes of CEL in one version
)

// Definition is a CustomResourceDefinition that the repository renders. Its
// versions are compiled when they are first asked for.
type Definition struct {
	name string
	sum  string
	kind string
	spec apiextensionsv1.CustomResourceDefinitionSpec
	raw  []any // the versions, decoded

	mu       sync.Mutex
	versions map[string]*compiled

	refused  sync.Once
	mistakes []Mistake
}

// compiled is one version; nil parts are what it does not have, or what could
// not be made of it.
type compiled struct {
	shape      *Shape
	structural *structural.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
	factor     int64  // by which the rules cost more than CEL reckons
	unread     string // why some of it is not asked
	broke      *Panic // of a library, on this schema
}

// kept are definitions by their digest: both sides and many reviews have the
// same.
var kept = struct {
	sync.Mutex
	by     map[string]*Definition
	weight atomic.Int64 // bytes, about
}{by: map[string]*Definition{}}

const (
	maxKept       = 512
	maxKeptWeight = 256 << 20
)

// ReadDefinition reads a rendered CustomResourceDefinition; nil for one that says
// nothing that could be relied on.
func ReadDefinition(o *model.Object) *Definition {
	key := o.Sum + "\x00" + o.ID.Name
	kept.Lock()
	defer kept.Unlock()
	if d, ok := kept.by[key]; ok && o.Sum != "" {
		return d
	}
	if len(kept.by) >= maxKept || kept.weight.Load() > maxKeptWeight {
		clear(kept.by)
		kept.weight.Store(0)
	}
	d := readDefinition(o)
	kept.weight.Add(8 * int64(len(o.JSON())))
	kept.by[key] = d
	return d
}

func readDefinition(o *model.Object) *Definition {
	if len(o.JSON()) > maxDefinition || o.ID.Version != "v1" || nodes(o.Fields()) > maxNodes {
		return nil
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if json.Unmarshal(o.JSON(), &crd) != nil {
		return nil
	}
	spec, _ := o.Fields()["spec"].(map[string]any)
	raw, _ := spec["versions"].([]any)
	if len(raw) != len(crd.Spec.Versions) {
		return nil
	}
	return &Definition{name: o.ID.Name, sum: o.Sum, kind: crd.Spec.Names.Kind, spec: crd.Spec, raw: raw, versions: map[string]*compiled{}}
}

// nodes counts the values of decoded JSON. What is deeper than a schema can be
// counts as too many.
func nodes(v any) int { return countNodes(v, 4*maxDepth) }

func countNodes(v any, depth int) int {
	if depth == 0 {
		return maxNodes
	}
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			n += countNodes(e, depth-1)
		}
	case []any:
		for _, e := range v {
			n += countNodes(e, depth-1)
		}
	}
	return n
}

// Digest names the definition's content and one of its versions.
func (d *Definition) Digest(version string) string { return d.sum + "\x00" + d.name + "\x00" + version }

// Cost is what compiling one version counts for, in CEL's units, of which the
// API server reckons ten to a microsecond: a value of the schema takes up to
// 10 µs, a byte of a rule 5, an instruction of a pattern 3 with its memory.
func (d *Definition) Cost(version string) (units int64) {
	for i, v := range d.spec.Versions {
		if v.Name == version {
			rules, programs := written(d.raw[i])
			units += 100*int64(nodes(d.raw[i])) + 50*int64(rules) + 30*int64(programs)
		}
	}
	return units
}

// written counts the bytes of a schema's rules and the instructions of its
// patterns.
func written(v any) (rules, programs int) {
	add := func(e any) {
		r, p := written(e)
		rules, programs = rules+r, programs+p
	}
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			switch text, _ := e.(string); {
			case name == "rule":
				rules += len(text)
			case name == "pattern" && text != "":
				programs += programSize(text)
			}
			add(e)
		}
	case []any:
		for _, e := range v {
			add(e)
		}
	}
	return rules, programs
}

// Defines reports whether the definition is of a kind.
func (d *Definition) Defines(id model.ObjectID) bool {
	return d.kind == id.Kind && d.spec.Group == id.Group
}

// Kind is the kind that is defined, as in an object's GroupKind.
func (d *Definition) Kind() string { return d.kind + "." + d.spec.Group }

// Sound reports whether the definition's name is that of its plural and group: the
// API server refuses it otherwise, and it defines nothing.
func (d *Definition) Sound() bool { return d.name == d.spec.Names.Plural+"."+d.spec.Group }

// version gives one version, compiled; nil where there is none.
func (d *Definition) version(name string) *compiled {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c, ok := d.versions[name]; ok {
		return c
	}
	i := slices.IndexFunc(d.spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool { return v.Name == name })
	var c *compiled
	if i >= 0 && d.spec.Versions[i].Served && d.spec.Versions[i].Schema != nil {
		raw, _ := d.raw[i].(map[string]any)
		c = compile(raw, d.spec.Versions[i].Schema.OpenAPIV3Schema)
		if c != nil && d.spec.PreserveUnknownFields {
			c.shape.Open = true
		}
	}
	d.versions[name] = c
	return c
}

// served lists the versions that are served.
func (d *Definition) served() (out []string) {
	for _, v := range d.spec.Versions {
		if v.Served {
			out = append(out, v.Name)
		}
	}
	return out
}

// compile makes what can be made of a version's schema. It is foreign: a part
// that cannot be made leaves its questions unanswered.
func compile(raw map[string]any, props *apiextensionsv1.JSONSchemaProps) (c *compiled) {
	decoded, _ := raw["schema"].(map[string]any)
	root, _ := decoded["openAPIV3Schema"].(map[string]any)
	if root == nil || props == nil {
		return nil
	}
	c = &compiled{shape: FromCustom(root)}
	c.shape.root(open().metadata())
	defer func() {
		if p := recover(); p != nil { // a library's, on a schema that it does not expect
			c.broke = panicked(p)
			c.validator, c.structural, c.rules = nil, nil, nil
		}
	}()
	var internal apiextensions.JSONSchemaProps
	if apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(props.DeepCopy(), &internal, nil) != nil {
		return c
	}
	p := patterns{made: map[string]*regexp.Regexp{}, sound: true, whole: true}
	p.take(&internal, c.shape)
	kept.weight.Add(40 * int64(p.size))
	if !p.sound || depthOf(root) > maxDepth {
		return c
	}
	s, err := structural.NewStructural(&internal)
	if err != nil {
		return c
	}
	validator, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		return c
	}
	size := prepare(s)
	c.structural, c.validator = s, validator
	if !p.whole {
		c.unread = "the definition has patterns among alternatives, which are not asked"
	}
	switch {
	case size > maxRules:
		c.unread = "the definition has more rules than are read"
	case size > 0:
		factor, all := withoutCostlyRules(s)
		if c.factor = factor; !all {
			c.unread = "the definition has rules whose regular expressions may cost anything"
		}
		c.rules = cel.NewValidator(s, true, celconfig.PerCallLimit)
	}
	return c
}

// prepare counts the bytes of a schema's rules, and takes out what would make
// messages of values.
func prepare(s *structural.Structural) (size int) {
	visitor := structural.Visitor{Structural: func(s *structural.Structural) bool {
		for i := range s.XValidations {
			size += len(s.XValidations[i].Rule)
			s.XValidations[i].MessageExpression = ""
		}
		return true
	}}
	visitor.Visit(s)
	return size
}

// depthOf is how many levels of fields, items and values a schema has.
func depthOf(s map[string]any) (deepest int) {
	fields, _ := s["properties"].(map[string]any)
	for _, f := range fields {
		if f, ok := f.(map[string]any); ok {
			deepest = max(deepest, 1+depthOf(f))
		}
	}
	for _, name := range []string{"items", "additionalProperties"} {
		if f, ok := s[name].(map[string]any); ok {
			deepest = max(deepest, 1+depthOf(f))
		}
	}
	return deepest
}
