package model

// IdlePatch is an entry of a kustomization's patches that changes nothing.
type IdlePatch struct {
	File string
	Line int
	What string // the patch's file or target
}
