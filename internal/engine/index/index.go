// Package index reads the index of a Helm repository, which is whatever a stranger's
// server says that it is.
package index

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Handle reads a tree's task.IndexFile: it gives the versions of every chart. The
// tree of the text is not built twice: only the entries are decoded, and aliases,
// with which a small text can be a huge one, are the decoder's to bound.
func Handle(_ json.RawMessage, files []*sandbox.Files) (any, error) {
	body, err := files[0].Read(task.IndexFile)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", task.IndexFile, err)
	}
	var index struct {
		Entries map[string][]task.ChartVersion `yaml:"entries"`
	}
	if yaml.Unmarshal(body, &index) != nil {
		return nil, errors.New("the index is not valid") // the library's message quotes it
	}
	return index.Entries, nil
}
