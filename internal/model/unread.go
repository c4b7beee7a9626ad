package model

// Unread is a value that is given to a chart none of whose templates reads it.
type Unread struct {
	Path  []string `json:"path"`  // keys, from the values of the chart that is rendered
	Chart string   `json:"chart"` // the name of the one that it is for
	// Like is a key that the chart reads and that may be meant, as `helm --set` writes
	// it; "" for none.
	Like string `json:"like,omitempty"`
	// File and Line tell where it stands; "" where an object has it.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}
