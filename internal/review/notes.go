package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// helmRelease is the kind that Flux's helm-controller acts on.
const helmRelease = "HelmRelease.helm.toolkit.fluxcd.io"

// upgrading are the fields of a HelmRelease that make helm-controller run an upgrade;
// intervals and retries do not, nor do values that come to the same (helm-controller 1.4,
// action.ConfigDigest).
var (
	upgrading = []string{"/spec/chart", "/spec/chartRef", "/spec/postRenderers", "/spec/commonMetadata"}
	idleChart = []string{"/spec/chart/metadata", "/spec/chart/spec/interval", "/spec/chart/spec/reconcileStrategy", "/spec/chart/spec/ignoreMissingValuesFiles", "/spec/chart/spec/verify"}
	valuesAre = []string{"/spec/values", "/spec/valuesFrom"}
)

func underAny(path string, of []string) bool {
	return slices.ContainsFunc(of, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

// addNotes says which releases a change upgrades: the HelmRelease itself, or
// one that reads the changed ConfigMap or Secret as values.
func addNotes(changes []Change, base, head *model.Snapshot) {
	readers, off, same := valueReaders(head), suspended(head), sameValues(base, head)
	notes := map[string][]string{} // by target
	for i := range changes {
		c := &changes[i]
		for _, id := range c.Targets {
			said, ok := notes[id]
			if !ok {
				said = notesOf(head, id, off)
				notes[id] = said
			}
			for _, note := range said {
				if !slices.Contains(c.Notes, note) {
					c.Notes = append(c.Notes, note)
				}
			}
		}
		if c.Change != Modified {
			continue
		}
		if c.Object.GroupKind() == helmRelease {
			c.Notes = append(c.Notes, upgradeNote(c, same[c.Object.String()])...)
			continue
		}
		for _, id := range readers[valuesKey(c.Object.Kind, c.Object.Namespace, c.Object.Name)] {
			if !same[id] {
				c.Notes = append(c.Notes, fmt.Sprintf("%s will be upgraded", id))
			}
		}
	}
}

// notesOf are what the renderer says of a target, and whether what applies it is
// suspended.
func notesOf(s *model.Snapshot, id string, off map[model.ObjectID]bool) []string {
	t := s.Target(id)
	if t == nil {
		return nil
	}
	for l := t.Lineage; l != nil; l = l.Parent {
		if l.By != nil && off[l.By.Key()] {
			return append(slices.Clone(t.Notes), l.By.String()+" is suspended: none of this is applied until it is resumed")
		}
	}
	return t.Notes
}

// suspended are the Kustomizations and HelmReleases that are.
func suspended(s *model.Snapshot) map[model.ObjectID]bool {
	out := map[model.ObjectID]bool{}
	for i := range s.Targets {
		for _, o := range s.Targets[i].Objects {
			if gk := o.ID.GroupKind(); gk != helmRelease && gk != fluxKustomization {
				continue
			}
			if off, _ := Bool(o.Fields(), "spec", "suspend"); off {
				out[o.ID.Key()] = true
			}
		}
	}
	return out
}

func upgradeNote(c *Change, sameValues bool) []string {
	for _, f := range c.Fields {
		if f.Path == "/spec/chart/spec/version" && f.Before.Set && f.After.Set {
			return []string{fmt.Sprintf("%s will be upgraded: %s %v → %v", c.Object, Text(c.Head.Fields(), "spec", "chart", "spec", "chart"), f.Before.V, f.After.V)}
		}
	}
	for _, f := range c.Fields {
		if underAny(f.Path, upgrading) && !underAny(f.Path, idleChart) || !sameValues && underAny(f.Path, valuesAre) {
			return []string{fmt.Sprintf("%s will be upgraded", c.Object)}
		}
	}
	return nil
}

// sameValues are the HelmReleases that give their charts the same values on both sides, in
// every cluster that has them.
func sameValues(base, head *model.Snapshot) map[string]bool {
	out := map[string]bool{}
	for i, t := range head.Targets {
		if t.Target.Kind != model.Helm || t.Lineage == nil || t.Lineage.By == nil {
			continue
		}
		id := t.Lineage.By.String()
		same, known := out[id]
		out[id] = (same || !known) && t.Values != "" && i < len(base.Targets) && base.Targets[i].Values == t.Values
	}
	return out
}

func valuesKey(kind, namespace, name string) string { return kind + " " + namespace + "/" + name }

// valueReaders maps each ConfigMap and Secret that is read as values to the
// HelmReleases that read it.
func valueReaders(s *model.Snapshot) map[string][]string {
	out := map[string][]string{}
	for _, t := range s.Targets {
		for _, o := range t.Objects {
			if o.ID.GroupKind() != helmRelease {
				continue
			}
			for _, from := range Items(o.Fields(), "spec", "valuesFrom") {
				key := valuesKey(Text(from, "kind"), o.ID.Namespace, Text(from, "name"))
				if !slices.Contains(out[key], o.ID.String()) {
					out[key] = append(out[key], o.ID.String())
				}
			}
		}
	}
	return out
}
