package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// knownFields are the fields of the objects that Flux acts on which are followed
// here, or which do not alter what is rendered. One that is set and is not among
// them makes what the object asks for not visible: nobody knows what it does. They
// are those of Flux 2.9 (kustomize-controller 1.9, helm-controller 1.6,
// source-controller 1.9, source-watcher 2.1) and of the versions before.
//
// A word is a field; {…} are its own fields, of a list those of its items; a word
// with a star holds whatever it likes.
var knownFields = map[string]fieldTree{
	task.KustomizeGroup + " Kustomization": parseFields(`
		path sourceRef{apiVersion kind name namespace} targetNamespace namePrefix nameSuffix
		patches{patch target*} patchesStrategicMerge* patchesJson6902* images* components ignoreMissingComponents buildMetadata
		commonMetadata{labels* annotations*} postBuild{substitute* substituteStrategy substituteFrom{kind name optional}}
		interval retryInterval timeout prune wait force suspend deletionPolicy serviceAccountName kubeConfig*
		dependsOn* healthChecks* healthCheckExprs* decryption* ignore* validation*`),
	task.HelmGroup + " HelmRelease": parseFields(`
		chart{metadata* spec{chart version interval reconcileStrategy verify* valuesFile valuesFiles ignoreMissingValuesFiles sourceRef{apiVersion kind name namespace}}}
		chartRef{apiVersion kind name namespace} values* valuesFrom{kind name valuesKey targetPath optional literal}
		releaseName targetNamespace storageNamespace postRenderStrategy commonMetadata{labels* annotations*}
		postRenderers{kustomize{patches* patchesStrategicMerge* patchesJson6902* images*}}
		install* upgrade* rollback* uninstall* test* driftDetection* waitStrategy* healthCheckExprs*
		interval timeout suspend maxHistory persistentClient serviceAccountName kubeConfig* dependsOn*`),
	task.ArgoGroup + " Application": parseFields(applicationFields),
	task.ArgoGroup + " ApplicationSet": parseFields(`
		generators*
		template{metadata* spec{` + applicationFields + `}} goTemplate goTemplateOptions templatePatch
		strategy* syncPolicy* preservedFields* ignoreApplicationDifferences*`),
	task.SourceGroup + " GitRepository": parseFields(`
		url ref{branch tag semver commit name} ignore include{repository{name} fromPath toPath} secretRef{name}
		interval timeout suspend provider proxySecretRef* serviceAccountName verify* recurseSubmodules gitImplementation accessFrom*`),
	task.SourceGroup + " OCIRepository": parseFields(`
		url ref{tag semver semverFilter digest} reference{tag semver semverFilter digest} layerSelector{mediaType operation} ignore secretRef{name}
		interval timeout suspend provider insecure certSecretRef* proxySecretRef* serviceAccountName verify*`),
	task.SourceGroup + " HelmRepository": parseFields(`
		url type secretRef{name} interval timeout suspend provider insecure passCredentials certSecretRef* accessFrom*`),
	task.SourceGroup + " HelmChart": parseFields(`
		chart version sourceRef{apiVersion kind name} valuesFile valuesFiles ignoreMissingValuesFiles reconcileStrategy interval suspend verify* accessFrom*`),
	task.GeneratorGroup + " ArtifactGenerator": parseFields(`
		sources{alias kind name namespace} artifacts{name revision originRevision copy{from to exclude strategy}} commonMetadata*`),
}

// applicationFields are those of an Argo CD Application's spec (Argo CD 3.2).
const applicationFields = `
	project destination{server name namespace} source{` + argoSourceFields + `} sources{` + argoSourceFields + `}
	syncPolicy* ignoreDifferences* info* revisionHistoryLimit`

const argoSourceFields = `repoURL path chart targetRevision ref name plugin*
	helm{releaseName valueFiles values valuesObject* parameters{name value forceString} fileParameters{name path} skipCrds ignoreMissingValueFiles passCredentials version namespace kubeVersion apiVersions skipTests skipSchemaValidation}
	kustomize{namePrefix nameSuffix namespace images commonLabels* commonAnnotations* patches* components replicas* version
		forceCommonLabels forceCommonAnnotations labelWithoutSelector labelIncludeTemplates commonAnnotationsEnvsubst ignoreMissingComponents kubeVersion apiVersions}
	directory{recurse include exclude jsonnet*}`

// fieldTree is what may be set below a field; nil is anything.
type fieldTree map[string]fieldTree

// parseFields reads the notation of knownFields.
func parseFields(text string) fieldTree {
	text = strings.NewReplacer("{", " { ", "}", " } ").Replace(text)
	words := strings.Fields(text)
	var read func() fieldTree
	read = func() fieldTree {
		out := fieldTree{}
		for len(words) > 0 {
			word := words[0]
			words = words[1:]
			switch name, whole := strings.CutSuffix(word, "*"); {
			case word == "}":
				return out
			case len(words) > 0 && words[0] == "{":
				words = words[1:]
				out[name] = read()
			case whole:
				out[name] = nil
			default:
				out[name] = nil
			}
		}
		return out
	}
	return read()
}

// unknown leads to the first field of a value that is not in the tree, in the
// order of names; nil where all are.
func (t fieldTree) unknown(value any) []model.Step {
	if t == nil {
		return nil
	}
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			below, ok := t[name]
			if !ok {
				return []model.Step{model.FieldStep(name)}
			}
			if rest := below.unknown(v[name]); rest != nil {
				return append([]model.Step{model.FieldStep(name)}, rest...)
			}
		}
	case []any:
		for i, item := range v {
			if rest := t.unknown(item); rest != nil {
				return append([]model.Step{model.ItemStep(i)}, rest...)
			}
		}
	}
	return nil
}

// unfollowed are fields that are set and not followed here, by kind and name.
type unfollowed struct {
	mu    sync.Mutex
	names map[string]bool
}

func newUnfollowed() *unfollowed { return &unfollowed{names: map[string]bool{}} }

// problem is the problem of an object that has a field of its spec set which is
// not followed here; nil for none.
func (l *unfollowed) problem(o *model.Object) *model.Problem {
	tree, ok := knownFields[o.ID.Group+" "+o.ID.Kind]
	if !ok {
		return nil
	}
	spec, _ := o.Fields()["spec"].(map[string]any)
	rest := tree.unknown(spec)
	if rest == nil {
		return nil
	}
	field := append([]model.Step{model.FieldStep("spec")}, rest...)
	l.note(o.ID.Kind, field)
	return &model.Problem{Class: model.UnsupportedSource, Field: field,
		Message: fmt.Sprintf("`%s` of %s is not followed here: what it does is not visible", dotted(field), o.ID)}
}

// dotted is a path as people write it: spec.copy[1].strategy.
func dotted(steps []model.Step) string {
	var b strings.Builder
	for _, s := range steps {
		switch {
		case s.Item():
			fmt.Fprintf(&b, "[%d]", s.Index)
		case b.Len() > 0:
			b.WriteString("." + s.Field)
		default:
			b.WriteString(s.Field)
		}
	}
	return b.String()
}

// maxMissed bounds the names of fields that a review counts: a pull request can
// make up any.
const maxMissed = 20

// note counts a field that is set and not followed.
func (l *unfollowed) note(kind string, field []model.Step) {
	name := kind
	for _, s := range field {
		if !s.Item() {
			name += "." + s.Field
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.names) < maxMissed || l.names[name] {
		l.names[name] = true
	}
}
