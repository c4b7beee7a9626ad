package flux

import (
	"fmt"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// ValueSource is one entry of a HelmRelease's valuesFrom.
type ValueSource struct {
	reference.To
	Key      string
	Target   string // targetPath, in the values that the key's text is put at; "" for a whole file
	Optional bool
}

// ValueSources gives the entries of a HelmRelease's valuesFrom.
func ValueSources(o *model.Object) []ValueSource {
	if o.ID.GroupKind() != HelmRelease {
		return nil
	}
	var out []ValueSource
	for i, v := range review.Items(o.Fields(), "spec", "valuesFrom") {
		at := fmt.Sprint("/spec/valuesFrom/", i)
		key := review.Text(v, "valuesKey")
		if key == "" {
			key = "values.yaml"
		}
		optional, _ := review.Bool(v, "optional")
		out = append(out, ValueSource{Key: key, Target: review.Text(v, "targetPath"), Optional: optional, To: reference.To{
			Kind: review.Text(v, "kind"), Namespace: o.ID.Namespace, Name: review.Text(v, "name"), Field: at + "/name"}})
	}
	return out
}

// Substituted gives the ConfigMaps and Secrets that a Kustomization cannot do without, for
// its variables.
func Substituted(o *model.Object) []reference.To {
	if o.ID.GroupKind() != Kustomization {
		return nil
	}
	var out []reference.To
	for i, ref := range review.Items(o.Fields(), "spec", "postBuild", "substituteFrom") {
		if optional, _ := review.Bool(ref, "optional"); !optional {
			out = append(out, reference.To{Kind: review.Text(ref, "kind"), Namespace: o.ID.Namespace, Name: review.Text(ref, "name"), Field: fmt.Sprintf("/spec/postBuild/substituteFrom/%d/name", i)})
		}
	}
	return out
}

// ValuesFile is a file of the repository that a HelmRelease reads as values.
type ValuesFile struct {
	Release *model.Object
	Holder  *model.Object // the ConfigMap or Secret
	Pointer string        // of the key in holder
	Stub    bool          // the entry is optional: a place for overrides
	Key     model.Key
}

// ValuesFiles gives the files that the releases of a cluster read, each once.
func ValuesFiles(c *review.Cluster) []ValuesFile {
	var out []ValuesFile
	seen := map[string]bool{}
	for _, o := range c.Kind(HelmRelease) {
		for _, v := range ValueSources(o) {
			for _, holder := range c.Own(o, c.Named(v.Kind, v.Namespace, v.Name)) {
				pointers := make([]string, 0, len(holder.Keys))
				for p := range holder.Keys {
					pointers = append(pointers, p)
				}
				sort.Strings(pointers)
				for _, p := range pointers {
					if !strings.HasSuffix(p, review.Pointer(v.Key)) || seen[holder.Sum+p+o.ID.String()] {
						continue
					}
					seen[holder.Sum+p+o.ID.String()] = true
					out = append(out, ValuesFile{Release: o, Holder: holder, Pointer: p, Key: holder.Keys[p], Stub: v.Optional})
				}
			}
		}
	}
	return out
}

// Values are the values of a HelmRelease as far as this repository holds
// them, the last winning. whole is false where one of them cannot be read here.
func Values(c *review.Cluster, release *model.Object) (trees []map[string]any, whole bool) {
	whole = true
	for _, v := range ValueSources(release) {
		found := false
		for _, holder := range c.Own(release, c.Named(v.Kind, v.Namespace, v.Name)) {
			for pointer, key := range holder.Keys {
				if tree, ok := key.YAML.(map[string]any); ok && strings.HasSuffix(pointer, review.Pointer(v.Key)) {
					trees, found = append(trees, tree), true
				}
			}
		}
		whole = whole && (found || v.Optional)
	}
	if inline := review.Map(release.Fields(), "spec", "values"); inline != nil {
		trees = append(trees, inline)
	}
	return trees, whole
}

// ValueAt is what the last of the values says at a path; nil where none does.
func ValueAt(trees []map[string]any, path ...string) any {
	for i := len(trees) - 1; i >= 0; i-- {
		if v := review.Lookup(trees[i], path...); v != nil {
			return v
		}
	}
	return nil
}

// Said reports whether a value says something: it is there and not empty.
func Said(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return true
}
