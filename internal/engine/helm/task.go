package helm

import (
	"encoding/json"

	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Objects renders a HelmRelease.
func Objects(want task.Build, files []*sandbox.Files, in *input.Set) ([]map[string]any, object.Remarks, error) {
	h := want.Helm
	applied, err := in.Applied(h.Object, h.Self, "HelmRelease")
	if err != nil {
		return nil, object.Remarks{}, err
	}
	chart := ChartFiles{Files: files[h.Tree], Path: h.Dir, Reviewed: h.Own, Fetched: FetchedOf(want.Charts, files)}
	if h.Dir == "" {
		chart.Path, chart.Packaged = model.ChartFile, true
	}
	var failed error
	out, err := Render(Release{
		Object: applied, Chart: chart, ValuesFiles: h.ValuesFiles, IgnoreMissingValuesFiles: h.IgnoreMissing,
		KubeVersion: h.KubeVersion, APIVersions: h.APIVersions, Open: h.Open, Secrets: in.Secrets,
		Reference: func(kind, name string) input.Referent {
			r, err := in.Referent(h.From, kind, name)
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
		return nil, object.Remarks{}, err
	}
	values := ""
	if given, err := json.Marshal(out.Values); err == nil && len(out.Unseen) == 0 {
		values = in.Secrets.Print(string(given))
	}
	return out.Objects, object.Remarks{Values: values, Unseen: out.Unseen, Notes: out.Notes, Chart: out.Version, ChartName: out.Name, Otherwise: out.Otherwise, ValueNotes: out.ValueNotes}, nil
}
