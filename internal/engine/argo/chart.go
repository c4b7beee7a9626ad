package argo

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/helm"
	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// chart renders a chart. Values files, values and parameters override each other in this
// order; the former as valuesFrom entries do. beside reads a file of where the chart is.
func (a *application) chart(part task.ArgoPart, chart helm.ChartFiles, beside func(string) ([]byte, error)) ([]map[string]any, error) {
	h := part.Helm
	if h == nil {
		h = &task.ArgoHelm{}
	}
	name := h.ReleaseName
	if name == "" {
		name = a.want.Name
	}
	if err := helm.ValidName(name); err != nil {
		return nil, err
	}
	var from []any
	data := map[string][]byte{}
	add := func(content []byte, ref map[string]any) {
		key := fmt.Sprint(len(from))
		data[key] = content
		ref["kind"], ref["name"], ref["valuesKey"] = "ConfigMap", "values", key
		from = append(from, ref)
	}
	read := func(file string) ([]byte, error) {
		if inside, ok := strings.CutPrefix(file, "/"); ok {
			return beside(inside)
		}
		return a.own.Files.Read(file)
	}
	for i, file := range h.ValueFiles {
		content, err := read(file)
		switch {
		case errors.Is(err, model.ErrNotExist) && h.IgnoreMissing:
			continue
		case err != nil:
			why := "cannot be read"
			if errors.Is(err, model.ErrNotExist) {
				why = "does not exist"
			}
			return nil, &model.Problem{Class: model.MissingFile, Message: fmt.Sprintf("the values file `%s` %s", file, why),
				Field: []model.Step{model.FieldStep("helm"), model.FieldStep("valueFiles"), model.ItemStep(i)}}
		}
		add(content, map[string]any{})
	}
	if h.Values != "" && len(h.ValuesObject) == 0 { // Argo CD takes one of them
		add([]byte(h.Values), map[string]any{})
	}
	if len(h.ValuesObject) > 0 {
		content, err := json.Marshal(h.ValuesObject)
		if err != nil {
			return nil, err
		}
		add(content, map[string]any{})
	}
	parameters, err := a.parameters(part, *h, read)
	if err != nil {
		return nil, err
	}
	install := map[string]any{"disableSchemaValidation": h.SkipSchemaValidation}
	if h.SkipCRDs {
		install["crds"] = "Skip"
	}
	spec := map[string]any{"releaseName": name, "targetNamespace": cmp.Or(h.Namespace, a.want.Namespace), "valuesFrom": from, "install": install}
	out, err := helm.Render(helm.Release{
		Object: map[string]any{"metadata": map[string]any{"name": name, "namespace": a.want.Namespace}, "spec": spec},
		Chart:  chart, KubeVersion: cmp.Or(h.KubeVersion, a.want.KubeVersion), APIVersions: h.APIVersions, Secrets: a.secrets, LastWins: true, Templated: true, Parameters: parameters,
		Reference: func(string, string) input.Referent { return input.Referent{Data: data, Found: true} },
	})
	if err != nil {
		return nil, valuesAt(err, *h, read)
	}
	a.more.Notes = append(a.more.Notes, out.Notes...)
	a.more.Otherwise = append(a.more.Otherwise, out.Otherwise...)
	a.more.ValueNotes = append(a.more.ValueNotes, a.placed(out.ValueNotes, h.ValueFiles)...)
	for _, fields := range out.Objects {
		withoutOrigin(fields)
	}
	return out.Objects, nil
}

