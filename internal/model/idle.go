package model

// IdlePatch is an entry of a kustomization's patches, images or replacements that changes nothing.
type IdlePatch struct {
	Dir  string // of the kustomization
	File string
	Line int
	What string // the patch's file or target
	ID   string // tells it from others of that What, on both sides alike
	// Image: it is no patch but an entry of images whose name no image has that is built,
	// and What is that name.
	Image bool
	Built []string // the first names of images that are built
	// Replacement: it is no patch but a target of a replacement that selects no object.
	Replacement bool
	// Twice: What is a key that stands twice in one map of a patch.
	Twice bool
}
