package argo

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/helm"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
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
		read := func(at string) ([]byte, error) {
			if content, ok := fsys.Made[at]; ok { // an experiment's
				return content, nil
			}
			return fsys.Files.Read(at)
		}
		out, err := helm.Inflate(helm.Inflation{
			HelmChart: c.HelmChart, KubeVersion: told.KubeVersion, Secrets: told.Secrets, Handed: told.Handed, APIs: told.APIs,
			Chart: helm.ChartFiles{Files: fsys.Files, Path: c.Path, Packaged: c.Packaged, Reviewed: !c.Packaged},
			Read: func(file string) ([]byte, error) {
				if strings.Contains(file, "://") {
					return nil, model.ErrNotExist
				}
				return read(path.Join(c.Dir, file))
			},
		})
		more.Notes = append(more.Notes, out.Notes...)
		more.Otherwise = append(more.Otherwise, out.Otherwise...)
		return out.Objects, valuesAt(err, task.ArgoHelm{ValueFiles: valueFiles(c)}, read)
	}
}

// valueFiles are the files of values of a kustomization's chart, by their paths.
func valueFiles(c kustomize.Chart) (files []string) {
	if c.ValuesFile == "" && !c.Packaged {
		files = append(files, path.Join(c.Path, "values.yaml"))
	}
	for _, file := range append([]string{c.ValuesFile}, c.AdditionalValuesFiles...) {
		if file != "" && !strings.Contains(file, "://") {
			files = append(files, path.Join(c.Dir, file))
		}
	}
	return files
}
