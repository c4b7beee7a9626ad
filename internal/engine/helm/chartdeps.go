package helm

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

// addLocal adds the dependencies of a chart's directory that are not in its
// charts/ but lie in the same tree. Those of a dependency itself are not looked
// for: source-controller does not either.
func (c ChartFiles) addLocal(ch *chartv2.Chart, left *budget) error {
	wanted := locked(ch)
	if len(wanted) == len(ch.Dependencies()) {
		return nil // source-controller counts, too
	}
	for _, dep := range wanted {
		if dep == nil || present(ch, called(dep)) || !localDependency(dep) {
			continue
		}
		sub, err := c.local(dep, left)
		if err != nil {
			return err
		}
		ch.AddDependency(sub)
	}
	return nil
}

// locked are the dependencies of a chart: those of its lock file, where it has one.
func locked(ch *chartv2.Chart) []*chartv2.Dependency {
	if ch.Lock != nil {
		return ch.Lock.Dependencies
	}
	return ch.Metadata.Dependencies
}

func present(ch *chartv2.Chart, name string) bool {
	return slices.ContainsFunc(ch.Dependencies(), func(d *chartv2.Chart) bool { return d.Name() == name })
}

// Fetched is a chart that the parent fetched.
type Fetched struct {
	task.Packaged
	Files *sandbox.Files
}

// FetchedOf gives the charts of a task with their files.
func FetchedOf(charts []task.Packaged, files []*sandbox.Files) []Fetched {
	out := make([]Fetched, len(charts))
	for i, c := range charts {
		out[i] = Fetched{c, files[c.Tree]}
	}
	return out
}

// addFetched adds the dependencies that were fetched: `helm dependency build`, which
// Argo CD runs, and source-controller put them into charts/.
func (c ChartFiles) addFetched(ch *chartv2.Chart, left *budget) error {
	for _, want := range wants(ch) {
		i := slices.IndexFunc(c.Fetched, func(f Fetched) bool { return f.same(want) })
		if i < 0 || c.Fetched[i].Problem != nil {
			continue
		}
		sub, err := ChartFiles{Files: c.Fetched[i].Files, Path: model.ChartFile, Packaged: true}.loadAt(model.ChartFile, left)
		if err != nil {
			return fmt.Errorf("dependency %s: %w", want.Name, err)
		}
		ch.AddDependency(sub)
	}
	return nil
}

// step refuses what `helm dependency build` does. Argo CD runs it where any dependency is
// not in charts/, wherever that dependency lies.
func (c ChartFiles) step(ch *chartv2.Chart) error {
	if !c.Locked || len(absent(ch)) == 0 || !outOfStep(ch) {
		return nil
	}
	p := chartInvalid("`Chart.lock` of %s is out of step with the dependencies in `Chart.yaml`: `helm dependency build`, which Argo CD runs, refuses it; run `helm dependency update`", c.name(c.Path))
	if c.Reviewed {
		p.Location = at1(path.Join(c.Path, "Chart.lock"))
	}
	return p
}

// outOfStep reports whether a lock file was made for other dependencies: conditions, tags
// and aliases count as well as versions (helm v4.3, internal/resolver HashReq). Of a
// repository that is named by an alias it is not known.
func outOfStep(ch *chartv2.Chart) bool {
	named := func(dep *chartv2.Dependency) bool {
		return dep == nil || strings.HasPrefix(dep.Repository, "@") || strings.HasPrefix(dep.Repository, "alias:")
	}
	if ch.Lock == nil || ch.Metadata.APIVersion == chartv2.APIVersionV1 || slices.ContainsFunc(ch.Metadata.Dependencies, named) {
		return false
	}
	j, err := json.Marshal([2][]*chartv2.Dependency{ch.Metadata.Dependencies, ch.Lock.Dependencies})
	return err == nil && ch.Lock.Digest != fmt.Sprintf("sha256:%x", sha256.Sum256(j))
}

func (f Fetched) same(p task.Packaged) bool {
	return f.Repository == p.Repository && f.Name == p.Name && f.Version == p.Version
}

