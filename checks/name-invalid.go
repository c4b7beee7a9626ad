package checks

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var nameInvalid = &review.Check{
	ID: "name-invalid", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Workloads},
	Doc: review.Doc{
		Title:  "name is not valid",
		What:   "Checks names that the schema does not restrict against Kubernetes' own rules: names of objects of the built-in groups, of containers and of ports, and the keys and values of labels and of selectors. A name that still contains a variable (`${NAME}`) is left alone.",
		Why:    "The API server refuses the object. Schema validation does not find it, because the schema says only that a name is a string.",
		Fix:    "Names consist of lower-case letters, digits and `-`, at most 63 characters (a port name: 15). A label value may also contain `.` and `_`, and has at most 63 characters.",
		Verify: "kubectl apply --dry-run=server -f FILE",
		Waive:  "Never; it cannot be applied.",
		Effort: "small",
		Bad:    "labels: {app.kubernetes.io/version: \"1.4.2+build/7\"}",
		Good:   "labels: {app.kubernetes.io/version: 1.4.2-build.7}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		told := map[string]bool{}
		refuse := func(field, what, name string, why []string) {
			if len(why) == 0 || told[what+name] || strings.Contains(name, "${") || name == "_" || model.RedactedName(name) != name {
				return
			}
			told[what+name] = true
			rule, _, _ := strings.Cut(why[0], " (e.g.") // the regular expression helps nobody
			p.Report(review.Hit{Object: o, Field: field, Key: what + " " + name, Message: fmt.Sprintf("%s: the %s `%s` will be refused: %s.", o.ID, what, text.Brief(name), rule)})
		}
		if reference.Builtin(o.ID.Group) && o.ID.Group != kube.RBACGroup && o.ID.Name != "" && !plainName(o.ID.Name) && review.Map(o.Fields(), "metadata")["name"] != nil {
			refuse("/metadata/name", "name", o.ID.Name, validation.IsDNS1123Subdomain(o.ID.Name))
		}
		for _, at := range labelPaths(o) {
			for key, value := range review.Map(o.Fields(), at...) {
				labelNames(refuse, review.Pointer(at...)+review.Pointer(key), key, value)
			}
		}
		for _, c := range review.ContainersOf(o) {
			containerNames(refuse, c)
		}
		if o.ID.GroupKind() == kube.Service {
			serviceNames(refuse, o)
		}
	}),
}

// refusal notes why a name is refused; no reasons means that it is not.
type refusal func(field, what, name string, why []string)

// labelPaths are where an object's labels stand, and those that it selects by.
func labelPaths(o *model.Object) [][]string {
	out := [][]string{{"metadata", "labels"}}
	if path := kube.SelectorFields[o.ID.GroupKind()]; path != nil {
		return append(out, path)
	}
	if pod, ok := review.PodOf(o); ok && pod.Pointer == "/spec/template/spec" {
		out = append(out, []string{"spec", "selector", "matchLabels"}, []string{"spec", "template", "metadata", "labels"})
	}
	return out
}

func labelNames(refuse refusal, field, key string, value any) {
	if !plainName(key) {
		refuse(field, "label", key, validation.IsQualifiedName(key))
	}
	if text, ok := value.(string); ok && !plainName(text) {
		refuse(field, "value of the label "+key+",", text, validation.IsValidLabelValue(text))
	}
}

// plainName reports whether a name is right wherever a label's value is, and an
// object's name: what nearly all are, told without the cost of a regular
// expression.
func plainName(name string) bool {
	if name == "" || len(name) > validation.LabelValueMaxLength || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func containerNames(refuse refusal, c review.Container) {
	if c.Name != "" && !plainName(c.Name) {
		refuse(c.At("name"), "name of a container,", c.Name, validation.IsDNS1123Label(c.Name))
	}
	for i, port := range review.Items(c.Fields, "ports") {
		if name := review.Text(port, "name"); name != "" {
			refuse(fmt.Sprintf("%s/ports/%d/name", c.Pointer, i), "name of a port,", name, validation.IsValidPortName(name))
		}
	}
}

func serviceNames(refuse refusal, o *model.Object) {
	for i, port := range review.Items(o.Fields(), "spec", "ports") {
		if name := review.Text(port, "name"); name != "" && !plainName(name) {
			refuse(fmt.Sprintf("/spec/ports/%d/name", i), "name of a port,", name, validation.IsDNS1123Label(name))
		}
	}
}
