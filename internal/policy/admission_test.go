package policy

import (
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// parsed makes an object of YAML.
func parsed(t testing.TB, kind, name, content string) *model.Object {
	t.Helper()
	var whole map[string]any
	if err := yaml.Unmarshal([]byte(content), &whole); err != nil {
		t.Fatal(err)
	}
	return object(t, model.ObjectID{Group: "admissionregistration.k8s.io", Version: "v1", Kind: kind, Name: name}, whole)
}

func namespace(t testing.TB, name, label string) *model.Object {
	return object(t, model.ObjectID{Version: "v1", Kind: "Namespace", Name: name},
		map[string]any{"metadata": map[string]any{"name": name, "labels": map[string]any{"tier": label}}})
}

const everything = `
  matchConstraints:
    resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"]}]
`

func TestValidate(t *testing.T) {
	o := web(t, map[string]any{"replicas": 1, "password": model.Redact("x")})
	for spec, want := range map[string]string{
		`validations: [{expression: "object.spec.replicas > 1", message: more}]`:                                                             "2 more",
		`validations: [{expression: "object.spec.replicas > 1"}]`:                                                                            "2 failed expression: object.spec.replicas > 1",
		`validations: [{expression: "object.spec.replicas > 1", messageExpression: "'is ' + string(object.spec.replicas)"}]`:                 "2 is 1",
		`validations: [{expression: "object.spec.replicas > 1", message: more, messageExpression: "string(object.spec.missing)"}]`:           "2 more",
		`validations: [{expression: "object.spec.replicas > 1", message: more, messageExpression: "object.spec.password"}]`:                  "2 more",
		`validations: [{expression: "object.spec.replicas == 1"}]`:                                                                           "",
		`validations: [{expression: "object.spec.missing == 1"}]`:                                                                            "0 no such key: missing",
		`validations: [{expression: "request.userInfo.username == 'flux'"}]`:                                                                 "0 it depends on who applies it",
		`validations: [{expression: "request.operation == 'CREATE' && request.namespace == 'shop'"}]`:                                        "",
		`validations: [{expression: "authorizer.group('apps').resource('deployments').check('create').allowed()"}]`:                          "0 it depends on who applies it",
		`validations: [{expression: "namespaceObject.metadata.labels.tier == 'prod'", message: m}]`:                                          "2 m",
		`validations: [{expression: "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'shop'"}]`:                            "",
		`matchConditions: [{name: a, expression: "false"}], validations: [{expression: "false"}]`:                                            "",
		`matchConditions: [{name: a, expression: "request.userInfo.username != 'x'"}], validations: [{expression: "false"}]`:                 "0 it depends on who applies it",
		`variables: [{name: v, expression: "object.spec.missing"}], validations: [{expression: "true || variables.v > 1"}]`:                  "",
		`variables: [{name: v, expression: "object.spec.missing"}], validations: [{expression: "variables.v > 1"}]`:                          "0 variable v: no such key: missing",
		`variables: [{name: v, expression: "object.spec.password"}], validations: [{expression: "variables.v == 'x'"}]`:                      "0 it depends on a value that is not shown",
		`variables: [{name: v, expression: "1"}, {name: m, expression: "variables.v + 1"}], validations: [{expression: "variables.m == 2"}]`: "",
	} {
		a := newAdmission(parsed(t, "ValidatingAdmissionPolicy", "p", "spec: {"+spec+"}"))
		if len(a.Wrong) > 0 {
			t.Errorf("%s: %v", spec, a.Wrong)
			continue
		}
		got := ""
		decisions, _ := a.Validate(Request{Object: o, Resource: "deployments", Namespaced: true, Namespace: namespace(t, "shop", "test")})
		for _, d := range decisions {
			got += fmt.Sprint(int(d.Answer), " ", map[bool]string{true: d.Message, false: d.Why}[d.Answer == Fails])
		}
		if got != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	o := web(t, nil)
	in := func(r Request) Request { r.Object, r.Resource, r.Namespaced = o, "deployments", true; return r }
	for name, tt := range map[string]struct {
		policy, binding string
		request         Request
		want            Answer
	}{
		"no constraints":        {policy: "{}", want: Fails},
		"everything":            {policy: everything, want: Holds},
		"the binding narrows":   {policy: everything, binding: "{matchResources: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [pods]}]}}", want: Fails},
		"another operation":     {policy: "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments]}]}", want: Fails},
		"an update":             {policy: "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments]}]}", request: Request{Old: o}, want: Holds},
		"another version":       {policy: "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1beta1], operations: ['*'], resources: [deployments]}]}", want: Unknown},
		"exactly that version":  {policy: "matchConstraints: {matchPolicy: Exact, resourceRules: [{apiGroups: [apps], apiVersions: [v1beta1], operations: ['*'], resources: [deployments]}]}", want: Fails},
		"a subresource":         {policy: "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments/scale]}]}", want: Fails},
		"cluster scope":         {policy: "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments], scope: Cluster}]}", want: Fails},
		"excluded":              {policy: everything + "    excludeResourceRules: [{apiGroups: [apps], apiVersions: ['*'], operations: ['*'], resources: ['*']}]", want: Fails},
		"the Namespace is here": {policy: everything + "    namespaceSelector: {matchLabels: {tier: prod}}", request: Request{Namespace: namespace(t, "shop", "prod")}, want: Holds},
		"and has another label": {policy: everything + "    namespaceSelector: {matchLabels: {tier: prod}}", request: Request{Namespace: namespace(t, "shop", "test")}, want: Fails},
		"the Namespace is not":  {policy: everything + "    namespaceSelector: {matchLabels: {tier: prod}}", want: Unknown},
		"its name is known":     {policy: everything + "    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}", want: Holds},
		"it is another one":     {policy: everything + "    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: x, tier: prod}}", want: Fails},
		"labels of the object":  {policy: everything + "    objectSelector: {matchLabels: {a: b}}", want: Fails},
		"a selector unreadable": {policy: everything + "    objectSelector: {matchExpressions: [{key: a, operator: Near}]}", want: Unknown},
	} {
		a := newAdmission(parsed(t, "ValidatingAdmissionPolicy", "p", "spec: "+indented(tt.policy)))
		b, ok := ReadBinding(parsed(t, "ValidatingAdmissionPolicyBinding", "b", "spec: "+indented(tt.binding)))
		if v := a.Match(b, in(tt.request)); !ok || v.Answer != tt.want || v.Answer == Unknown && v.Why == "" {
			t.Errorf("%s: %+v, want answer %d", name, v, tt.want)
		}
	}
}

func indented(s string) string {
	if s == "" {
		s = "{}"
	}
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "\n") {
		return s
	}
	return "\n  " + s
}

func TestPlural(t *testing.T) {
	for kind, want := range map[string]string{"Deployment": "deployments", "Ingress": "ingresses", "NetworkPolicy": "networkpolicies",
		"Endpoints": "endpoints", "EndpointSlice": "endpointslices", "StorageClass": "storageclasses", "Gateway": "gateways"} {
		if got := Plural(kind); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}

func FuzzAdmission(f *testing.F) {
	f.Add(`{"spec":{"validations":[{"expression":"object.spec.replicas > 1"}]}}`)
	f.Add(`{"spec":{"matchConstraints":{"namespaceSelector":{"matchExpressions":[{"key":"a","operator":"In"}]}},"variables":[{"name":"a","expression":"variables.a"}]}}`)
	o := web(f, map[string]any{"replicas": 1})
	f.Fuzz(func(_ *testing.T, content string) {
		p := model.NewObject(model.ObjectID{Name: "p"}, "", []byte(content), nil)
		a := newAdmission(p)
		b, _ := ReadBinding(p)
		r := Request{Object: o, Resource: "deployments", Namespaced: true}
		a.Match(b, r)
		a.Validate(r)
	})
}
