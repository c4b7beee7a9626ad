package argo

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/helm"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Inflate lets a build render the charts that kustomizations name. tests are kept where
// something applies them.
func Inflate(fsys *kustomize.FS, kubeVersion string, tests bool, secrets *redact.Redactor, more *object.Remarks) {
	inflate(fsys, helm.Inflation{KubeVersion: kubeVersion, Secrets: secrets}, tests, more)
}

// inflate is Inflate for charts that are told of a cluster as the first says.
func inflate(fsys *kustomize.FS, told helm.Inflation, tests bool, more *object.Remarks) {
	fsys.Inflate = func(c kustomize.Chart) ([]map[string]any, error) {
		c.SkipTests = c.SkipTests || !tests
		out, err := helm.Inflate(helm.Inflation{
			HelmChart: c.HelmChart, KubeVersion: told.KubeVersion, Secrets: told.Secrets, Handed: told.Handed, APIs: told.APIs,
			Chart: helm.ChartFiles{Files: fsys.Files, Path: c.Path, Packaged: c.Packaged, Reviewed: !c.Packaged},
			Read: func(file string) ([]byte, error) {
				if strings.Contains(file, "://") {
					return nil, model.ErrNotExist
				}
				at := path.Join(c.Dir, file)
				if content, ok := fsys.Made[at]; ok { // an experiment's
					return content, nil
				}
				return fsys.Files.Read(at)
			},
		})
		more.Notes = append(more.Notes, out.Notes...)
		more.Otherwise = append(more.Otherwise, out.Otherwise...)
		return out.Objects, err
	}
}
