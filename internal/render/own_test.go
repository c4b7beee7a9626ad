package render

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

// TestThisRepositoryIsKnownByItsAddresses: a source of an address of the repository
// is the repository itself, however the address is written; an artifact that was
// pushed from one of its directories is that directory.
func TestThisRepositoryIsKnownByItsAddresses(t *testing.T) {
	config := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: d}\ndata: {level: info}\n"
	source := func(kind, url string) string {
		return "apiVersion: source.toolkit.fluxcd.io/v1\nkind: " + kind + "\nmetadata: {name: fleet, namespace: flux-system}\nspec: {interval: 1m, url: \"" + url + "\"}\n" +
			"---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n" +
			"spec: {interval: 10m, prune: true, path: ./apps, sourceRef: {kind: " + kind + ", name: fleet}}\n"
	}
	for name, tt := range map[string]struct {
		files map[string]string
		own   []string
		want  model.Status
	}{
		"https":              {map[string]string{"clusters/prod/a.yaml": source("GitRepository", "https://github.com/Acme/fleet"), "apps/c.yaml": config}, []string{"git@github.com:acme/fleet.git"}, model.StatusRendered},
		"ssh, another port":  {map[string]string{"clusters/prod/a.yaml": source("GitRepository", "ssh://git@ssh.github.com:443/acme/fleet"), "apps/c.yaml": config}, []string{"https://github.com/acme/fleet.git"}, model.StatusRendered},
		"another repository": {map[string]string{"clusters/prod/a.yaml": source("GitRepository", "https://github.com/acme/other"), "apps/c.yaml": config}, []string{"https://github.com/acme/fleet"}, model.StatusIncomplete},
		"a pushed directory": {map[string]string{"clusters/prod/a.yaml": source("OCIRepository", "oci://ghcr.io/acme/fleet"), "deploy/apps/c.yaml": config}, []string{"oci://ghcr.io/acme/fleet"}, model.StatusRendered},
		"one of two directories": {map[string]string{"clusters/prod/a.yaml": source("OCIRepository", "oci://ghcr.io/acme/fleet"), "deploy/apps/c.yaml": config, "old/apps/c.yaml": config},
			[]string{"oci://ghcr.io/acme/fleet"}, model.StatusFailed},
	} {
		out, err := newTestRenderer().Pair(t.Context(), Request{Head: modeltest.Tree(tt.files), Scope: "test", Flux: true, Own: tt.own})
		if err != nil {
			t.Fatal(err)
		}
		r := out.Head.Target("flux:prod/flux-system/apps")
		if r == nil || r.Status != tt.want {
			t.Errorf("%s: %+v", name, r)
			continue
		}
		if tt.want == model.StatusRendered && len(r.Objects) != 1 {
			t.Errorf("%s: %d objects", name, len(r.Objects))
		}
	}
}
