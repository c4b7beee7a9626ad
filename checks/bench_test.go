package checks

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/review/reviewtest"
)

// BenchmarkChecks runs all checks over 5,000 objects of a hundred targets, each
// of them changed. The aim is under 2 s on one core.
func BenchmarkChecks(b *testing.B) {
	const targets, apps = 100, 10 // an app is five objects
	side := func(name model.Side, tag string) *model.Snapshot {
		s := &model.Snapshot{Side: name, Tree: model.NewTree(string(name), nil, nil)}
		for t := range targets {
			r := model.Rendered{Target: model.Target{ID: fmt.Sprintf("kustomize:apps/%03d", t), Kind: model.Kustomize, Path: fmt.Sprintf("apps/%03d", t)}, Status: model.StatusRendered}
			for a := range apps {
				r.Objects = append(r.Objects, app(fmt.Sprintf("ns%03d", t), fmt.Sprintf("app%d", a), tag)...)
			}
			s.Targets = append(s.Targets, r)
		}
		return s
	}
	for b.Loop() {
		b.StopTimer()
		in := review.Input{Base: side(model.Base, "1.0"), Subject: review.Subject{Head: side(model.Head, "latest"), Gate: review.Standard, AsOf: reviewtest.Now, Checks: All,
			Read: func(model.Side, string) []byte { return nil }}}
		b.StartTimer()
		report, err := review.Review(in)
		if err != nil || len(report.Findings) == 0 {
			b.Fatalf("%d findings, %v", len(report.Findings), err)
		}
	}
}

// app is a Deployment with what usually belongs to it.
func app(namespace, name, tag string) []*model.Object {
	labels := map[string]any{"app": name}
	meta := map[string]any{"name": name, "namespace": namespace, "labels": map[string]any{"app": name, "version": tag}}
	return []*model.Object{
		object("apps", "v1", "Deployment", meta, map[string]any{"spec": map[string]any{"replicas": 2, "selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{"containers": []any{map[string]any{
				"name": "app", "image": "shop/app:" + tag, "ports": []any{map[string]any{"name": "http", "containerPort": 80}},
				"envFrom": []any{map[string]any{"configMapRef": map[string]any{"name": name}}}}}}}}}),
		object("", "v1", "Service", meta, map[string]any{"spec": map[string]any{"selector": labels, "ports": []any{map[string]any{"port": 80, "targetPort": "http"}}}}),
		object("", "v1", "ConfigMap", meta, map[string]any{"data": map[string]any{"color": tag}}),
		object("networking.k8s.io", "v1", "NetworkPolicy", meta, map[string]any{"spec": map[string]any{"podSelector": map[string]any{"matchLabels": labels}}}),
		object("gateway.networking.k8s.io", "v1", "HTTPRoute", meta, map[string]any{"spec": map[string]any{"rules": []any{map[string]any{
			"backendRefs": []any{map[string]any{"name": name, "port": 80}}}}}}),
	}
}

func object(group, version, kind string, meta, fields map[string]any) *model.Object {
	fields["metadata"], fields["kind"] = meta, kind
	raw, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	id := model.ObjectID{Group: group, Version: version, Kind: kind, Namespace: meta["namespace"].(string), Name: meta["name"].(string)}
	return model.NewObject(id, string(raw), raw, nil)
}
