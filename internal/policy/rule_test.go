package policy

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func object(t testing.TB, id model.ObjectID, content any) *model.Object {
	t.Helper()
	raw, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	return model.NewObject(id, string(raw), raw, nil)
}

func web(t testing.TB, spec map[string]any) *model.Object {
	return object(t, model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "shop", Name: "web"},
		map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web", "namespace": "shop"}, "spec": spec})
}

func TestRuleAnswers(t *testing.T) {
	o := web(t, map[string]any{"replicas": 3, "ratio": 0.5, "host": "${HOST}.example.com", "none": nil, "password": model.Redact("x"),
		"memory": "512Mi", "list": []any{"a", "b"}})
	for expr, want := range map[string]Answer{
		"object.spec.replicas == 3":                                      Holds,
		"object.spec.replicas > 3":                                       Fails,
		"object.spec.ratio < 1.0":                                        Holds,
		"object.spec.none == null":                                       Holds,
		"oldObject == null":                                              Holds,
		"cluster == 'prod'":                                              Holds,
		"has(object.spec.missing)":                                       Fails,
		"object.spec.missing == 1":                                       Unknown, // no such key
		"object.spec.memory == 1":                                        Fails,   // a string is no number
		"object.spec.memory + 1 == 1":                                    Unknown, // no such overload
		"object.spec.replicas":                                           Unknown, // no boolean
		"object.spec.password == 'x'":                                    Unknown,
		"'password' in object.spec":                                      Holds,
		"has(object.spec.password)":                                      Unknown, // CEL says so: its value is asked for, too
		"object.spec.password == 'x' || object.spec.replicas == 3":       Holds,   // whatever it is
		"[object.spec.password].exists(p, p == 'x')":                     Unknown,
		"object.spec.host.endsWith('.example.com')":                      Unknown,
		"quantity(object.spec.memory).isLessThan(quantity('1Gi'))":       Holds,
		"object.spec.list.isSorted() && object.spec.list.indexOf('b')>0": Holds,
		"ip('10.0.0.1').isLoopback()":                                    Fails,
		"object.spec.?missing.orValue(7) == 7":                           Holds,
	} {
		r, err := NewRule([]string{"Deployment"}, expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if v := r.Judge(Subject{Object: o, Cluster: "prod", Partial: true}); v.Answer != want || want == Unknown && v.Why == "" {
			t.Errorf("%s: %+v, want answer %d", expr, v, want)
		}
	}
}

func TestWhatIsNoRule(t *testing.T) {
	for expr, want := range map[string]string{
		"object.spec.replicas ==":                 "column 24: Syntax error",
		"object.spec.replicas => 2":               "column 22: Syntax error",
		"objekt.spec.replicas == 1 && klaster":    "column 1: undeclared reference to 'objekt'; column 30: undeclared reference to 'klaster'",
		"true &&\n  objekt.spec.replicas == 1":    "line 2, column 3 of the expression: undeclared reference",
		"'a' + 'b'":                               "the expression gives string, not bool",
		"cluster == 1":                            "no matching overload",
		strings.Repeat("(", 400):                  "recursion",
		strings.Repeat("true && ", 4000) + "true": "longer than",
	} {
		_, err := NewRule([]string{"Deployment"}, expr)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "Syntax error") > 1 {
			t.Errorf("%.40s: %v, want %q", expr, err, want)
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%.40s: %v is no syntax error", expr, err)
		}
	}
}

// TestCostIsBounded: loops within loops end by the count.
func TestCostIsBounded(t *testing.T) {
	list := make([]any, 300)
	for i := range list {
		list[i] = i
	}
	r, err := NewRule([]string{"Deployment"}, "object.spec.l.all(a, object.spec.l.all(b, object.spec.l.all(c, a + b + c >= 0)))")
	if err != nil {
		t.Fatal(err)
	}
	v := r.Judge(Subject{Object: web(t, map[string]any{"l": list})})
	if v.Answer != Unknown || !strings.Contains(v.Why, "cost limit") || v.Cost < 100_000 {
		t.Errorf("27 million rounds: %+v", v)
	}
}

func FuzzRule(f *testing.F) {
	f.Add("object.spec.replicas > 1 && has(oldObject.spec)")
	f.Add("object.metadata.name.matches('^(a+)+$')")
	f.Add("quantity('1Gi').add(1).sub(quantity(object.spec.memory))")
	o := web(f, map[string]any{"replicas": 3, "memory": "1Gi", "l": []any{1, "a", nil}})
	f.Fuzz(func(_ *testing.T, expr string) {
		if r, err := NewRule(nil, expr); err == nil {
			r.Judge(Subject{Object: o})
		}
	})
}
