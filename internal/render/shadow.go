package render

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// shownObjects builds a task's objects, and hides in them all that depends on the
// value of a Secret. To look for the value is not enough: variables and templates
// cut it, alter its case, encode it, make keys and names of it. So what reads a
// Secret is built a second time, with other letters and digits in the place of
// the Secret's; where the two differ, the Secret shows.
func shownObjects(task buildTask, fsys *treeFS, files []*sandbox.Files, secrets *redactor) ([]map[string]any, remarks, error) {
	objects, more, err := rawObjects(task, fsys, files, secrets)
	if !secrets.fed || task.Reveal {
		return objects, more, err
	}
	secrets.decoy = true
	others, said, failed := rawObjects(task, taskFS(task, files), files, secrets)
	secrets.decoy = false
	switch {
	case err != nil:
		p := *explain(task, fsys, files, err)
		if failed == nil || explain(task, taskFS(task, files), files, failed).Message != p.Message {
			p.Message = "it does not build, and why cannot be shown: the message depends on the value of a Secret"
		}
		return nil, remarks{}, &p
	case failed != nil || len(others) != len(objects):
		return nil, remarks{}, &model.Problem{Class: model.SubstitutionUnresolved,
			Message: "whether it builds, or how many objects it has, depends on the value of a Secret: it cannot be shown"}
	}
	for i := range objects {
		id := identify(objects[i])
		secrets.judged, secrets.veiled = judged(id), nil
		objects[i], _ = secrets.differing(objects[i], others[i], "").(map[string]any)
		if n := len(secrets.veiled); n > 0 {
			slices.Sort(secrets.veiled)
			more.unseen = append(more.unseen, unseen{Print: sumOf(secrets.veiled),
				Text: fmt.Sprintf("%d fields of a %s take the value of a Secret: no check can see it", n, model.RedactedName(identify(objects[i]).Kind))})
		}
	}
	more.notes = slices.DeleteFunc(more.notes, func(n string) bool { return !slices.Contains(said.notes, n) })
	return objects, more, nil
}

// judged reports whether hidden fields of an object keep checks from their
// verdict. ConfigMaps and Secrets may hold what they like, and Kustomizations and
// HelmReleases pass values on to objects that are looked at themselves.
func judged(id model.ObjectID) bool {
	passes := id.Group == kustomizeGroup && id.Kind == "Kustomization" || id.Group == helmGroup && id.Kind == "HelmRelease"
	return !passes && (id.Group != "" || id.Kind != "Secret" && id.Kind != "ConfigMap")
}

// differing hides in a value, which stands under a key, what is not the same in
// another one. An environment variable, or a field for a credential, is where a
// Secret's value is expected.
func (r *redactor) differing(value, other any, key string) any {
	switch v := value.(type) {
	case map[string]any:
		o, ok := other.(map[string]any)
		if !ok {
			return r.all(v)
		}
		out := make(map[string]any, len(v))
		for k, child := range v {
			childKey := k
			if v["name"] != nil && k == "value" {
				childKey = "credential"
			}
			if twin, same := o[k]; same {
				out[k] = r.differing(child, twin, childKey)
			} else {
				out[model.RedactedName(r.hide(k))] = r.all(child)
			}
		}
		return out
	case []any:
		o, ok := other.([]any)
		if !ok || len(o) != len(v) {
			return r.all(v)
		}
		for i := range v {
			v[i] = r.differing(v[i], o[i], key)
		}
		return v
	}
	switch other.(type) {
	case map[string]any, []any:
		return r.all(value)
	}
	if value != other {
		hidden := r.all(value)
		if text, ok := hidden.(string); ok && r.judged && !credential.KeyNames(key) {
			r.veiled = append(r.veiled, text)
		}
		return hidden
	}
	return value
}

// decoy is a text of the same form in which every ASCII letter and digit is
// another one.
func decoy(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return 'a' + (c-'a'+7)%26
		case c >= 'A' && c <= 'Z':
			return 'A' + (c-'A'+7)%26
		case c >= '0' && c <= '9':
			return '0' + (c-'0'+7)%10
		case c > 127:
			return '¿'
		}
		return c
	}, text)
}

// decoyValues is a decoy of a Secret that holds a chart's values: the credentials
// in it are others. Other values stay, as a chart may compare or parse them.
func decoyValues(text string) string {
	var doc map[string]any
	if yaml.Unmarshal([]byte(text), &doc) != nil || doc == nil {
		return decoy(text)
	}
	out, err := yaml.Marshal(decoyLeaves(doc, ""))
	if err != nil {
		return decoy(text)
	}
	return string(out)
}

func decoyLeaves(value any, key string) any {
	switch v := value.(type) {
	case map[string]any:
		name, _ := v["name"].(string)
		for k, child := range v {
			childKey := k
			if k == "value" && name != "" {
				childKey = name
			}
			v[k] = decoyLeaves(child, childKey)
		}
	case []any:
		for i := range v {
			v[i] = decoyLeaves(v[i], key)
		}
	case string:
		if credentialNamed(key, v) {
			return decoy(v)
		}
	case float64:
		if credential.KeyNames(key) {
			return decoy(fmt.Sprint(v))
		}
	}
	return value
}
