package argo

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// sourceType is what Argo CD takes a source for, by the field of the Application that
// says so.
type sourceType string

const (
	isChart         sourceType = "helm"
	isKustomization sourceType = "kustomize"
	isDirectory     sourceType = "directory"
)

// explicitType is what the Application says that a source is; "" for nothing. A field
// that is empty says nothing: the controller takes it off (argo-cd v3, ExplicitType and
// NormalizeSource).
func explicitType(part task.ArgoPart) (sourceType, error) {
	var said []string
	k, err := optionsOf(part)
	if err != nil {
		return "", err
	}
	if !k.empty() {
		said = append(said, string(isKustomization))
	}
	if h := part.Helm; h != nil && !emptyHelm(*h) {
		said = append(said, string(isChart))
	}
	if d := part.Directory; d != nil && !d.Empty() {
		said = append(said, string(isDirectory))
	}
	switch len(said) {
	case 0:
		return "", nil
	case 1:
		return sourceType(said[0]), nil
	}
	return "", &model.Problem{Class: model.InvalidKustomization, Message: fmt.Sprintf("a source of the Application is %s at once: Argo CD refuses it (multiple application sources defined)", strings.Join(said, " and "))}
}

// typeOf is what Argo CD takes a directory for. Where the Application does not say, of
// one that is both the kustomization counts (argo-cd v3, util/app/discovery: the later
// name wins).
func typeOf(part task.ArgoPart, fsys *kustomize.FS) (sourceType, error) {
	kind, err := explicitType(part)
	if err != nil {
		return "", err
	}
	_, _, kustomized := kustomize.Own(fsys, part.Dir)
	packaged := fsys.Files.Node(path.Join(part.Dir, "Chart.yaml")).Type == sandbox.IsFile
	switch {
	case kind == isChart && !packaged:
		return "", &model.Problem{Class: model.ChartInvalid, Message: fmt.Sprintf("the Application says `helm`, and `%s` has no Chart.yaml", part.Dir)}
	case kind == isKustomization && !kustomized:
		return "", &model.Problem{Class: model.InvalidKustomization, Message: fmt.Sprintf("the Application says `kustomize`, and `%s` has no kustomization", part.Dir)}
	case kind != "":
		return kind, nil
	case kustomized:
		return isKustomization, nil
	case packaged:
		return isChart, nil
	}
	return isDirectory, nil
}

func emptyHelm(h task.ArgoHelm) bool {
	return h.Version == "" && h.ReleaseName == "" && len(h.ValueFiles)+len(h.Parameters)+len(h.FileParameters)+len(h.ValuesObject)+len(h.APIVersions) == 0 &&
		h.Values == "" && h.Namespace == "" && h.KubeVersion == "" &&
		!h.PassCredentials && !h.IgnoreMissing && !h.SkipCRDs && !h.SkipTests && !h.SkipSchemaValidation
}

func unsupported(format string, args ...any) error {
	return &model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf(format, args...)}
}
