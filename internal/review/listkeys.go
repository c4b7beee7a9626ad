package review

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// shape is the schema at one place of an object; the zero shape knows nothing,
// and lists there pair by index. The source is the patchMergeKey of
// Kubernetes' own types (k8s.io/api).
type shape struct {
	meta strategicpatch.LookupPatchMeta
}

// shapeOf gives the schema of a built-in kind.
func shapeOf(id model.ObjectID) shape {
	object, err := scheme.Scheme.New(schema.GroupVersionKind{Group: id.Group, Version: id.Version, Kind: id.Kind})
	if err != nil {
		return shape{}
	}
	meta, err := strategicpatch.NewPatchMetaFromStruct(object)
	if err != nil {
		return shape{}
	}
	return shape{meta}
}

// field is the schema of a map's field that holds no list.
func (s shape) field(name string) shape {
	if s.meta == nil {
		return shape{}
	}
	sub, _, err := s.meta.LookupPatchMetadataForStruct(name)
	if err != nil {
		return shape{}
	}
	return shape{sub}
}

// list is the schema of the items of a list field, and the key by which they
// pair; "" where they pair by index.
func (s shape) list(name string) (items shape, key string) {
	if s.meta == nil {
		return shape{}, ""
	}
	sub, patch, err := s.meta.LookupPatchMetadataForSlice(name)
	if err != nil {
		return shape{}, ""
	}
	return shape{sub}, patch.GetPatchMergeKey()
}

// MergeKey is the key by which the items of the list at a path of an object
// pair, "" where they pair by index.
func MergeKey(id model.ObjectID, list []model.Step) string {
	at, key := shapeOf(id), ""
	for _, s := range list {
		switch {
		case s.Inside:
			return ""
		case s.Item():
			key = ""
		default:
			var items shape
			if items, key = at.list(s.Field); items.meta != nil {
				at = items
			} else {
				at = at.field(s.Field)
			}
		}
	}
	return key
}

// Walk resolves a JSON Pointer against an object, naming list items by their
// merge key.
func Walk(o *model.Object, pointer string) (steps []model.Step, value any, ok bool) {
	return o.Walk(pointer, func(list []model.Step) string { return MergeKey(o.ID, list) })
}
