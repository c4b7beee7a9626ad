package schema

import (
	"fmt"
	"math/bits"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Question asks what is wrong with an object.
type Question struct {
	Object *model.Object
	// Kubernetes is the minor version that the cluster runs, such as "1.33". Where
	// it is "", or none that is known here, only what all refuse is told.
	Kubernetes string
	// Definitions are the CustomResourceDefinitions of the object's kind that may
	// be in its cluster; where there are several, only what all refuse is told.
	Definitions []*Definition
	// Budget bounds what the rules of Definitions may cost, in CEL's units.
	Budget int64
	// Resolved: every variable was filled in, and a `${NAME}` that is left is what the
	// API server gets.
	Resolved bool
}

// Problems gives what the API server would refuse the object for, in the order
// of its fields, and what finding it out cost, in CEL's units.
func Problems(q Question) (list []Problem, cost int64) {
	switch {
	case q.Object.ID.Group == "" && q.Object.ID.Version == "":
		return []Problem{{Sort: Missing, Field: "/apiVersion", Key: "apiVersion", Text: "it has no `apiVersion`"}}, 0 // Kustomize lets it through
	case BuiltIn(q.Object.ID):
		return q.builtIn(), 0 // the API server asks no definition about its own kinds
	case len(q.Definitions) > 0:
		return q.byDefinitions()
	case open().groups[q.Object.ID.Group]:
		return q.builtIn(), 0
	}
	return q.wellKnown(), 0
}

// BuiltIn reports whether a kind is Kubernetes' own, in whatever version of its
// group.
func BuiltIn(id model.ObjectID) bool { return open().kinds[KindName(id.Group, "", id.Kind)] }

// KnownSince gives the first and the last release of Kubernetes, of those known
// here, such as "1.29" and "1.36".
func KnownSince() (first, last string) {
	names := open().releases.Names
	return names[0], names[len(names)-1]
}

var minorVersion = pattern.New(`^v?1\.(\d+)`)

// release is the index of a Kubernetes version; -1 where it is not known.
func (l *library) release(version string) int {
	m := minorVersion.FindStringSubmatch(version)
	if m == nil {
		return -1
	}
	return slices.Index(l.releases.Names, "1."+m[1])
}

func (q Question) builtIn() []Problem {
	l, id := open(), q.Object.ID
	name := KindName(id.Group, id.Version, id.Kind)
	kind, ok := l.releases.Kinds[name]
	if !ok {
		return l.noKind(id)
	}
	in := kind.In
	if r := l.release(q.Kubernetes); r >= 0 {
		if in&(1<<r) == 0 {
			return l.notYet(kind, r, id)
		}
		in = 1 << r
	}
	var shapes []*Shape
	for in != 0 {
		newest := bits.Len32(in) - 1
		in &^= 1 << newest
		shapes = append(shapes, l.builtIn(newest, kind.Definition))
	}
	return q.refusedByAll(shapes, nil)
}

// refusedByAll holds an object against several shapes, and gives the problems
// that all of them see. What one accepts is fine.
func (q Question) refusedByAll(shapes []*Shape, keep func(Problem) bool) []Problem {
	var out []Problem
	cut := false
	for i, s := range shapes {
		found := walk(q.Object.Fields(), s, q.Resolved)
		cut = cut || len(found) >= maxFound
		dropped := fieldsOf(found, Unknown)
		if keep != nil {
			found = slices.DeleteFunc(found, func(p Problem) bool { return !keep(p) })
		}
		if i == 0 {
			out = found
		} else {
			seen := map[string]bool{}
			for _, p := range found {
				seen[p.id()] = true
			}
			out = slices.DeleteFunc(out, func(p Problem) bool {
				// What one refuses for its value, and another does not know at all, neither takes.
				return !seen[p.id()] && !(p.Sort == NotAllowed && within(p.Field, dropped))
			})
		}
		switch {
		case len(out) > 0:
		case cut:
			return []Problem{unasked("it has more fields that are wrong than are looked at")}
		default:
			return nil
		}
	}
	return fold(out)
}

// fieldsOf are the pointers of the problems of a sort.
func fieldsOf(list []Problem, sort Sort) (out []string) {
	for _, p := range list {
		if p.Sort == sort {
			out = append(out, p.Field)
		}
	}
	return out
}

// within reports whether a pointer is one of some, or below one.
func within(pointer string, of []string) bool {
	return slices.ContainsFunc(of, func(above string) bool {
		rest, ok := strings.CutPrefix(pointer, above)
		return ok && (rest == "" || rest[0] == '/')
	})
}

// stable is a version that, once served, is served for good.
var stable = pattern.New(`^v\d+$`)

// noKind tells of a kind that no release has. Versions that were removed, or may
// be switched on, are not spoken of.
func (l *library) noKind(id model.ObjectID) []Problem {
	if !stable.MatchString(id.Version) || strings.HasSuffix(id.Kind, "List") || opaque(id.Kind) || opaque(id.Group+id.Version) {
		return nil
	}
	p := Problem{Sort: NoKind, Field: "/kind", Key: "kind"}
	prefix := KindName(id.Group, id.Version, "")
	same, best, near := false, 3, ""
	var elsewhere []string
	for _, name := range sortedKinds(l.releases.Kinds) {
		of, kind, _ := strings.Cut(name, " ")
		switch {
		case of+" " == prefix:
			same = true
			if d := distance(strings.ToLower(kind), strings.ToLower(id.Kind)); d < best && !strings.HasSuffix(kind, "List") {
				best, near = d, kind
			}
		case kind == id.Kind:
			elsewhere = append(elsewhere, of)
		}
	}
	api := strings.TrimSuffix(prefix, " ")
	p.Text = fmt.Sprintf("Kubernetes has no kind `%s` in `%s`", shown(id.Kind), shown(api))
	switch {
	case len(elsewhere) > 0:
		p.Field = "/apiVersion"
		p.Text += "; it is in `" + strings.Join(elsewhere, "`, `") + "`"
	case !same:
		return nil // a version that nobody here knows
	case near != "":
		p.Text += "; did you mean `" + near + "`?"
	case id.Group == "":
		return nil // OpenShift and others have served kinds of their own there
	}
	return []Problem{p}
}

func sortedKinds(m map[string]Kind) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// notYet tells of a stable version that comes with a later release. One that is
// gone already is another check's matter.
func (l *library) notYet(kind Kind, release int, id model.ObjectID) []Problem {
	first := bits.TrailingZeros32(kind.In)
	if first <= release || !stable.MatchString(id.Version) {
		return nil
	}
	return []Problem{{Sort: NoKind, Field: "/apiVersion", Key: "kind",
		Text: fmt.Sprintf("Kubernetes %s does not serve `%s` of `%s` yet: it comes with %s",
			l.releases.Names[release], id.Kind, strings.TrimSuffix(KindName(id.Group, id.Version, ""), " "), l.releases.Names[first])}}
}

// wellKnown holds a custom kind against the schemas of its project's releases.
// Which one the cluster has is not known: a newer one may have more fields. Of a
// kind of no project that is known here, the metadata is.
func (q Question) wellKnown() []Problem {
	l, id := open(), q.Object.ID
	known := l.custom()[KindName(id.Group, id.Version, id.Kind)]
	shapes := []*Shape{l.anyKind()}
	if len(known) > 0 {
		shapes = nil
	}
	for _, k := range slices.Backward(known) {
		shapes = append(shapes, l.shape(k.Shape))
	}
	settled := ofSeveral(known)
	sure := func(p Problem) bool {
		return p.slip || p.typo && (p.needed && settled || clearly(p.home, p.names[0]))
	}
	out := q.refusedByAll(shapes, func(p Problem) bool {
		switch {
		case p.ofMetadata(), p.Sort == WrongType:
			return true
		case p.Sort == Missing, p.Sort == NotAllowed:
			return settled
		case p.Sort == Unknown:
			return sure(p) || settled && strings.HasSuffix(id.Group, followed)
		}
		return false
	})
	for i := range out {
		out[i].Doubt = out[i].Sort == Unknown && !sure(out[i]) && !out[i].ofMetadata()
		if !out[i].ofMetadata() {
			out[i].Against = against(known)
		}
	}
	return out
}

// followed ends the groups of a project whose releases are all known here, up to a late
// one: of a field that none of them has it is said that it may be a newer one's.
const followed = ".fluxcd.io"

// ofSeveral reports whether schemas of several releases are known. What a single
// one requires, the next may not: projects do let go of required fields.
func ofSeveral(known []Custom) bool {
	return len(known) > 0 && plain(known[0].First) != plain(known[len(known)-1].Release)
}

// ofMetadata reports whether the problem is about metadata, which Kubernetes
// itself says the form of.
func (p Problem) ofMetadata() bool { return strings.HasPrefix(p.Field, "/metadata/") }

// clearly reports whether a name is a misspelling rather than a newer field: not a
// plural, and no other number.
func clearly(known, name string) bool {
	short, long := known, name
	if len(short) > len(long) {
		short, long = long, short
	}
	plural := strings.EqualFold(short+"s", long) || strings.EqualFold(short+"es", long)
	return len(known) >= 4 && !plural && !strings.ContainsAny(known+name, "0123456789") && distance(strings.ToLower(known), strings.ToLower(name)) <= 1
}

// against names whose schemas, and the oldest and newest release that is held
// against.
func against(known []Custom) string {
	first, last := known[0], known[len(known)-1]
	if plain(first.First) == plain(last.Release) || first.Project != last.Project {
		return "the definition in " + last.Project + " " + last.Release
	}
	return fmt.Sprintf("the definitions in %s %s to %s", first.Project, plain(first.First), last.Release)
}

func plain(release string) string { s, _, _ := strings.Cut(release, " "); return s }
