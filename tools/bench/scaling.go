package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"
)

// dimension is something that a repository can have more and more of.
type dimension struct {
	name  string
	sizes []int
	// files are the repository's at a size; change is what another commit alters in
	// all of it.
	files  func(n int) map[string]string
	change func(n int) (file, content string)
}

const oneManifest = "resources: [objects.yaml]\n"

func configMaps(n int, value string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d, namespace: a}\ndata: {a: %s}\n", i, value)
	}
	return b.String()
}

func keys(n int, value string) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: a}\ndata:\n")
	for i := range n {
		fmt.Fprintf(&b, "  key%d: %s%d\n", i, value, i)
	}
	return b.String()
}

func items(n, from int) string {
	var b strings.Builder
	b.WriteString("apiVersion: example.org/v1\nkind: Table\nmetadata: {name: t, namespace: a}\nspec:\n  rows:\n")
	for i := from; i < n+from; i++ {
		fmt.Fprintf(&b, "  - {a: %d, b: x%d, c: {d: %d}}\n", i, i, 2*i)
	}
	return b.String()
}

// deployments lack all that there is to advise.
func deployments(n int, image string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d%d, namespace: a}\nspec:\n  selector: {matchLabels: {app: d%d}}\n  template:\n    metadata: {labels: {app: d%d}}\n    spec: {containers: [{name: c, image: \"example.org/d:%s\"}]}\n", i, i, i, image)
	}
	return b.String()
}

func one(manifest func(n int) string) func(int) map[string]string {
	return func(n int) map[string]string {
		return map[string]string{"kustomization.yaml": oneManifest, "objects.yaml": manifest(n)}
	}
}

func changed(manifest func(n int) string) func(int) (string, string) {
	return func(n int) (string, string) { return "objects.yaml", manifest(n) }
}

var dimensions = []dimension{
	{"overlays of one base, which changes", []int{10, 2500, 5000, 10_000}, func(n int) map[string]string {
		out := map[string]string{"base/kustomization.yaml": oneManifest, "base/objects.yaml": configMaps(3, "one")}
		for i := range n {
			out[fmt.Sprintf("overlays/o%d/kustomization.yaml", i)] = fmt.Sprintf("resources: [../../base]\nnamePrefix: p%d-\n", i)
		}
		return out
	}, func(int) (string, string) { return "base/objects.yaml", configMaps(3, "two") }},
	{"objects in one file, all change", []int{10, 1250, 2500, 5000}, one(func(n int) string { return configMaps(n, "one") }), changed(func(n int) string { return configMaps(n, "two") })},
	{"files of one directory, the kustomization labels them anew", []int{10, 1250, 2500, 5000}, func(n int) map[string]string {
		out := map[string]string{"kustomization.yaml": listed(n, "one")}
		for i, object := range strings.Split(configMaps(n, "one"), "---\n")[1:] {
			out[fmt.Sprintf("c%d.yaml", i)] = object
		}
		return out
	}, func(n int) (string, string) { return "kustomization.yaml", listed(n, "two") }},
	{"Deployments with six findings each", []int{10, 420, 840, 1680}, one(func(n int) string { return deployments(n, "1.0.0") }), changed(func(n int) string { return deployments(n, "latest") })},
	{"items of a list without keys, shifted by one", []int{10, 4000, 8000, 16_000}, one(func(n int) string { return items(n, 0) }), changed(func(n int) string { return items(n, 1) })},
	{"keys of one ConfigMap, all change", []int{10, 75_000, 150_000, 300_000}, one(func(n int) string { return keys(n, "one") }), changed(func(n int) string { return keys(n, "two") })},
	{"bases in a row under one root", []int{1, 375, 750, 1500}, func(n int) map[string]string {
		out := map[string]string{"b0/kustomization.yaml": oneManifest, "b0/objects.yaml": configMaps(1, "one"), "root/kustomization.yaml": fmt.Sprintf("resources: [../b%d]\nnamePrefix: p-\n", n-1)}
		for i := 1; i < n; i++ {
			out[fmt.Sprintf("b%d/kustomization.yaml", i)] = fmt.Sprintf("resources: [../b%d]\n", i-1)
		}
		return out
	}, func(int) (string, string) { return "b0/objects.yaml", configMaps(1, "two") }},
}

func listed(n int, label string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "labels: [{pairs: {l: %s}}]\nresources:\n", label)
	for i := range n {
		fmt.Fprintf(&b, "- c%d.yaml\n", i)
	}
	return b.String()
}

// enough is from how long on a review is measured once.
const enough = 3 * time.Second

// scaling measures what a review costs by the size of what it is of, nothing cached,
// and prints how the cost grows: 1.0 is in proportion.
func (b *bench) scaling() error {
	fmt.Println("| what there is more and more of | sizes | CPU seconds | grows with the power |\n|---|---|---|--:|")
	for at, d := range dimensions {
		var sizes, seconds []string
		var ys []float64
		for _, n := range d.sizes {
			name := fmt.Sprintf("scale-%d-%d", at, n)
			r := repo{dir: filepath.Join(b.dir, name), files: d.files(n)}
			if err := r.start(); err != nil {
				return err
			}
			file, content := d.change(n)
			if err := r.branch("change", file, content); err != nil {
				return err
			}
			least, err := b.reviewed(name)
			if err != nil {
				return err
			}
			if least.cpu < enough {
				again, err := b.reviewed(name)
				if err != nil {
					return err
				}
				least.cpu = min(least.cpu, again.cpu)
			}
			y := least.cpu.Seconds()
			sizes, seconds = append(sizes, fmt.Sprint(n)), append(seconds, fmt.Sprintf("%.2f", y))
			ys = append(ys, y)
		}
		fmt.Printf("| %s | %s | %s | %.1f |\n", d.name, strings.Join(sizes, ", "), strings.Join(seconds, ", "), exponent(d.sizes, ys))
	}
	return nil
}

// exponent is the power by which a cost grows with the size: the slope of a line
// through all sizes but the first on logarithmic scales, by least squares. What the
// first costs, everything costs, and is taken off.
func exponent(sizes []int, ys []float64) float64 {
	var n, sx, sy, sxx, sxy float64
	for i, size := range sizes[1:] {
		x, y := math.Log(float64(size)), math.Log(max(ys[i+1]-ys[0], 1e-3))
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}
