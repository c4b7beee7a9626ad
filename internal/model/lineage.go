package model

import "encoding/json"

// Lineage says how a target of Flux came to be, so that the source lines of what
// it applies can be found: which object asked for it, in whose render that
// object stands, and what the object reads. It is nil for a target that is
// nothing but a directory.
type Lineage struct {
	Kind Kind
	// Dir is the repository's directory that is built; "" where the files come
	// from outside.
	Dir string
	// Dirs are the directories of an Application that has several.
	Dirs []string
	// Plain are those of the directories of which an Application says that they hold
	// plain manifests, whatever kustomization is beside them.
	Plain []string
	// Elsewhere: a chart or a directory that is not of this repository is among an
	// Application's sources.
	Elsewhere bool
	// ValueFiles are the files of this repository that an Application gives to its
	// charts, as an ApplicationSet names them for it.
	ValueFiles []string
	// Values are all such files, whoever names them.
	Values []string
	// Parameters are files that the generators of an Application's ApplicationSet read
	// for it.
	Parameters []string
	// Application is the name of one of Argo CD.
	Application string
	// Generators are those that make the Application, or the elements of a list: paths in
	// the spec of the ApplicationSet; none where that is not known.
	Generators []string
	// Options are what an ApplicationSet's template becomes for kustomizations, by directory.
	Options map[string]json.RawMessage
	// File is set for a single file of manifests instead of a directory.
	File string
	// By is the Kustomization, HelmRelease or other object that asks for the
	// target, as Parent's render has it; nil for a root directory or file.
	By     *ObjectID
	Parent *Lineage
	// Reads are objects whose values go into the target: substituteFrom and
	// valuesFrom, in their order; of a HelmRelease with the key and path.
	Reads []Read
	// Source is the object that brings in files from outside: a GitRepository,
	// an OCIRepository, a HelmRepository; nil for this repository's own.
	Source *Read
	// Unmade is what becomes of an Application of base whose ApplicationSet is still
	// there in head, and makes it no more for this target's cluster.
	Unmade Unmade
}

// Unmade says what an ApplicationSet does with an Application that it makes no more.
type Unmade int

const (
	Made          Unmade = iota // it still makes it, or is gone itself
	UnmadeDeleted               // it deletes it, with what it applied
	UnmadeLeft                  // it, or what it applied, is left where it is
)

// Read is an object that a target reads, and in whose render it stands.
type Read struct {
	Object ObjectID
	In     *Lineage
	// Key and Path are valuesFrom's valuesKey and targetPath.
	Key, Path string
}
