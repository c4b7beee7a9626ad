package model

// ValueNote is what is to be said of a value that is given to a chart: no template reads
// it, or, where Number is set, it arrives as another text.
type ValueNote struct {
	Path  []string `json:"path"`  // keys, from the values of the chart that is rendered
	Chart string   `json:"chart"` // the name of the one that it is for
	// Like is a key that the chart reads and that may be meant, as `helm --set` writes
	// it; "" for none.
	Like string `json:"like,omitempty"`
	// Number is what is given, Text how it arrives, and Where in which object and field
	// first.
	Number string `json:"number,omitempty"`
	Text   string `json:"text,omitempty"`
	Where  string `json:"where,omitempty"`
	// File and Line tell where it stands; "" where an object has it.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}
