package model

// Handed is what an Application of Argo CD gives to a chart that is not rendered.
type Handed struct {
	// Release is the Application, as its ApplicationSet makes it where one does.
	Release *Object `json:"-"`
	// Under leads to the chart's options in the object that asks for the target.
	Under []Step `json:"-"`
	// Part is which of the Application's sources it is, among those that are built.
	Part  int    `json:"part"`
	Tiers []Tier `json:"tiers"` // the last wins
}

// Tier is one layer of values: a file of the repository, a part of the chart's options,
// or one parameter.
type Tier struct {
	File string `json:"file,omitempty"`
	// Lines are those of the values in File, by their JSON Pointers.
	Lines map[string]int `json:"lines,omitempty"`
	// At leads to a part of the chart's options.
	At     []Step         `json:"at,omitempty"`
	Values map[string]any `json:"values,omitempty"`
	// Name is a parameter's, as `helm --set` writes it; its value is Text.
	Name string `json:"name,omitempty"`
	Text string `json:"text,omitempty"`
}
