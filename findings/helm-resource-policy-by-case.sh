#!/usr/bin/env bash
# What Helm makes of a value of helm.sh/resource-policy that is not exactly `keep`.
#
# helm.sh/helm/v4 v4.3.1, go1.26.8, 2026-11-30. Releases are kept in memory; the upgrade asks
# a server that is made here, and that holds the four objects.
# Expected: `keep` in any case keeps the object, and an unknown policy is none.
# Seen: at an uninstallation the policy is read without regard to case, and an object with
# another policy is neither deleted nor named among those that were kept: it is left behind
# without a word. In an upgrade that no longer has them, `Keep` and `delete` are both
# deleted: only the very word `keep` is read there.
#   uninstall deletes: plain
#   upgrade deletes: plain, capital, delete
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding
go 1.26
require helm.sh/helm/v4 v4.3.1
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/kubernetes/scheme"
	restfake "k8s.io/client-go/rest/fake"
	cmdtesting "k8s.io/kubectl/pkg/cmd/testing"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/kube"
	"helm.sh/helm/v4/pkg/kube/fake"
	releasecommon "helm.sh/helm/v4/pkg/release/common"
	release "helm.sh/helm/v4/pkg/release/v1"
	"helm.sh/helm/v4/pkg/storage"
	"helm.sh/helm/v4/pkg/storage/driver"
)

// client notes what Helm wants to delete.
type client struct {
	*fake.PrintingKubeClient
}

var name = regexp.MustCompile(`name: (\S+)`)

func (c client) Build(r io.Reader, _ bool) (kube.ResourceList, error) {
	text, err := io.ReadAll(r)
	for _, m := range name.FindAllStringSubmatch(string(text), -1) {
		fmt.Println("uninstall deletes:", m[1])
	}
	return nil, err
}

// upgraded deletes what an upgrade to nothing deletes, of objects that a server holds.
func upgraded(manifest string, objects []runtime.Object) {
	factory := cmdtesting.NewTestFactory()
	defer factory.Cleanup()
	byName := map[string]runtime.Object{}
	for _, o := range objects {
		byName[o.(metav1.Object).GetName()] = o
	}
	factory.WithNamespace("default").UnstructuredClient = &restfake.RESTClient{
		NegotiatedSerializer: resource.UnstructuredPlusDefaultContentConfig().NegotiatedSerializer,
		Client: restfake.CreateHTTPClient(func(req *http.Request) (*http.Response, error) {
			of := path.Base(req.URL.Path)
			if req.Method == http.MethodDelete {
				fmt.Println("upgrade deletes:", of)
			}
			body := runtime.EncodeOrDie(scheme.Codecs.LegacyCodec(corev1.SchemeGroupVersion), byName[of])
			return &http.Response{StatusCode: http.StatusOK, Header: cmdtesting.DefaultHeader(), Body: io.NopCloser(strings.NewReader(body))}, nil
		}),
	}
	real := &kube.Client{Factory: factory}
	before, err := real.Build(strings.NewReader(manifest), false)
	if err != nil {
		panic(err)
	}
	if _, err := real.Update(before, nil, kube.ClientUpdateOptionServerSideApply(false, false)); err != nil {
		panic(err)
	}
}

func main() {
	var objects []runtime.Object
	manifest := ""
	for _, policy := range []string{"", "keep", "Keep", "delete"} {
		of := map[string]string{"": "plain", "keep": "keep", "Keep": "capital", "delete": "delete"}[policy]
		manifest += "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + of + "\n"
		o := &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: metav1.ObjectMeta{Name: of, Namespace: "default", Annotations: map[string]string{}}}
		objects = append(objects, o)
		if policy != "" {
			o.Annotations["helm.sh/resource-policy"] = policy
			manifest += "  annotations: {helm.sh/resource-policy: " + policy + "}\n"
		}
	}
	releases := storage.Init(driver.NewMemory())
	if err := releases.Create(&release.Release{Name: "web", Namespace: "default", Version: 1, Manifest: manifest,
		Info: &release.Info{Status: releasecommon.StatusDeployed, FirstDeployed: time.Now(), LastDeployed: time.Now()}}); err != nil {
		panic(err)
	}
	uninstall := action.NewUninstall(&action.Configuration{Releases: releases, Capabilities: common.DefaultCapabilities,
		KubeClient: client{&fake.PrintingKubeClient{Out: io.Discard, LogOutput: io.Discard}}})
	uninstall.WaitStrategy = kube.HookOnlyStrategy
	out, err := uninstall.Run("web")
	if err != nil {
		panic(err)
	}
	fmt.Print(out.Info)
	upgraded(manifest, objects)
}
GO
GOFLAGS=-mod=mod CGO_ENABLED=0 go run . > got
cat got
diff got - <<'WANT'
uninstall deletes: plain
These resources were kept due to the resource policy:
[ConfigMap] keep
[ConfigMap] capital
upgrade deletes: plain
upgrade deletes: capital
upgrade deletes: delete
WANT
