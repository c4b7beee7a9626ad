package render

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// strictGate is kustomize-controller's feature gate for variables. It is on by
// default from kustomize-controller 1.9 and Flux 2.9.
const strictGate = "StrictPostBuildSubstitutions"

// strict reports whether the cluster's kustomize-controller refuses variables that
// are set nowhere and have no default: what its Deployment or its FluxInstance
// says, else what the newest does.
func (c *cluster) strict() bool {
	for _, id := range slices.SortedFunc(maps.Keys(c.versions), func(a, b model.ObjectID) int { return strings.Compare(a.String(), b.String()) }) {
		h, ok := c.index[id]
		switch {
		case !ok:
		case id.Kind == "Deployment":
			return strictDeployment(h.object)
		default:
			return strictInstance(h.object)
		}
	}
	return true
}

// saysFlux reports whether an object says which Flux runs in its cluster.
func saysFlux(id model.ObjectID) bool {
	return id.Group == "apps" && id.Kind == "Deployment" && id.Name == "kustomize-controller" ||
		id.Group == task.InstanceGroup && id.Kind == "FluxInstance"
}

// gateSet is what a text says of the gate: its value, and whether it names it.
func gateSet(text string) (on, named bool) {
	_, rest, named := strings.Cut(text, strictGate+"=")
	return named && strings.HasPrefix(rest, "true"), named
}

func strictDeployment(o *model.Object) bool {
	if on, named := gateSet(string(o.JSON())); named {
		return on
	}
	var d struct {
		Spec struct {
			Template struct {
				Spec struct {
					Containers []struct {
						Image string `json:"image"`
					} `json:"containers"`
				} `json:"spec"`
			} `json:"template"`
		} `json:"spec"`
	}
	if json.Unmarshal(o.JSON(), &d) != nil {
		return true
	}
	for _, container := range d.Spec.Template.Spec.Containers {
		image, _, _ := strings.Cut(container.Image, "@")
		_, tag, _ := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
		if v, err := semver.NewVersion(tag); err == nil {
			return !v.LessThan(semver.MustParse("1.9.0"))
		}
	}
	return true
}

// strictInstance judges by the newest of Flux' versions that a FluxInstance lets in.
func strictInstance(o *model.Object) bool {
	if on, named := gateSet(string(o.JSON())); named {
		return on
	}
	version := specOf[struct {
		Distribution struct {
			Version string `json:"version"`
		} `json:"distribution"`
	}](o).Distribution.Version
	constraint, err := semver.NewConstraint(version)
	if err != nil {
		return true
	}
	for minor := uint64(9); minor < 100; minor++ {
		if constraint.Check(semver.New(2, minor, 0, "", "")) || constraint.Check(semver.New(2, minor, 99, "", "")) {
			return true
		}
	}
	return constraint.Check(semver.New(3, 0, 0, "", ""))
}
