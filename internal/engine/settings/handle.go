// Package settings parses the repository's own file. It runs in a child: the file
// is a pull request's.
package settings

import (
	"encoding/json"
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Handle does a task.Settings: it gives a config.Parsed.
func Handle(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var want task.Settings
	if err := json.Unmarshal(payload, &want); err != nil {
		return nil, err
	}
	content, err := files[0].Read(want.Path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", want.Path, err)
	}
	var out config.Parsed
	out.File, out.Mistakes = Parse(content, want.Checks)
	return out, nil
}
