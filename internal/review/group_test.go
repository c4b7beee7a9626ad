package review

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestGroupKeepsWhoIsAlike: of findings on one line, the objects that they are
// about are alike; those that they only speak of are not.
func TestGroupKeepsWhoIsAlike(t *testing.T) {
	at := &model.Position{File: "base/policy.yaml", Line: 4, Precision: model.AtLine}
	one := func(name string) Finding {
		policy := model.ObjectID{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: "shop", Name: name}
		return Finding{Check: "network-policy-removed", Status: New, Object: &policy, Location: at,
			Objects: []model.ObjectID{policy, {Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "web"}}}
	}
	list := group([]Finding{one("a"), one("b")})
	if len(list) != 1 || len(list[0].Objects) != 3 {
		t.Fatalf("the findings are %+v", list)
	}
	if alike := list[0].Alike; len(alike) != 1 || alike[0].Name != "b" || alike[0].Kind != "NetworkPolicy" {
		t.Errorf("alike are %v", alike)
	}
}
