// Command flux builds every Flux Kustomization of a repository with Flux's own
// packages and compares the objects with those that seaworthy renders. It is a
// module of its own: Flux's packages bring a controller's dependencies along.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"

	fluxkustomize "github.com/fluxcd/pkg/kustomize"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

func main() {
	repo := flag.String("repo", ".", "the repository")
	rev := flag.String("rev", "HEAD", "the commit")
	seaworthy := flag.String("seaworthy", "bin/seaworthy", "the binary under test")
	flag.Parse()
	same, err := run(*repo, *rev, *seaworthy)
	if err != nil {
		fmt.Fprintln(os.Stderr, "flux:", err)
		os.Exit(2)
	}
	if !same {
		os.Exit(1)
	}
}

type object = map[string]any

func run(repo, rev, seaworthy string) (bool, error) {
	checkout, err := os.MkdirTemp("", "flux-differential-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(checkout)
	archive := exec.Command("sh", "-c", `git -C "$1" archive "$2" | tar -x -C "$3"`, "sh", repo, rev, checkout)
	if out, err := archive.CombinedOutput(); err != nil {
		return false, fmt.Errorf("check out %s: %w: %s", rev, err, out)
	}
	cmd := exec.Command(seaworthy, "render", "--offline", "--reveal", "--repo", repo, "--rev", rev)
	rendered, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) { // targets that do not render are no reason to stop
		return false, fmt.Errorf("render: %w", err)
	}
	targets, err := parse(string(rendered))
	if err != nil {
		return false, err
	}
	return compare(targets, checkout), nil
}

var heading = regexp.MustCompile(`(?m)^# ((?:flux|helm|kustomize|manifests|argocd):.*)\n`)

// parse reads what seaworthy prints, by target.
func parse(text string) (map[string][]object, error) {
	out := map[string][]object{}
	at := heading.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name := text[m[2]:m[3]]
		out[name] = nil
		for _, doc := range strings.Split("\n"+text[m[1]:end], "\n---\n") {
			if strings.TrimSpace(doc) == "" {
				continue
			}
			var o object
			if err := yaml.Unmarshal([]byte(doc+"\n"), &o); err != nil {
				return nil, fmt.Errorf("read the render of %s: %w", name, err)
			}
			out[name] = append(out[name], o)
		}
	}
	return out, nil
}

func compare(targets map[string][]object, checkout string) bool {
	clusters := map[string]cluster{}
	specs := map[string]object{}
	for name, objects := range targets {
		where, ok := clusterOf(name)
		if !ok {
			continue
		}
		if clusters[where] == nil {
			clusters[where] = cluster{}
		}
		for _, o := range objects {
			u := unstructured.Unstructured{Object: o}
			clusters[where][u.GetKind()+"/"+u.GetNamespace()+"/"+u.GetName()] = o
			if u.GetKind() == "Kustomization" && strings.HasPrefix(u.GetAPIVersion(), "kustomize.toolkit") {
				specs["flux:"+where+"/"+u.GetNamespace()+"/"+u.GetName()] = o
			}
		}
	}
	names := make([]string, 0, len(targets))
	for name := range targets {
		names = append(names, name)
	}
	sort.Strings(names)
	equal, different, void := 0, 0, 0
	for _, name := range names {
		spec, ok := specs[name]
		if !ok {
			continue // entry points made by hand, and what is no Flux target
		}
		where, _ := clusterOf(name)
		want, err := build(spec, checkout, clusters[where])
		switch {
		case err != nil:
			void++
			fmt.Println("Flux does not build", name+":", err)
		case reflect.DeepEqual(plain(want), plain(targets[name])):
			equal++
		default:
			different++
			fmt.Println("different:", name)
		}
	}
	fmt.Printf("%d Kustomizations the same, %d different, %d that Flux does not build from files alone\n", equal, different, void)
	return different == 0
}

func clusterOf(target string) (string, bool) {
	rest, ok := strings.CutPrefix(target, "flux:")
	name, _, _ := strings.Cut(rest, "/")
	return name, ok
}

// plain drops the trailing newlines that a document loses when it is printed
// last, and the types of numbers.
func plain(objects []object) any {
	j, err := json.Marshal(objects)
	if err != nil {
		return err
	}
	var v any
	if err := json.Unmarshal(j, &v); err != nil {
		return err
	}
	return v
}

// build does what kustomize-controller does with a Kustomization.
func build(spec object, checkout string, c cluster) ([]object, error) {
	work, err := os.MkdirTemp("", "flux-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	if out, err := exec.Command("cp", "-a", checkout+"/.", work).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("copy: %w: %s", err, out)
	}
	u := unstructured.Unstructured{Object: spec}
	path, _, _ := unstructured.NestedString(spec, "spec", "path")
	dir := filepath.Join(work, filepath.Clean("/"+path))
	if _, err := fluxkustomize.NewGenerator(work, u).WriteFile(dir); err != nil {
		return nil, err
	}
	resources, err := fluxkustomize.SecureBuild(work, dir, false)
	if err != nil {
		return nil, err
	}
	_, substitutes, _ := unstructured.NestedMap(spec, "spec", "postBuild")
	var out []object
	for _, r := range resources.Resources() {
		if substitutes {
			if _, err := fluxkustomize.SubstituteVariables(context.Background(), stub{c: c}, u, r); err != nil {
				return nil, err
			}
		}
		j, err := r.MarshalJSON()
		if err != nil {
			return nil, err
		}
		var o object
		if err := json.Unmarshal(j, &o); err != nil {
			return nil, err
		}
		out = append(out, common(spec, o))
	}
	return out, nil
}

// common sets the Kustomization's common metadata.
func common(spec, o object) object {
	labels, _, _ := unstructured.NestedStringMap(spec, "spec", "commonMetadata", "labels")
	annotations, _, _ := unstructured.NestedStringMap(spec, "spec", "commonMetadata", "annotations")
	u := unstructured.Unstructured{Object: o}
	if all := merged(u.GetLabels(), labels); len(labels) > 0 {
		u.SetLabels(all)
	}
	if all := merged(u.GetAnnotations(), annotations); len(annotations) > 0 {
		u.SetAnnotations(all)
	}
	return u.Object
}

func merged(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// cluster is what a cluster's targets render, by kind/namespace/name.
type cluster map[string]object

// stub is an API server that holds what the cluster's targets render.
type stub struct {
	client.Client
	c cluster
}

func (s stub) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	kind := "ConfigMap"
	if _, ok := into.(*corev1.Secret); ok {
		kind = "Secret"
	}
	o, ok := s.c[kind+"/"+key.Namespace+"/"+key.Name]
	if !ok {
		return apierrors.NewNotFound(schema.GroupResource{Resource: kind}, key.Name)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o, into); err != nil {
		return err
	}
	if secret, ok := into.(*corev1.Secret); ok && len(secret.StringData) > 0 {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		for k, v := range secret.StringData {
			secret.Data[k] = []byte(v)
		}
	}
	return nil
}
