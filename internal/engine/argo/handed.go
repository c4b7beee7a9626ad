package argo

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// maxValues bounds a values file that is read for what it says.
const maxValues = 1 << 20

// handed notes what a chart that is not to be had is given: it stands in for the objects
// that the chart would make. Nothing secret is in it.
func (a *application) handed(index int, part task.ArgoPart) {
	h := part.Helm
	if h == nil {
		return
	}
	out := model.Handed{Part: index}
	lost := func() { out.Tiers = nil } // what could not be read may override all before it
	add := func(content []byte, t model.Tier) {
		values, err := decode.YAML(content)
		tree, ok := values.(map[string]any)
		switch {
		case err != nil || len(content) > maxValues || !ok && values != nil || redact.IsEncrypted(string(content)):
			lost()
			return
		case len(tree) == 0:
			return
		}
		if t.File != "" {
			t.Lines = document.Lines(content)
		}
		t.Values = a.secrets.Shown(tree)
		out.Tiers = append(out.Tiers, t)
	}
	for _, file := range h.ValueFiles {
		if strings.HasPrefix(file, "/") { // of the chart itself
			lost()
			continue
		}
		content, err := a.own.Files.Read(file)
		switch {
		case errors.Is(err, model.ErrNotExist) && h.IgnoreMissing:
		case err != nil:
			lost()
		default:
			add(content, model.Tier{File: file})
		}
	}
	if h.Values != "" && len(h.ValuesObject) == 0 {
		add([]byte(h.Values), model.Tier{At: []model.Step{model.FieldStep("values")}})
	}
	if content, err := json.Marshal(h.ValuesObject); err == nil && len(h.ValuesObject) > 0 {
		add(content, model.Tier{At: []model.Step{model.FieldStep("valuesObject")}})
	}
	for _, list := range []struct {
		field string
		items []map[string]any
	}{{"parameters", h.Parameters}, {"fileParameters", h.FileParameters}} {
		for i, p := range list.items {
			name := text(p["name"])
			last := name[strings.LastIndexByte(name, '.')+1:]
			shown, _ := a.secrets.Shown(map[string]any{last: text(p["value"])})[last].(string) // of a file it is ""
			out.Tiers = append(out.Tiers, model.Tier{Name: name, Text: shown,
				At: []model.Step{model.FieldStep(list.field), model.ItemStep(i), model.FieldStep("value")}})
		}
	}
	if len(out.Tiers) > 0 {
		a.more.Handed = append(a.more.Handed, out)
	}
}
