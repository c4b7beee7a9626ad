package review

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestBlind: what a target that stops rendering takes out of sight is unknown,
// neither new nor fixed.
func TestBlind(t *testing.T) {
	cm := func(name string) *model.Object {
		return model.NewObject(model.ObjectID{Version: "v1", Kind: "ConfigMap", Name: name}, name, []byte(`{}`), nil)
	}
	a, b := cm("a"), cm("b")
	target := func(id string, status model.Status, objects ...*model.Object) model.Rendered {
		r := model.Rendered{Target: model.Target{ID: id, Path: id}, Status: status, Objects: objects}
		if status == model.StatusFailed {
			r.Problem = &model.Problem{Class: model.MissingFile}
		}
		return r
	}
	alone := &Check{ID: "alone", Severity: High, Run: Clusters(func(p *Pass, c *Cluster) {
		if c.Find("ConfigMap", "", "b") == nil {
			p.Report(Hit{Object: a, Message: "b is missing"})
		}
	})}
	for _, tt := range []struct {
		head model.Status
		want FindingStatus
	}{{model.StatusRendered, New}, {model.StatusFailed, Unknown}} {
		base := &model.Snapshot{Side: model.Base, Targets: []model.Rendered{target("x", model.StatusRendered, a), target("y", model.StatusRendered, b)}}
		head := &model.Snapshot{Side: model.Head, Targets: []model.Rendered{target("x", model.StatusRendered, a), target("y", tt.head)}}
		clusters := clustersOf(base)
		if clusters[0].Find("ConfigMap", "", "b") != b {
			t.Fatal("base does not show b")
		}
		changes := []Change{{Change: Modified, Base: a, Head: a, Targets: []string{"x"}, pairs: [][2]*model.Object{{a, a}}}}
		found := newJudge(Subject{Head: head, Checks: []*Check{alone}}, base, nil).check(changes)
		if len(found) != 1 || found[0].Status != tt.want {
			t.Errorf("head %s: %+v, want one finding of status %s", tt.head, found, tt.want)
		}
	}
}
