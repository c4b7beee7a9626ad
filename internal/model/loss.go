package model

// Loss is a value that a tool turns into another on its way into an object, without
// saying so.
type Loss struct {
	Name        string // the variable that brings it in
	Object      ObjectID
	Field       string // JSON Pointer into the object
	Text, Value string // what was written, and what arrives
	Where       *Position
}
