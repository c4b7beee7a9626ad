package model

// Side says which of the two commits something belongs to.
type Side string

const (
	Base Side = "base"
	Head Side = "head"
)

// Precision says how exact a Position is. A wrong line is worse than a coarser one.
type Precision string

const (
	// AtLine: this line made the field what it is.
	AtLine Precision = "line"
	// AtObject: the object is declared here; which line of it is not known.
	AtObject Precision = "object"
	// AtFile: only the file is known; Line is 1.
	AtFile Precision = "file"
)

// Position is a place in a file of the repository. Lines count from 1.
type Position struct {
	File      string    `json:"file"`
	Line      int       `json:"line"`
	EndLine   int       `json:"endLine,omitempty"`
	Precision Precision `json:"precision"`
	Side      Side      `json:"side"`
}
