package argo

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// placed finds the lines of values in the files that give them, the last first; those of
// another place stand in the object that asks.
func (a *application) placed(notes []model.ValueNote, files []string) []model.ValueNote {
	if len(notes) == 0 {
		return nil
	}
	lines := map[string]map[string]int{}
	for _, file := range files {
		if content, err := a.own.Files.Read(file); err == nil && !strings.HasPrefix(file, "/") {
			lines[file] = document.Lines(content)
		}
	}
	for i, v := range notes {
		for _, file := range slices.Backward(files) {
			if line := lines[file][model.Pointer(model.FieldSteps(v.Path))]; line > 0 && notes[i].File == "" {
				notes[i].File, notes[i].Line = file, line
			}
		}
	}
	return notes
}
