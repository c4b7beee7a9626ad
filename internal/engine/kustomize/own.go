package kustomize

import (
	"path"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/api/types"
)

// Own finds the kustomization file of a directory; where it has none, file is
// where one would stand.
func Own(fsys *FS, dir string) (file string, content []byte, found bool) {
	for _, name := range task.KustomizationNames {
		file = path.Join(dir, name)
		if content, ok := fsys.Made[file]; ok { // an experiment's
			return file, content, true
		}
		if n := fsys.Files.Node(file); n.Type == sandbox.IsFile {
			return file, n.Content, true
		}
	}
	return path.Join(dir, task.KustomizationNames[0]), nil, false
}

// AddImage merges an image into the kustomization's; tag and digest choose the
// version together, so one replaces both.
func AddImage(k *types.Kustomization, image types.Image) {
	for i := range k.Images {
		if k.Images[i].Name != image.Name {
			continue
		}
		if image.NewName != "" {
			k.Images[i].NewName = image.NewName
		}
		if image.NewTag != "" || image.Digest != "" {
			k.Images[i].NewTag, k.Images[i].Digest = image.NewTag, image.Digest
		}
		return
	}
	k.Images = append(k.Images, types.Image{Name: image.Name, NewName: image.NewName, NewTag: image.NewTag, Digest: image.Digest})
}
