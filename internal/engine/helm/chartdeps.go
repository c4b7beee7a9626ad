package helm

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

// addLocal adds the dependencies of a chart's directory that are not in its
// charts/ but lie in the same tree. Those of a dependency itself are not looked
// for: source-controller does not either.
func (c ChartFiles) addLocal(ch *chartv2.Chart, left *budget) error {
	wanted := ch.Metadata.Dependencies
	if ch.Lock != nil {
		wanted = ch.Lock.Dependencies // the lock file takes precedence
	}
	if len(wanted) == len(ch.Dependencies()) {
		return nil // source-controller counts, too
	}
	present := func(name string) bool {
		return slices.ContainsFunc(ch.Dependencies(), func(d *chartv2.Chart) bool { return d.Name() == name })
	}
	for _, dep := range wanted {
		if dep == nil || present(called(dep)) || !localDependency(dep) {
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

// absent gives the enabled dependencies that the chart does not have, once
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
func (c ChartFiles) missing(ch *chartv2.Chart) (notes []string, err error) {
	for _, dep := range absent(ch) {
		if c.Packaged || !c.Files.IsDir(c.Path) {
			notes = append(notes, fmt.Sprintf("dependency %s %s is listed, but not in the chart's package", dep.Name, dep.Version))
			continue
		}
		p := &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf(
			"dependency %s %s of %s is not in its charts/ directory, and is not fetched from %s", dep.Name, dep.Version, c.name(c.Path), host(dep.Repository))}
		if c.Reviewed {
			p.Location = at1(path.Join(c.Path, "Chart.yaml"))
		}
		return nil, p
	}
	return notes, nil
}

// host is what may be shown of a URL.
func host(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return "its repository"
}
