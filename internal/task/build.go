// Package task is what goes through the wall between the server and the sandbox:
// Build ▶ Built, Scan ▶ Facts, Batch ▶ Answers, Settings. Both sides import it and
// neither the other. It is plain data that marshals to JSON; what comes back was
// made of a pull request's bytes and is bounded and redacted, but never trusted.
package task

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Kinds of task, as the sandbox tells them apart.
const (
	BuildKind    = "build"    // Build ▶ Built
	ScanKind     = "scan"     // Scan ▶ []Facts
	LocateKind   = "locate"   // Batch over the trees base and head ▶ one []Answer per target
	SettingsKind = "settings" // Settings ▶ config.Parsed
	IdleKind     = "idle"     // Idle ▶ []IdlePatch
	IndexKind    = "index"    // the tree's IndexFile ▶ map[string][]ChartVersion
)

// Build asks for one target's objects.
type Build struct {
	Kind model.Kind `json:"kind"`
	Dir  string     `json:"dir"`
	File string     `json:"file,omitempty"` // this one manifest alone is built
	// KubeVersion is what charts of a kustomization are rendered for, "1.33"; "" for the
	// newest that is known.
	KubeVersion string `json:"kubeVersion,omitempty"`
	Tree        int    `json:"tree,omitempty"` // which of the task's trees
	Key         []byte `json:"key,omitempty"`  // for fingerprints of secrets
	Reveal      bool   `json:"reveal,omitempty"`
	Flux        *Flux  `json:"flux,omitempty"`
	Helm        *Helm  `json:"helm,omitempty"`
	Argo        *Argo  `json:"argo,omitempty"`
	// Inputs are targets whose renders hold what this one reads and the parent
	// may not see.
	Inputs []Build `json:"inputs,omitempty"`
	// Charts were fetched for charts that lack them.
	Charts []Packaged `json:"charts,omitempty"`
	// Lacks are paths of tree 0 at which what is not to be had lies.
	Lacks []Lack `json:"lacks,omitempty"`
	// Instead replaces the content of files of tree 0, for experiments.
	Instead map[string][]byte `json:"instead,omitempty"`
}

// Lack is a part of a source that is not to be had.
type Lack struct {
	Path  string `json:"path"`
	Text  string `json:"text"`  // why, as what the source does: "includes …"
	Print string `json:"print"` // equal where what lies there is
}

// Built is what a build gives back. Side is left out of locations: the child
// does not know it. With objects and a problem, the objects are all that the
// target applies but hold values that could not be seen.
type Built struct {
	Objects []BuiltObject  `json:"objects,omitempty"`
	Problem *model.Problem `json:"problem,omitempty"`
	Unseen  []Unseen       `json:"unseen,omitempty"`
	// Hole: entries that cannot be had were left out; they are among Unseen.
	Hole bool `json:"hole,omitempty"`
	// Field leads to the field at fault in the object that asks for the target.
	Field []model.Step `json:"field,omitempty"`
	// Also is the other place that may be at fault.
	Also  *model.Position `json:"also,omitempty"`
	Notes []string        `json:"notes,omitempty"` // what people should know of the render
	// Losses are values that arrive as others.
	Losses []Loss `json:"losses,omitempty"`
	// Repeats are objects that files define more than once.
	Repeats []model.Repeat `json:"repeats,omitempty"`
	Chart   string         `json:"chart,omitempty"` // version of the chart that was rendered
	// ChartName is the name in the chart's own metadata.
	ChartName string `json:"chartName,omitempty"`
	// Values is equal where the values are that a release gives to its chart; "" where some
	// cannot be seen.
	Values string `json:"values,omitempty"`
	// Handed is what an Application's charts are given that are not to be had.
	Handed []model.Handed `json:"handed,omitempty"`
	// Otherwise is what is rendered where what nobody sees is otherwise.
	Otherwise []model.Otherwise `json:"otherwise,omitempty"`
	// ValueNotes are what is to be said of values that are given to charts.
	ValueNotes []model.ValueNote `json:"valueNotes,omitempty"`
	// Wants are the dependencies that the chart lacks, where it does not build without:
	// with them among its Charts it may.
	Wants []Packaged `json:"wants,omitempty"`
	// Private: a Secret's value went into it, and perhaps into a path that was
	// asked for. Its trace goes to no disk.
	Private bool `json:"private,omitempty"`
}

