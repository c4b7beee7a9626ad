// Package schema knows the form of Kubernetes' objects offline: of the built-in
// kinds, of the custom kinds of well-known projects, and of those whose
// CustomResourceDefinition a repository renders itself. It says what the API
// server would refuse an object for. It reads nothing from outside, claims
// nothing about values that cannot be seen, and is silent about kinds that it
// does not know.
package schema

import "regexp"

// Shape is the form of a value, in the few words that a comparison needs. The
// bundle holds shapes as JSON, hence the short names.
type Shape struct {
	Type Type `json:"t,omitempty"`
	// Format is int32, int64, date-time or byte; "" is any.
	Format string `json:"f,omitempty"`
	// Ref names a definition of the bundle that this shape is.
	Ref string `json:"$,omitempty"`

	Fields   map[string]*Shape `json:"p,omitempty"`
	Required []string          `json:"r,omitempty"`
	Values   *Shape            `json:"v,omitempty"` // of fields that Fields does not name
	Items    *Shape            `json:"i,omitempty"`
	Enum     []string          `json:"n,omitempty"`
	// Bounds are those of a value of a well-known project's.
	*Bounds `json:"b,omitempty"`

	// Open: fields that are not named are let through.
	Open bool `json:"o,omitempty"`
	// Embedded: an object of its own, with apiVersion, kind and metadata.
	Embedded bool `json:"e,omitempty"`

	// Of a foreign definition: see load.
	weight   int64 // of its alternatives
	enum     int64 // how many values it has
	fallback any   // the default
	pattern  *regexp.Regexp
	program  int // instructions of pattern
}

// Bounds are what a value's type does not say of it. Lengths are in characters.
type Bounds struct {
	Pattern   string   `json:"p,omitempty"`
	MinLength int      `json:"l,omitempty"`
	MaxLength int      `json:"u,omitempty"`
	Minimum   *float64 `json:"a,omitempty"`
	Maximum   *float64 `json:"z,omitempty"`
}

// Type is what a value may be.
type Type string

const (
	Any         Type = ""
	Object      Type = "o"
	Array       Type = "a"
	String      Type = "s"
	Integer     Type = "i"
	Number      Type = "n"
	Boolean     Type = "b"
	IntOrString Type = "x"
	Quantity    Type = "q"
)

// words name a type in a message.
var words = map[Type]string{Object: "a map", Array: "a list", String: "a string", Integer: "an integer", Number: "a number",
	Boolean: "true or false", IntOrString: "an integer or a string", Quantity: "a quantity"}
