package model

// ClearText is a credential that stands readable in a file, without itself.
type ClearText struct {
	File string        `json:"f"`
	Line int           `json:"l"` // from 1
	Sort ClearTextSort `json:"s"`
	// Name is what holds it: a Secret's namespace/name, a key, the credential's
	// form.
	Name string   `json:"n"`
	Keys []string `json:"k,omitempty"` // of a Secret's manifest, in their order
	// Mark is a short digest of the text, by which the two sides' pair.
	Mark string `json:"m,omitempty"`
	// Meant: a comment on the line says, in the words of a scanner for secrets, that
	// it is none.
	Meant bool `json:"x,omitempty"`
}

// ClearTextSort says as what a credential stands there.
type ClearTextSort string

const (
	InSecret    ClearTextSort = "secret"    // in a Secret's manifest; one of all its keys
	InValues    ClearTextSort = "value"     // under a key that is named like one
	InGenerator ClearTextSort = "generator" // in what a Secret is generated from
	ByForm      ClearTextSort = "form"      // by its own form
	NotSeen     ClearTextSort = "unseen"    // the file could not be looked at within the limits
)
