package model

// Repeat is an object that a target's files define more than once, not alike: one of them
// is applied, and the others have no effect.
type Repeat struct {
	Object ObjectID   `json:"object"`
	At     []Position `json:"at"` // where each stands: the last is applied
}
