package render

import (
	"encoding/json"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// objectRef names another object, as Flux's sourceRef, chartRef and valuesFrom
// do.
type objectRef struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Optional  bool   `json:"optional"`
}

// kustomizationSpec are the fields of a Flux Kustomization that say what is
// built; the rest goes to the child as it is.
type kustomizationSpec struct {
	Path      string    `json:"path"`
	SourceRef objectRef `json:"sourceRef"`
	PostBuild struct {
		SubstituteFrom []objectRef `json:"substituteFrom"`
	} `json:"postBuild"`
}

// sourceSpec are the fields of Flux's source objects.
type sourceSpec struct {
	URL       string         `json:"url"`
	Type      string         `json:"type"` // of a HelmRepository: "oci" or ""
	Ref       gitRef         `json:"ref"`
	Reference gitRef         `json:"reference"`
	Ignore    *string        `json:"ignore"`
	SecretRef objectRef      `json:"secretRef"`
	Include   []includedRepo `json:"include"`
	Layer     struct {
		MediaType string `json:"mediaType"`
		Operation string `json:"operation"`
	} `json:"layerSelector"`
	// Of a HelmChart.
	Chart     string    `json:"chart"`
	Version   string    `json:"version"`
	SourceRef objectRef `json:"sourceRef"`
	Values    []string  `json:"valuesFiles"`
}

// gitRef is the source's ref, under its name of today or of the first versions.
func (s sourceSpec) gitRef() gitRef {
	if s.Ref == (gitRef{}) {
		return s.Reference
	}
	return s.Ref
}

type gitRef struct {
	Branch       string `json:"branch"`
	Tag          string `json:"tag"`
	SemVer       string `json:"semver"`
	SemVerFilter string `json:"semverFilter"`
	Commit       string `json:"commit"`
	Name         string `json:"name"`
	Digest       string `json:"digest"`
}

type includedRepo struct {
	Repository objectRef `json:"repository"`
	From       string    `json:"fromPath"`
	To         string    `json:"toPath"`
}

// generatorSpec are the fields of an ArtifactGenerator.
type generatorSpec struct {
	Sources []struct {
		objectRef
		Alias string `json:"alias"`
	} `json:"sources"`
	Artifacts []struct {
		Name string     `json:"name"`
		Copy []copyRule `json:"copy"`
	} `json:"artifacts"`
}

// syncSpec is what a FluxInstance applies.
type syncSpec struct {
	Sync struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
		URL  string `json:"url"`
		Path string `json:"path"`
	} `json:"sync"`
}

// specOf decodes the spec of an object; what does not fit stays zero, as the
// API server would not have taken it.
func specOf[T any](o *model.Object) T {
	var all struct {
		Spec json.RawMessage `json:"spec"`
	}
	var spec T
	if json.Unmarshal(o.JSON(), &all) == nil && len(all.Spec) > 0 {
		_ = json.Unmarshal(all.Spec, &spec) // partly decoded is as good as it gets
	}
	return spec
}

// redacted reports whether something of an object was redacted.
func redacted(o *model.Object) bool {
	return strings.Contains(string(o.JSON()), model.Redact(""))
}
