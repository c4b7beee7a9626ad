package task

// Facts is what one file says about which others it reads. It follows from the
// file's content alone, so it is remembered by blob.
type Facts struct {
	Kind   string `json:"k,omitempty"` // of a kustomization: Kustomization or Component
	Broken bool   `json:"b,omitempty"` // does not parse: it may name anything
	// Global: the build touches Kustomize's process-wide schema.
	Global bool `json:"g,omitempty"`
	// Patches: a kustomization that patches, replaces, or sets images.
	Patches bool        `json:"p,omitempty"`
	Refs    []NamedPath `json:"r,omitempty"`
	// Charts are those of Helm repositories that a kustomization names.
	Charts []Packaged `json:"t,omitempty"`
	// ChartHome is where they are looked for first.
	ChartHome string `json:"w,omitempty"`
	// Open: a plugin's configuration; which files the plugin reads is not known.
	Open bool `json:"e,omitempty"`
	// Applied are the directories that Flux or Argo CD objects in the file name.
	Applied []string `json:"a,omitempty"`
	// Recursed are the directories that Argo CD's Applications in the file apply with all
	// below them.
	Recursed []string `json:"ar,omitempty"`
	// Flux: the file holds a Flux Kustomization or a FluxInstance.
	Flux     bool `json:"f,omitempty"`
	Instance bool `json:"i,omitempty"` // a FluxInstance
	Source   bool `json:"o,omitempty"` // a Flux source
	Argo     bool `json:"c,omitempty"` // an Argo CD Application, ApplicationSet or AppProject
	// Names are those of the file's Flux Kustomizations.
	Names    []string `json:"n,omitempty"`
	Releases []string `json:"h,omitempty"` // names of HelmReleases
	// Plugins are the config management plugins of Argo CD that a file defines; true of
	// those that do nothing but build a kustomization.
	Plugins map[string]bool `json:"u,omitempty"`
	// Objects counts the Kubernetes objects in a file that is read as a manifest.
	Objects int `json:"m,omitempty"`
}

// NamedPath is a path that a file names, as it stands there.
type NamedPath struct {
	Path string `json:"p"`
	As   Role   `json:"s"`
}

// Role is what a kustomization takes a named path for.
type Role byte

const (
	AsResource  Role = iota // a file, or a directory with a kustomization
	AsComponent             // a directory with a Component
	AsConfig                // a transformer's or generator's configuration, which may name more files
	AsFile                  // a file that is read as it is
	AsChart                 // a directory with a chart
)

// Builds reports whether a directory that is taken for it is built by its kustomization.
func (r Role) Builds() bool { return r != AsFile && r != AsChart }

// Scan asks what files name; the answer is one Facts for each, in their order.
type Scan struct {
	Files []ScanFile `json:"files"`
}

// ScanFile is one file to read, and as what.
type ScanFile struct {
	Path string `json:"path"`
	As   ScanAs `json:"as"`
}

// ScanAs says how to read a file.
type ScanAs byte

const (
	ScanKustomization ScanAs = iota
	ScanConfig
	ScanApplied
	ScanManifest
	ScanPlugins
)

// Idle asks which patches, images and replacements of a directory's kustomization change nothing.
type Idle struct {
	Dir string `json:"dir"`
	// Compared: the second tree is the other side's; what that has not is tried first.
	Compared bool `json:"compared,omitempty"`
	// Base: the first tree is base's.
	Base bool `json:"base,omitempty"`
	// Only are the ids of those that are asked for; empty asks for all.
	Only []string `json:"only,omitempty"`
	// Objects bounds how many objects may be built to find out, those of all builds added
	// up; a build that is under way ends. With none the patches are only read.
	Objects int `json:"objects"`
	// KubeVersion is what charts of kustomizations are rendered for; see Build.
	KubeVersion string `json:"kubeVersion,omitempty"`
}

// IdlePatch is an entry of a kustomization that changes nothing.
type IdlePatch struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Key  string `json:"key"` // the patch's file or target, bounded
	ID   string `json:"id"`  // tells it from others of its Key, on both sides alike
	// Image: an entry of images that no image has the name of; Key is that name, and Built
	// the first of those that are built.
	Image bool     `json:"image,omitempty"`
	Built []string `json:"built,omitempty"`
	// Replacement: a target of a replacement that selects no object; Key is what it selects.
	Replacement bool `json:"replacement,omitempty"`
	// Twice: a key that stands twice in one map of a patch; Key is that key.
	Twice bool `json:"twice,omitempty"`
}
