package checks

import (
	"fmt"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// valuesFrom is one entry of a HelmRelease's valuesFrom.
type valuesFrom struct {
	reference.To
	key      string
	optional bool
	at       string // pointer of the entry
}

func valuesOf(o *model.Object) []valuesFrom {
	if o.ID.GroupKind() != helmReleaseKind {
		return nil
	}
	var out []valuesFrom
	for i, v := range review.Items(o.Fields(), "spec", "valuesFrom") {
		at := fmt.Sprint("/spec/valuesFrom/", i)
		key := review.Text(v, "valuesKey")
		if key == "" {
			key = "values.yaml"
		}
		optional, _ := review.Bool(v, "optional")
		out = append(out, valuesFrom{key: key, optional: optional, at: at, To: reference.To{
			Kind: review.Text(v, "kind"), Namespace: o.ID.Namespace, Name: review.Text(v, "name"), Field: at + "/name"}})
	}
	return out
}

// valuesFile is a file of the repository that a HelmRelease reads as values.
type valuesFile struct {
	release *model.Object
	holder  *model.Object // the ConfigMap or Secret
	pointer string        // of the key in holder
	stub    bool          // the entry is optional: a place for overrides
	key     model.Key
}

// valuesFiles gives the files that the releases of a cluster read, each once.
func valuesFiles(c *review.Cluster) []valuesFile {
	var out []valuesFile
	seen := map[string]bool{}
	for _, o := range c.Kind(helmReleaseKind) {
		for _, v := range valuesOf(o) {
			for _, holder := range c.Own(o, c.Named(v.Kind, v.Namespace, v.Name)) {
				pointers := make([]string, 0, len(holder.Keys))
				for p := range holder.Keys {
					pointers = append(pointers, p)
				}
				sort.Strings(pointers)
				for _, p := range pointers {
					if !strings.HasSuffix(p, review.Pointer(v.key)) || seen[holder.Sum+p+o.ID.String()] {
						continue
					}
					seen[holder.Sum+p+o.ID.String()] = true
					out = append(out, valuesFile{release: o, holder: holder, pointer: p, key: holder.Keys[p], stub: v.optional})
				}
			}
		}
	}
	return out
}

// yamlDocuments counts the documents of a file that hold something.
func yamlDocuments(content []byte) (count, second int) {
	number := 0
	for _, doc := range documents(content) {
		full := false
		for _, l := range doc {
			text := strings.TrimSpace(l)
			if text != "" && !strings.HasPrefix(text, "#") && text != "---" && text != "..." && !strings.HasPrefix(text, "--- #") {
				full = true
			}
		}
		if full {
			if count++; count == 2 {
				second = number + 1
			}
		}
		number += len(doc)
	}
	return count, second
}
