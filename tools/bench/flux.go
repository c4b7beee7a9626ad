package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// What the Flux repository holds.
const (
	kustomizations = 200
	releases       = 150
)

// flux measures a repository of one cluster: a Kustomization for each app, and a
// HelmRelease in most of them, of a chart in the same repository.
func (b *bench) flux() error {
	if err := b.fluxRepository(); err != nil {
		return err
	}
	fmt.Printf("%d Flux Kustomizations, %d HelmReleases\n\n", kustomizations, releases)
	one := []string{"--base", "start", "--head", "one", "--render", "flux"}
	b.measureIn("fleet", "one values file changes, nothing cached", true, one)
	b.measureIn("fleet", "one values file changes, warm", false, one)
	if err := b.beside("fleet", "replicas: 9"); err != nil {
		return err
	}
	all := []string{"--base", "start", "--head", "all", "--render", "flux"}
	b.measureIn("fleet", "the chart under all changes, base side cached", false, all)
	b.measureIn("fleet", "the chart under all changes, nothing cached", true, all)
	if err := b.audits("fleet"); err != nil {
		return err
	}
	return b.applied()
}

// applied measures one of many overlays that Flux applies.
func (b *bench) applied() error {
	if err := b.appliedRepository(); err != nil {
		return err
	}
	fmt.Printf("\n%d overlays, a Flux Kustomization each\n\n", b.overlays)
	one := []string{"--base", "start", "--head", "one"}
	b.measureIn("applied", "one overlay changes, nothing cached", true, one)
	b.measureIn("applied", "one overlay changes, warm", false, one)
	return b.beside("applied", "999m")
}

// beside measures what flate takes for the branch one, and looks for a word in what it
// says: the first run fills its cache.
func (b *bench) beside(name, word string) error {
	if b.flate == "" {
		return nil
	}
	r := repo{dir: filepath.Join(b.dir, name)}
	if err := r.git("checkout", "-q", "one"); err != nil {
		return err
	}
	for _, name := range []string{"the same by flate, nothing cached", "the same by flate, warm"} {
		cmd := exec.Command(b.flate, "diff", "all", "--no-progress", "--base", "start", "--path", filepath.Join(r.dir, "clusters/prod"))
		var out, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &stderr
		took, memory, err := b.watched(cmd)
		if err != nil || !strings.Contains(out.String(), word) {
			return fmt.Errorf("flate diff: %w: %s", err, stderr.String())
		}
		fmt.Printf("%s   %4d MB\n", line(name, took), memory>>20)
	}
	return nil
}

// write makes a file and the directories above it.
func write(name, content string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(content), 0o644)
}

func app(i int) string { return fmt.Sprintf("apps/app-%03d", i) }

func (b *bench) fluxRepository() error {
	r := repo{dir: filepath.Join(b.dir, "fleet"), files: map[string]string{
		"clusters/prod/flux-system/gotk-sync.yaml":     sync,
		"clusters/prod/flux-system/kustomization.yaml": "resources: [gotk-sync.yaml]\n",
		"clusters/prod/vars.yaml":                      fluxVars,
		"charts/app/Chart.yaml":                        "apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: 1.0.0\n",
		"charts/app/values.yaml":                       "replicas: 2\nlevel: info\n",
	}}
	for name, content := range map[string]string{"deployment": deployment, "service": service, "config": config, "autoscaler": autoscaler, "budget": budget} {
		r.files["charts/app/templates/"+name+".yaml"] = strings.ReplaceAll(strings.ReplaceAll(content, "name: web", "name: {{ .Release.Name }}"), "1.%d.0", "{{ .Chart.AppVersion }}")
	}
	r.files["charts/app/templates/deployment.yaml"] = strings.Replace(r.files["charts/app/templates/deployment.yaml"], "replicas: 2", "replicas: {{ .Values.replicas }}", 1)
	r.files["charts/app/templates/config.yaml"] = strings.Replace(r.files["charts/app/templates/config.yaml"], "level: info", "level: {{ .Values.level }}", 1)
	for i := range kustomizations {
		dir := app(i) + "/"
		r.files[fmt.Sprintf("clusters/prod/app-%03d.yaml", i)] = fmt.Sprintf(fluxApp, i, i)
		resources := "policy.yaml, account.yaml"
		if i < releases {
			resources += ", release.yaml"
			r.files[dir+"release.yaml"] = fmt.Sprintf(fluxRelease, i, i)
			r.files[dir+"values.yaml"] = fmt.Sprintf("replicas: %d\nlevel: info\n", 1+i%4)
		}
		r.files[dir+"kustomization.yaml"] = "resources: [" + resources + "]\n"
		if i < releases {
			r.files[dir+"kustomization.yaml"] += fmt.Sprintf("configMapGenerator:\n- {name: values-%03d, files: [values.yaml], options: {disableNameSuffixHash: true}}\n", i)
		}
		r.files[dir+"policy.yaml"], r.files[dir+"account.yaml"] = policy, account
	}
	return r.make(map[string]change{
		"one": {app(7) + "/values.yaml", "replicas: 9\nlevel: info\n"},
		"all": {"charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.1\nappVersion: 1.0.1\n"},
	})
}

// repo is a repository that is made for a measurement.
type repo struct {
	dir   string
	files map[string]string
}

func (r repo) git(args ...string) error {
	cmd := exec.Command("git", append([]string{"-C", r.dir, "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, out)
	}
	return nil
}

// change is what a branch does: one file of another content.
type change struct{ file, content string }

// make commits the files on the branch start, and each change on a branch of its own.
func (r repo) make(branches map[string]change) error {
	if err := r.start(); err != nil {
		return err
	}
	for name, c := range branches {
		if err := r.branch(name, c.file, c.content); err != nil {
			return err
		}
	}
	return r.git("repack", "-adq") // as it is in every clone
}

// start commits the files on the branch start.
func (r repo) start() error {
	for name, content := range r.files {
		if err := write(filepath.Join(r.dir, name), content); err != nil {
			return err
		}
	}
	return r.all([]string{"init", "-q", "-b", "start"}, []string{"add", "-A"}, []string{"commit", "-q", "-m", "start"})
}

// branch commits a change of one file on a branch of its own.
func (r repo) branch(name, file, content string) error {
	if err := r.git("checkout", "-q", "-b", name, "start"); err != nil {
		return err
	}
	if err := write(filepath.Join(r.dir, file), content); err != nil {
		return err
	}
	return r.all([]string{"add", "-A"}, []string{"commit", "-q", "-m", name})
}

func (r repo) all(commands ...[]string) error {
	for _, args := range commands {
		if err := r.git(args...); err != nil {
			return err
		}
	}
	return nil
}

const sync = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.org/acme/fleet", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/prod, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
`

const fluxVars = `apiVersion: v1
kind: ConfigMap
metadata: {name: vars, namespace: flux-system}
data: {REGION: eu, DOMAIN: example.org}
`

const fluxApp = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app-%03d, namespace: flux-system}
spec:
  interval: 10m
  path: ./apps/app-%03d
  prune: true
  targetNamespace: apps
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}
`

const fluxRelease = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app-%03d}
spec:
  interval: 10m
  chart: {spec: {chart: ./charts/app, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
  valuesFrom: [{kind: ConfigMap, name: values-%03d}]
  values: {host: "app.${REGION}.${DOMAIN}"}
`