// valuesAt says, of values that are refused, which file or field is not valid YAML, if one
// is: the first, which is where Helm stops.
func valuesAt(err error, h task.ArgoHelm, read func(string) ([]byte, error)) error {
	var known *model.Problem
	if !errors.As(err, &known) || known.Class != model.ValuesInvalid {
		return err
	}
	for _, file := range h.ValueFiles {
		content, unread := read(file)
		if unread != nil {
			continue
		}
		wrong := helm.CheckValues(content)
		if wrong == nil {
			continue
		}
		p := &model.Problem{Class: model.ValuesInvalid, Message: fmt.Sprintf("the values file `%s` is not valid YAML: %s", file, oneLine(wrong))}
		if !strings.HasPrefix(file, "/") { // else it is of another repository, or of a chart
			line := kustomize.SyntaxLine(content)
			p.Location = &model.Position{File: path.Clean(file), Line: max(line, 1), EndLine: max(line, 1), Precision: model.AtLine}
			if line == 0 {
				p.Location.Precision = model.AtFile
			}
		}
		return p
	}
	if wrong := helm.CheckValues([]byte(h.Values)); wrong != nil && len(h.ValuesObject) == 0 {
		return &model.Problem{Class: model.ValuesInvalid, Message: "`helm.values` is not valid YAML: " + oneLine(wrong),
			Field: []model.Step{model.FieldStep("helm"), model.FieldStep("values")}}
	}
	return err
}

// oneLine is what the parser says, without the line that it names: the block's, and not
// the wrong one.
func oneLine(err error) string {
	return strings.ReplaceAll(parsing.ReplaceAllString(err.Error(), ""), "\n", " ")
}

var parsing = pattern.New(`^(?:error converting YAML to JSON: )?(?:yaml: )?(?:line \d+: )?`)

// parameters are what Argo CD gives to `helm template` by --set, --set-string and
// --set-file, in the order in which Helm takes them; of two of one name the last counts
// (argo-cd v3, util/helm).
func (a *application) parameters(part task.ArgoPart, h task.ArgoHelm, read func(string) ([]byte, error)) ([]helm.Parameter, error) {
	var all []helm.Parameter
	add := func(p helm.Parameter) {
		all = slices.DeleteFunc(all, func(q helm.Parameter) bool { return q.Name == p.Name && q.Flag == p.Flag })
		all = append(all, p)
	}
	for _, p := range h.Parameters {
		flag := helm.Set
		if p["forceString"] == true {
			flag = helm.SetString
		}
		add(helm.Parameter{Name: text(p["name"]), Value: escaped(text(p["value"])), Flag: flag})
	}
	for i, p := range h.FileParameters {
		file := path.Join(part.Dir, text(p["path"]))
		if part.Chart != nil || part.Git != nil {
			file = path.Join("/", file)
		}
		content, err := read(file)
		if err != nil {
			return nil, &model.Problem{Class: model.MissingFile, Message: fmt.Sprintf("the file `%s` of a parameter cannot be read", file),
				Field: []model.Step{model.FieldStep("helm"), model.FieldStep("fileParameters"), model.ItemStep(i), model.FieldStep("path")}}
		}
		add(helm.Parameter{Name: text(p["name"]), Value: string(content), Flag: helm.SetFile})
	}
	slices.SortStableFunc(all, func(a, b helm.Parameter) int { return cmp.Compare(a.Flag, b.Flag) })
	return all, nil
}

// text is a field of a parameter; "" for none.
func text(field any) string {
	if field == nil {
		return ""
	}
	return fmt.Sprint(field)
}

// escaped keeps commas in a value, which separate values on the command line, but for a
// list in braces (argo-cd v3, cleanSetParameters).
func escaped(value string) string {
	if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
		return value
	}
	var out strings.Builder
	var before rune
	for _, r := range value {
		if r == ',' && before != '\\' {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
		before = r
	}
	return out.String()
}

// withoutOrigin takes off the labels by which helm-controller knows its objects.
func withoutOrigin(fields map[string]any) {
	meta, _ := fields["metadata"].(map[string]any)
	labels, _ := meta["labels"].(map[string]any)
	delete(labels, "helm.toolkit.fluxcd.io/name")
	delete(labels, "helm.toolkit.fluxcd.io/namespace")
	if len(labels) == 0 {
		delete(meta, "labels")
	}
}
