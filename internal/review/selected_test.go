package review

import (
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestSelected: all labels must be there, an empty one too, in the namespace or in
// none; and only those that carry the rarest label are looked at.
func TestSelected(t *testing.T) {
	c := newCluster("", 0)
	for i, pod := range []struct{ namespace, labels string }{
		{"shop", `"app":"web","tier":"front"`}, {"", `"app":"web"`}, {"other", `"app":"web"`}, {"shop", `"tier":"front"`}, {"shop", `"app":"web","empty":""`},
	} {
		id := model.ObjectID{Version: "v1", Kind: "Pod", Namespace: pod.namespace, Name: fmt.Sprint(i)}
		c.add(model.NewObject(id, "", []byte(`{"metadata":{"labels":{`+pod.labels+`}},"spec":{"containers":[{"name":"a"}]}}`), nil), "kustomize:.")
	}
	for _, tt := range []struct {
		namespace string
		labels    map[string]string
		want      string
		most      int // are looked at
	}{
		{"shop", map[string]string{"app": "web"}, "[0 4 1]", 3},
		{"", map[string]string{"app": "web"}, "[0 1 2 4]", 4},
		{"shop", map[string]string{"app": "web", "tier": "front"}, "[0]", 2},
		{"shop", map[string]string{"app": "web", "empty": ""}, "[4]", 1},
		{"other", map[string]string{"tier": ""}, "[]", 0},
		{"shop", nil, "[]", 0},
	} {
		names := []string{}
		for _, o := range c.Selected(tt.namespace, tt.labels) {
			names = append(names, o.ID.Name)
		}
		if got := fmt.Sprint(names); got != tt.want {
			t.Errorf("%s %v selects %s, want %s", tt.namespace, tt.labels, got, tt.want)
		}
		if n := len(c.carrying(tt.namespace, tt.labels)); n > tt.most {
			t.Errorf("%s %v looks at %d workloads", tt.namespace, tt.labels, n)
		}
	}
}

// TestKindIn: what names no namespace may be in any.
func TestKindIn(t *testing.T) {
	named := func(namespaces ...string) *Cluster {
		c := newCluster("", 0)
		for i, ns := range namespaces {
			c.add(model.NewObject(model.ObjectID{Version: "v1", Kind: "Service", Namespace: ns, Name: fmt.Sprint(i)}, fmt.Sprint(i), []byte(`{}`), nil), "kustomize:.")
		}
		return c
	}
	for _, tt := range []struct {
		c    *Cluster
		in   string
		want string
	}{
		{named("shop", "other", "shop"), "shop", "02"},
		{named("shop", "", "other"), "shop", "01"},
		{named("shop", "other"), "", "01"},
		{named("shop"), "nowhere", ""},
	} {
		got := ""
		for _, o := range tt.c.KindIn("Service", tt.in) {
			got += o.ID.Name
		}
		if got != tt.want {
			t.Errorf("in %q are %q, want %q", tt.in, got, tt.want)
		}
	}
}
