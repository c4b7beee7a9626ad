package render

import (
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Moved is another repository that stands at one commit on base's side and at another
// on head's, at whatever ref a source names it. It notes who reads it. It is of one
// Pair.
type Moved struct {
	names map[string]bool // of the repository, as repositoryName writes them
	sides [2]model.Artifact

	readers map[string]map[model.SourceRef]bool // by cluster
	unread  map[string]bool                     // clusters that name it in a way which is not followed
	broken  map[string]bool                     // clusters in which something that Flux applies does not build
}

// NewMoved makes one of the URLs under which sources name the repository.
func NewMoved(urls []string, base, head model.Artifact) *Moved {
	m := &Moved{names: map[string]bool{}, sides: [2]model.Artifact{base, head}, readers: map[string]map[model.SourceRef]bool{}, unread: map[string]bool{}, broken: map[string]bool{}}
	for _, u := range urls {
		m.names[model.RepositoryName(u)] = true
	}
	delete(m.names, "")
	return m
}

// Named reports whether there is a URL by which sources can name the repository.
func (m *Moved) Named() bool { return len(m.names) > 0 }

// Readers gives the clusters that read the repository, with the sources by which they
// do; the cluster without a name is "".
func (m *Moved) Readers() map[string][]model.SourceRef {
	out := map[string][]model.SourceRef{}
	for c, refs := range m.readers {
		out[c] = slices.SortedFunc(maps.Keys(refs), func(a, b model.SourceRef) int {
			return strings.Compare(orderOf(a), orderOf(b))
		})
	}
	return out
}

func orderOf(r model.SourceRef) string {
	return strings.Join([]string{string(r.Kind), r.URL, r.Branch, r.Tag, r.SemVer, r.Commit, r.Name, r.Digest}, "\x00")
}

// Unread names the clusters that name the repository in a way which is not followed: a
// remote base, an Application of Argo CD.
func (m *Moved) Unread() []string { return slices.Sorted(maps.Keys(m.unread)) }

// Broken names the clusters in which something that Flux applies does not build: it may
// read the repository.
func (m *Moved) Broken() []string { return slices.Sorted(maps.Keys(m.broken)) }

// is reports whether a source is the repository.
func (m *Moved) is(ref model.SourceRef) bool {
	return m != nil && (ref.Kind == model.GitSource || ref.Kind == model.OCISource) && m.names[model.RepositoryName(ref.URL)]
}

// read gives the repository as a side of a cluster reads it.
func (m *Moved) read(side int, cluster string, ref model.SourceRef) model.Artifact {
	if m.readers[cluster] == nil {
		m.readers[cluster] = map[model.SourceRef]bool{}
	}
	m.readers[cluster][ref] = true
	return m.sides[side]
}

// look notes which of a side's targets name the repository and could not follow it
// there, as their problems tell, and where something does not build.
func (m *Moved) look(s *model.Snapshot) {
	if m == nil || s == nil {
		return
	}
	for _, t := range s.Targets {
		if t.Problem == nil {
			continue
		}
		if !t.Problem.Class.Incomplete() {
			if t.Target.Kind == model.Flux {
				m.broken[t.Target.Cluster] = true
			}
			continue
		}
		said := strings.ToLower(t.Problem.Message)
		for name := range m.names {
			if strings.Contains(said, name) {
				m.unread[t.Target.Cluster] = true
			}
		}
	}
}
