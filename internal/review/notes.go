package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// helmRelease is the kind that Flux's helm-controller acts on.
const helmRelease = "HelmRelease.helm.toolkit.fluxcd.io"

// upgrading are the fields of a HelmRelease that make helm-controller run an
// upgrade; intervals and retries do not (helm-controller, action.ConfigDigest).
var upgrading = []string{"/spec/chart", "/spec/chartRef", "/spec/values", "/spec/valuesFrom", "/spec/postRenderers", "/spec/commonMetadata"}

// addNotes says which releases a change upgrades: the HelmRelease itself, or
// one that reads the changed ConfigMap or Secret as values.
func addNotes(changes []Change, head *model.Snapshot) {
	readers := valueReaders(head)
	for i := range changes {
		c := &changes[i]
		for _, id := range c.Targets {
			for _, note := range notesOf(head, id) {
				if !slices.Contains(c.Notes, note) {
					c.Notes = append(c.Notes, note)
				}
			}
		}
		if c.Change != Modified {
			continue
		}
		if c.Object.GroupKind() == helmRelease {
			c.Notes = append(c.Notes, upgradeNote(c)...)
			continue
		}
		for _, id := range readers[valuesKey(c.Object.Kind, c.Object.Namespace, c.Object.Name)] {
			c.Notes = append(c.Notes, fmt.Sprintf("%s will be upgraded", id))
		}
	}
}

// notesOf are what the renderer says of a target.
func notesOf(s *model.Snapshot, id string) []string {
	if t := s.Target(id); t != nil {
		return t.Notes
	}
	return nil
}

func upgradeNote(c *Change) []string {
	for _, f := range c.Fields {
		if f.Path == "/spec/chart/spec/version" && f.Before.Set && f.After.Set {
			return []string{fmt.Sprintf("%s will be upgraded: %s %v → %v", c.Object, Text(c.Head.Fields(), "spec", "chart", "spec", "chart"), f.Before.V, f.After.V)}
		}
	}
	for _, f := range c.Fields {
		for _, prefix := range upgrading {
			if f.Path == prefix || strings.HasPrefix(f.Path, prefix+"/") {
				return []string{fmt.Sprintf("%s will be upgraded", c.Object)}
			}
		}
	}
	return nil
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
