package checks

import (
	"fmt"
	"regexp"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// placeholder matches what people write where a value is still to come.
var placeholder = regexp.MustCompile(`(?i)change[-_]?me|\bPLACEHOLDER\b|PLACEHOLDER[-_]|\byour[-_](domain|org|registry|password|token|account|cluster)|\bREPLACE[-_]?(ME|THIS)\b|(^|[\s/"'=:@])<((your|insert|replace|my|the)[-_ ][A-Z0-9_ -]{2,}|(?-i:[A-Z][A-Z0-9_ -]{2,}))>|^\s*(TODO|FIXME|XXX)\b`)

// proseFields hold text for people, in which a placeholder is no value.
var proseFields = map[string]bool{"description": true, "summary": true, "message": true, "runbook_url": true, "openAPIV3Schema": true, "expr": true, "notes": true,
	"kubectl.kubernetes.io/last-applied-configuration": true}

var placeholderValue = &review.Check{
	ID: "placeholder-value", Area: review.Operations, Severity: review.High, Tags: []review.Tag{review.ConfigData},
	Doc: review.Doc{
		Title:  "placeholder instead of a value",
		What:   "Looks at the rendered values for stand-ins: CHANGEME, PLACEHOLDER, REPLACE_ME, `<UPPER_CASE>` in angle brackets, `your-domain`, and values that begin with TODO or FIXME. Descriptions, alert expressions, scripts and schemas are left alone, as is what a Secret holds.",
		Why:    "It is applied as it stands: a host nobody owns, a password everybody guesses.",
		Fix:    "Put the value in, or leave the object out until it is known.",
		Verify: "kubectl get all,cm,ingress -A -o yaml | grep -nE 'CHANGEME|<[A-Z_]+>'",
		Waive:  "The text is a template that something else fills in.",
		Effort: "small",
		Bad:    "addresses: [\"<IP_ADDRESS_RANGE>\"]",
		Good:   "addresses: [\"192.0.2.10-192.0.2.20\"]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.Kind == "CustomResourceDefinition" {
			return
		}
		stand := &placeholders{pass: p, object: o}
		stand.walk(o.Fields(), nil, "")
		for _, pointer := range sortedKeysOf(o.Keys) {
			stand.inside = pointer + "/"
			stand.walk(o.Keys[pointer].YAML, nil, "")
		}
	}),
}

type placeholders struct {
	pass   *review.Pass
	object *model.Object
	inside string // the pointer of the key whose YAML is walked, with the empty token
}

func (s *placeholders) walk(v any, path []string, key string) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sortedKeysOf(v) {
			if !proseFields[k] {
				s.walk(v[k], append(path[:len(path):len(path)], review.Pointer(k)), k)
			}
		}
	case []any:
		for i, item := range v {
			s.walk(item, append(path[:len(path):len(path)], fmt.Sprint("/", i)), key)
		}
	case string:
		const longest = 300 // scripts and templates are longer
		if len(v) > longest || !placeholder.MatchString(v) {
			return
		}
		at := s.inside
		for _, p := range path {
			at += p
		}
		s.pass.Report(review.Hit{Object: s.object, Field: at,
			Message: fmt.Sprintf("%s: `%s` is still a placeholder: `%s`.", s.object.ID, key, v)})
	}
}
