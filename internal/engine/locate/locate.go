package locate

// Files is what may be read of one side. Paths are relative to the repository's
// root, "." is the root; symlinks inside the repository are followed.
type Files interface {
	// Read gives a file's content; model.ErrNotExist, model.ErrOutside,
	// model.ErrTooLarge are told apart by errors.Is.
	Read(path string) ([]byte, error)
	IsDir(path string) bool
	// List gives the names in a directory, sorted.
	List(dir string) []string
}
