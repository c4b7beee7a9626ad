package argo

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// placed finds the lines of values in the files that give them, the last first; those of
// another place stand in the object that asks.
func (a *application) placed(unread []model.Unread, files []string) []model.Unread {
	if len(unread) == 0 {
		return nil
	}
	lines := map[string]map[string]int{}
	for _, file := range files {
		if content, err := a.own.Files.Read(file); err == nil && !strings.HasPrefix(file, "/") {
			lines[file] = document.Lines(content)
		}
	}
	for i, u := range unread {
		for _, file := range slices.Backward(files) {
			if line := lines[file][model.Pointer(model.FieldSteps(u.Path))]; line > 0 && unread[i].File == "" {
				unread[i].File, unread[i].Line = file, line
			}
		}
	}
	return unread
}