// wants are the dependencies that a directory lacks and a Helm repository has, each
// once. Whoever fetches them does so whether the values enable them or not.
func wants(ch *chartv2.Chart) []task.Packaged {
	var out []task.Packaged
	for _, dep := range locked(ch) {
		if dep == nil || present(ch, called(dep)) || present(ch, dep.Name) {
			continue
		}
		u, err := url.Parse(dep.Repository)
		if err != nil || u.User != nil || !slices.Contains([]string{"https", "http", "oci"}, u.Scheme) {
			continue
		}
		want := task.Packaged{Repository: dep.Repository, Name: dep.Name, Version: dep.Version}
		if !slices.Contains(out, want) {
			out = append(out, want)
		}
	}
	return out
}

// Lacking is the error of a chart whose dependencies are not at hand.
type Lacking struct {
	Problem *model.Problem
	Wants   []task.Packaged
}

func (l *Lacking) Error() string { return l.Problem.Error() }

// Unwrap gives the problem.
func (l *Lacking) Unwrap() error { return l.Problem }

func localDependency(dep *chartv2.Dependency) bool {
	return dep.Repository == "" || strings.HasPrefix(dep.Repository, "file://")
}

// called is the name that a dependency has in the chart that lists it.
func called(dep *chartv2.Dependency) string {
	if dep.Alias != "" {
		return dep.Alias
	}
	return dep.Name
}

func (c ChartFiles) local(dep *chartv2.Dependency, left *budget) (*chartv2.Chart, error) {
	at := path.Join(c.Path, "charts", dep.Name)
	if dep.Repository != "" {
		u, err := url.Parse(dep.Repository)
		if err != nil {
			return nil, chartInvalid("the repository of dependency %s is no URL", dep.Name)
		}
		at = path.Join(c.Path, u.Host, u.Path)
	}
	if at == ".." || strings.HasPrefix(at, "../") {
		return nil, &model.Problem{Class: model.PathOutside, Message: fmt.Sprintf("dependency %s leads out of the repository", dep.Name)}
	}
	sub, err := c.loadAt(at, left)
	if err != nil {
		return nil, err
	}
	constraint, err := semver.NewConstraint(dep.Version)
	if err != nil {
		return nil, chartInvalid("dependency %s has the version %q, which is no range", dep.Name, dep.Version)
	}
	if v, err := semver.NewVersion(sub.Metadata.Version); err != nil || !constraint.Check(v) {
		return nil, chartInvalid("dependency %s must have version %s, and `%s` has %s", dep.Name, dep.Version, at, sub.Metadata.Version)
	}
	if dep.Alias != "" {
		sub.Metadata.Name = dep.Alias
	}
	return sub, nil
}

// absent gives the dependencies that the chart does not have: the enabled ones, once
// conditions and tags were looked at.
func absent(ch *chartv2.Chart) []*chartv2.Dependency {
	var out []*chartv2.Dependency
	for _, dep := range ch.Metadata.Dependencies {
		if dep != nil && !slices.ContainsFunc(ch.Dependencies(), func(d *chartv2.Chart) bool { return d.Name() == called(dep) || d.Name() == dep.Name }) {
			out = append(out, dep)
		}
	}
	return out
}

// missing is what an enabled dependency that is not there means: Flux fetches
// those of a directory before it packages the chart; those of a package it
// silently renders without.
// lacks are those that could be fetched.
func (c ChartFiles) missing(ch *chartv2.Chart, lacks []task.Packaged) (notes []string, err error) {
	for _, dep := range absent(ch) {
		if c.Packaged || !c.Files.IsDir(c.Path) {
			notes = append(notes, fmt.Sprintf("dependency %s %s is listed, but not in the chart's package", dep.Name, dep.Version))
			continue
		}
		p := &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf(
			"dependency %s %s of %s is not in its charts/ directory, and is not fetched from %s%s", dep.Name, dep.Version, c.name(c.Path), host(dep.Repository), c.why(dep))}
		if c.Reviewed {
			p.Location = at1(path.Join(c.Path, "Chart.yaml"))
		}
		return nil, &Lacking{p, lacks}
	}
	return notes, nil
}

// why says what kept a dependency from being fetched.
func (c ChartFiles) why(dep *chartv2.Dependency) string {
	for _, f := range c.Fetched {
		if f.Name == dep.Name && f.Repository == dep.Repository && f.Problem != nil {
			return ": " + f.Problem.Message
		}
	}
	return ""
}

// host is what may be shown of a URL.
func host(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return "its repository"
}