// BuiltObject is one object of a render. Sum tells contents apart; Fields is its
// JSON, in which secrets are redacted.
type BuiltObject struct {
	ID     model.ObjectID       `json:"id"`
	Sum    string               `json:"sum"`
	Fields json.RawMessage      `json:"fields,omitempty"`
	Keys   map[string]model.Key `json:"keys,omitempty"`
}

// MarshalBinary writes what is no object as a line of JSON, then the objects: how many,
// how many bytes say what they are, those, and their fields as they are. Nobody has to
// read through the fields who knows an object by its Sum.
func (b Built) MarshalBinary() ([]byte, error) {
	objects := b.Objects
	b.Objects = nil
	out, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	var heads []byte
	total := 0
	for _, o := range objects {
		var keys []byte
		if len(o.Keys) > 0 {
			if keys, err = json.Marshal(o.Keys); err != nil {
				return nil, err
			}
		}
		for _, text := range []string{o.ID.Group, o.ID.Version, o.ID.Kind, o.ID.Namespace, o.ID.Name, o.Sum, string(keys)} {
			heads = append(binary.AppendUvarint(heads, uint64(len(text))), text...)
		}
		heads = binary.AppendUvarint(heads, uint64(len(o.Fields)))
		total += len(o.Fields)
	}
	out = slices.Grow(out, 1+2*binary.MaxVarintLen64+len(heads)+total)
	out = binary.AppendUvarint(append(out, '\n'), uint64(len(objects)))
	out = append(binary.AppendUvarint(out, uint64(len(heads))), heads...)
	for _, o := range objects {
		out = append(out, o.Fields...)
	}
	return out, nil
}

// UnmarshalBinary reads what MarshalBinary wrote. The fields stay parts of data, and
// are not looked at.
func (b *Built) UnmarshalBinary(data []byte) error {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	if err := json.Unmarshal(line, b); err != nil {
		return err
	}
	count, size := binary.Uvarint(rest)
	if size <= 0 {
		return io.ErrUnexpectedEOF
	}
	rest = rest[size:]
	n, size := binary.Uvarint(rest)
	if size <= 0 || n > uint64(len(rest)-size) {
		return io.ErrUnexpectedEOF
	}
	heads, fields := string(rest[size:size+int(n)]), rest[size+int(n):] // all texts are parts of heads
	b.Objects = nil
	if count > 0 {
		b.Objects = make([]BuiltObject, 0, min(count, maxRoom))
	}
	for heads != "" {
		var o BuiltObject
		var keys string
		for _, text := range []*string{&o.ID.Group, &o.ID.Version, &o.ID.Kind, &o.ID.Namespace, &o.ID.Name, &o.Sum, &keys} {
			n, ok := cutUvarint(&heads)
			if !ok || n > uint64(len(heads)) {
				return io.ErrUnexpectedEOF
			}
			if *text, heads = heads[:n], heads[n:]; !utf8.ValidString(*text) {
				*text = strings.ToValidUTF8(*text, "\uFFFD")
			}
		}
		n, ok := cutUvarint(&heads)
		if !ok || n > uint64(len(fields)) {
			return io.ErrUnexpectedEOF
		}
		o.Fields, fields = fields[:n:n], fields[n:]
		if keys != "" {
			if err := json.Unmarshal([]byte(keys), &o.Keys); err != nil {
				return err
			}
		}
		b.Objects = append(b.Objects, o)
	}
	if len(fields) > 0 || uint64(len(b.Objects)) != count {
		return errors.New("there is more or less than is said")
	}
	return nil
}

// maxRoom is for how many objects room is made because a child says so.
const maxRoom = 1000

// cutUvarint takes a number off the beginning of a text.
func cutUvarint(text *string) (n uint64, ok bool) {
	head := []byte((*text)[:min(len(*text), binary.MaxVarintLen64)])
	n, size := binary.Uvarint(head)
	if size <= 0 {
		return 0, false
	}
	*text = (*text)[size:]
	return n, true
}

// RemoteDir is where the tree that is built holds what kustomizations name in other
// repositories. It is in no repository, and no directory of manifests takes it in.
const RemoteDir = ".seaworthy-remote"

// MaxBuilt bounds a target's rendered objects, 64 MiB of JSON.
const MaxBuilt = 64 << 20

// KustomizationNames are the file names that Kustomize looks for, in its order.
var KustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}
