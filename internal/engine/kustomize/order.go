package kustomize

import (
	"cmp"
	"sort"
	"strings"

	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/resid"
)

// legacyOrder sorts objects as a build does to which no order is given. Kustomize's own
// sorting is internal to it, and appends all objects anew.
func legacyOrder(objects []*resource.Resource) {
	s := legacy{objects: objects}
	for _, o := range objects {
		id := o.CurId()
		s.ids = append(s.ids, id)
		s.texts = append(s.texts, strings.Join([]string{id.Gvk.String(), cmp.Or(id.Namespace, "~X"), cmp.Or(id.Name, "~N")}, "|"))
	}
	sort.Sort(s) // as Kustomize does: of equal ones the order comes of the algorithm
}

// legacy is Kustomize's legacyIDSorter, whose order of kinds is that of resid.
type legacy struct {
	ids     []resid.ResId
	texts   []string
	objects []*resource.Resource
}

func (s legacy) Len() int { return len(s.ids) }

func (s legacy) Swap(i, j int) {
	s.ids[i], s.ids[j] = s.ids[j], s.ids[i]
	s.texts[i], s.texts[j] = s.texts[j], s.texts[i]
	s.objects[i], s.objects[j] = s.objects[j], s.objects[i]
}

func (s legacy) Less(i, j int) bool {
	a, b := s.ids[i].Gvk, s.ids[j].Gvk
	switch {
	case a.Equals(b):
		return s.texts[i] < s.texts[j]
	case a.Kind == "Namespace" && b.Kind == "Namespace" && (a.Group == "" || b.Group == ""):
		return b.IsLessThan(a)
	}
	return a.IsLessThan(b)
}
