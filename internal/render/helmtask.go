package render

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// helmObjects renders a HelmRelease.
func helmObjects(task buildTask, files []*sandbox.Files, in *inputs) ([]map[string]any, remarks, error) {
	h := task.Helm
	object := h.Object
	if h.Self != nil {
		var err error
		if object, err = in.self(*h.Self, "HelmRelease"); err != nil {
			return nil, remarks{}, err
		}
	}
	chart := chartFiles{Files: files[h.Tree], Path: h.Dir, Reviewed: h.Own}
	if h.Dir == "" {
		chart.Path, chart.Packaged = model.ChartFile, true
	}
	var failed error
	out, err := renderRelease(release{
		Object: object, Chart: chart, ValuesFiles: h.ValuesFiles, IgnoreMissingValuesFiles: h.IgnoreMissing,
		KubeVersion: h.KubeVersion, APIVersions: h.APIVersions, Secrets: in.secrets,
		Reference: func(kind, name string) referent {
			r, err := in.referent(h.From, kind, name)
			if err != nil && failed == nil {
				failed = err
			}
			return r
		},
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, remarks{}, err
	}
	more := remarks{notes: out.Notes}
	for _, text := range out.Unseen {
		more.unseen = append(more.unseen, unseen{Text: text})
	}
	return out.Objects, more, nil
}

// referent gives a ConfigMap or Secret that a release reads.
func (in *inputs) referent(from []values, kind, name string) (referent, error) {
	for _, v := range from {
		if v.Kind != kind || v.Name != name {
			continue
		}
		data, ok, err := in.keys(v)
		if err != nil || !ok {
			return referent{}, err
		}
		r := referent{Found: true, Data: make(map[string][]byte, len(data))}
		for key, text := range data {
			r.Data[key] = []byte(text)
			if kind == "Secret" && in.secrets.decoy {
				r.Data[key] = []byte(decoyValues(text))
			}
			r.Hidden = r.Hidden || isEncrypted(text) || model.Redacted(text)
		}
		return r, nil
	}
	return referent{}, nil
}
