package task

// Settings asks for what the repository's own file says; the answer is a
// config.Parsed.
type Settings struct {
	Path   string   `json:"path"`
	Checks []string `json:"checks"` // ids that exist
}
