// Package review compares two snapshots, runs the checks over the difference
// and judges the result. It is pure: no I/O, no clock, no GitHub. The same input
// gives the same report, byte for byte.
package review

import (
	"encoding/json"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Schema names the form of a Report's JSON. It only grows.
const Schema = "seaworthy/review/v1"

// Conclusion is the verdict of a review, in GitHub's words.
type Conclusion string

const (
	Success Conclusion = "success"
	Neutral Conclusion = "neutral"
	Failure Conclusion = "failure"
)

// Report is everything that a review says. Its JSON is the command line's
// contract.
type Report struct {
	Schema     string         `json:"schema"`
	Base       string         `json:"base"`      // commit given
	MergeBase  string         `json:"mergeBase"` // commit rendered
	Head       string         `json:"head"`
	AsOf       time.Time      `json:"asOf"`
	Gate       Gate           `json:"gate"`
	Conclusion Conclusion     `json:"conclusion"`
	Complete   bool           `json:"complete"`
	Incomplete []Incomplete   `json:"incomplete"`
	Targets    []TargetResult `json:"targets"`
	Changes    []Change       `json:"changes"`
	Findings   []Finding      `json:"findings"`
	// Account says of each file that differs who reads it and what became of that.
	Account []model.FileAccount `json:"account"`
	// Impact is what the change does in repositories that use this one; nil where
	// nobody looked.
	Impact *model.Impact `json:"impact,omitempty"`
	Stats  Stats         `json:"stats"`

	Broken    []Broken    `json:"-"` // checks that panicked, for the log
	Recovered []Recovered `json:"-"` // panics that checks went on after, for the log

	// Checks, Hidden and Places are an audit's: what became of each check, in the
	// order of their ids, what no target shows, and the answers to Input.Places.
	Checks []CheckResult     `json:"-"`
	Hidden []string          `json:"-"` // releases whose charts no target renders
	Places []*model.Position `json:"-"`
}

// Incomplete is something that is not visible from here.
type Incomplete struct {
	Target  string          `json:"target"`
	Class   model.Class     `json:"class"`
	Message string          `json:"message"`
	Where   *model.Position `json:"location,omitempty"`
	// Reached: the change can alter what is not visible; it bars success.
	Reached bool `json:"reached"`

	maker model.ObjectID // the object that makes what is not visible, if one does
}

// TargetResult is what became of one target on both sides.
type TargetResult struct {
	ID      string         `json:"id"`
	Kind    model.Kind     `json:"kind"`
	Path    string         `json:"path"`
	Cluster string         `json:"cluster"`
	Base    model.Status   `json:"base"`
	Head    model.Status   `json:"head"`
	Changed bool           `json:"changed"` // the rendered objects differ
	Error   *model.Problem `json:"error,omitempty"`
}

// Kinds of Change.
const (
	Added    = "added"
	Removed  = "removed"
	Modified = "modified"
)

// Change is one object's difference, in all targets in which it changed so.
type Change struct {
	Group    int             `json:"group"` // entries with equal field changes share it
	Targets  []string        `json:"targets"`
	Change   string          `json:"change"`
	Object   model.ObjectID  `json:"object"` // head's identity; base's when removed
	OldName  string          `json:"oldName,omitempty"`
	Location *model.Position `json:"location,omitempty"`
	Fields   []Field         `json:"fields,omitempty"`
	Notes    []string        `json:"notes,omitempty"`

	// Base and Head are the object on the two sides; nil where it is not there.
	// Where the targets render it differently, they are those of the first.
	Base, Head *model.Object `json:"-"`

	// Unsure: the object is gone as far as can be seen, and may be in what cannot be had
	// of the target now, and could in base, or was something else.
	Unsure bool `json:"-"`

	// pairs are Base and Head of each of the targets, equal ones once.
	pairs [][2]*model.Object
}

// Field is one changed place in an object: a scalar, or the root of a subtree
// or list item that came or went.
type Field struct {
	Path     string          `json:"path"` // JSON Pointer, into base for what was removed
	Before   Value           `json:"before,omitzero"`
	After    Value           `json:"after,omitzero"`
	Location *model.Position `json:"location,omitempty"`

	// Steps lead to the place in head; for something removed to its nearest
	// surviving ancestor, and Gone goes on from there.
	Steps, Gone []model.Step `json:"-"`
}

// Value is a JSON value that may be absent. It marshals as people may see it:
// secrets are replaced.
type Value struct {
	Set bool
	V   any
}

// Some is a Value that is there.
func Some(v any) Value { return Value{Set: true, V: v} }

// IsZero reports whether the value is absent.
func (v Value) IsZero() bool { return !v.Set }

// MarshalJSON writes the value with its secrets replaced.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(model.Show(v.V)) }

// UnmarshalJSON reads a value back.
func (v *Value) UnmarshalJSON(b []byte) error {
	v.Set = true
	return json.Unmarshal(b, &v.V)
}

// Severity is how bad a finding is.
type Severity string

const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Rank orders severities: the worse, the higher; 0 for an unknown word.
func (s Severity) Rank() int {
	return map[Severity]int{Info: 1, Low: 2, Medium: 3, High: 4, Critical: 5}[s]
}

// FindingStatus says how a finding came to be.
type FindingStatus string

const (
	New      FindingStatus = "new"
	Worse    FindingStatus = "worse"
	Existing FindingStatus = "existing"
	Fixed    FindingStatus = "fixed"
	Waived   FindingStatus = "waived"
	Unknown  FindingStatus = "unknown"
)

// Finding is a fact that a check found, with its place.
type Finding struct {
	Check       string           `json:"check"`
	Severity    Severity         `json:"severity"`
	Status      FindingStatus    `json:"status"`
	Blocking    bool             `json:"blocking"` // it alone would make the conclusion failure
	Targets     []string         `json:"targets,omitempty"`
	Object      *model.ObjectID  `json:"object,omitempty"`
	Objects     []model.ObjectID `json:"objects,omitempty"` // all identities of one cause
	Field       string           `json:"field,omitempty"`
	Location    *model.Position  `json:"location,omitempty"`
	Searched    []string         `json:"searched,omitempty"` // globs, for something that is absent
	Title       string           `json:"title"`
	Message     string           `json:"message"`
	Remediation string           `json:"remediation"`
	Docs        string           `json:"docs"`

	// Alike are the further objects of which the same is so: Objects without what
	// the message speaks of besides.
	Alike []model.ObjectID `json:"-"`

	on   *model.Object // the object on the side that has the finding
	side model.Side
	gone bool         // on is base's, and head has it no longer
	at   []model.Step // in what asks for the target, where it stands there

	meant string          // see Hit.Meant
	since *model.Object   // see Hit.Since
	asks  *model.ObjectID // of what is not visible for a field: the object that has it

	unanswered bool     // see NotAnswered
	copied     *Finding // what base said of another object, where that makes this one old: see disown
}

// Stats counts what a review did. It is the only part of a Report that may
// differ between two runs.
type Stats struct {
	Targets      int   `json:"targets"`
	Rendered     int   `json:"rendered"`
	Reused       int   `json:"reused"`
	Milliseconds int64 `json:"milliseconds"`
}
