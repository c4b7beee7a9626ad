package appset

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

type gitGenerator struct {
	RepoURL         string            `json:"repoURL"`
	Revision        string            `json:"revision"`
	Directories     []gitPath         `json:"directories"`
	Files           []gitPath         `json:"files"`
	Values          map[string]string `json:"values"`
	PathParamPrefix string            `json:"pathParamPrefix"`
	RequeueAfter    int               `json:"requeueAfterSeconds"`
}

type gitPath struct {
	Path    string `json:"path"`
	Exclude bool   `json:"exclude"`
}

// git gives the parameters of directories or files of this repository.
func (s *set) git(g *gitGenerator) ([]parameters, error) {
	s.repositories = append(s.repositories, [2]string{g.RepoURL, g.Revision})
	switch {
	case len(g.Directories) > 0:
		return s.directories(g)
	case len(g.Files) > 0:
		return s.fromFiles(g)
	}
	return nil, errors.New("a git generator names neither directories nor files")
}

func (s *set) directories(g *gitGenerator) ([]parameters, error) {
	found := map[string]bool{}
	for _, d := range g.Directories {
		if !d.Exclude {
			if _, err := path.Match(d.Path, ""); err == nil {
				s.matching("", strings.Split(d.Path, "/"), found)
			}
		}
	}
	var out []parameters
	for _, dir := range slices.Sorted(maps.Keys(found)) {
		if slices.ContainsFunc(g.Directories, func(d gitPath) bool { ok, _ := path.Match(d.Path, dir); return ok && d.Exclude }) {
			continue
		}
		values := map[string]any{}
		s.pathParameters(g, values, dir, "")
		p, err := s.withValues(g, parameters{values: values})
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// matching finds the directories that fit a pattern, a part at a time. Hidden ones are
// none.
func (s *set) matching(at string, parts []string, found map[string]bool) {
	for _, name := range s.files.List(path.Clean(at)) {
		if ok, _ := path.Match(parts[0], name); !ok || strings.HasPrefix(name, ".") {
			continue
		}
		dir := path.Join(at, name)
		if n := s.files.Node(dir); n.Type != sandbox.IsDir || n.Real != dir {
			continue
		}
		if len(parts) == 1 {
			found[dir] = true
			continue
		}
		s.matching(dir, parts[1:], found)
	}
}

// fromFiles gives the parameters that files hold.
func (s *set) fromFiles(g *gitGenerator) ([]parameters, error) {
	found := map[string]bool{}
	for _, exclude := range []bool{false, true} { // what is excluded is so wherever it stands
		for _, f := range g.Files {
			if f.Exclude != exclude {
				continue
			}
			names, err := s.named(f.Path)
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				found[name] = !exclude
			}
		}
	}
	var out []parameters
	for _, file := range slices.Sorted(maps.Keys(found)) {
		if !found[file] {
			continue
		}
		content, err := s.files.Read(file)
		if err != nil {
			return nil, fmt.Errorf("`%s` cannot be read", file)
		}
		objects, err := objectsOf(content)
		if err != nil {
			return nil, fmt.Errorf("`%s` is neither a map nor a list of maps", file)
		}
		for _, object := range objects {
			values := map[string]any{}
			if s.goTemplate {
				maps.Copy(values, object)
			} else {
				flat := map[string]string{}
				flatten("", object, flat, 0)
				for key, text := range flat {
					values[key] = text
				}
			}
			s.pathParameters(g, values, path.Dir(file), path.Base(file))
			p, err := s.withValues(g, parameters{values: values, files: []string{file}})
			if err != nil {
				return nil, err
			}
			out = append(out, p)
		}
	}
	return out, nil
}

func objectsOf(content []byte) (list []map[string]any, err error) {
	var one map[string]any
	if yaml.Unmarshal(content, &one) == nil { // of an empty file too
		return []map[string]any{one}, nil
	}
	err = yaml.Unmarshal(content, &list)
	return list, err
}

// named gives the files that a pattern names. By default Argo CD asks git, to which `*`
// is any text, slashes too; its newer globbing, which is to be switched on, stops there.
// Where the two differ, it is not known which holds.
func (s *set) named(pattern string) ([]string, error) {
	pattern = strings.TrimPrefix(path.Clean("/"+pattern), "/")
	if !strings.ContainsAny(pattern, "*?[\\") {
		if s.files.Node(pattern).Type == sandbox.IsFile {
			return []string{pattern}, nil
		}
		if !s.files.IsDir(pattern) {
			return nil, nil
		}
		return nil, fmt.Errorf("`%s` of a git generator names a directory, of which git gives all files", pattern)
	}
	var byGit, byGlob []string
	s.walk(path.Dir(pattern[:strings.IndexAny(pattern, "*?[\\")]+"x"), 0, func(file string) {
		if glob.Git(pattern, file) {
			byGit = append(byGit, file)
		}
		if glob.Match(pattern, file) {
			byGlob = append(byGlob, file)
		}
	})
	if !slices.Equal(byGit, byGlob) {
		return nil, fmt.Errorf("which files `%s` names depends on how Argo CD is set up (the new git file globbing)", pattern)
	}
	return byGit, nil
}

// maxLevels bounds how deep directories are looked into.
const maxLevels = 50

func (s *set) walk(dir string, level int, do func(string)) {
	for _, name := range s.files.List(dir) {
		p := path.Join(dir, name)
		switch n := s.files.Node(p); {
		case n.Type == sandbox.IsDir && n.Real == p && level < maxLevels:
			s.walk(p, level+1, do)
		case n.Type != sandbox.IsDir && n.Type != sandbox.IsMissing:
			do(p)
		}
	}
}

// pathParameters are those that a git generator makes of a directory, or of a file in it.
func (s *set) pathParameters(g *gitGenerator, values map[string]any, dir, file string) {
	segments := strings.Split(dir, "/")
	if s.goTemplate {
		at := map[string]any{"path": dir, "basename": path.Base(dir), "basenameNormalized": normalized(path.Base(dir)), "segments": segments}
		if file != "" {
			at["filename"], at["filenameNormalized"] = file, normalized(file)
		}
		if g.PathParamPrefix != "" {
			values[g.PathParamPrefix] = map[string]any{"path": at}
		} else {
			values["path"] = at
		}
		return
	}
	name := "path"
	if g.PathParamPrefix != "" {
		name = g.PathParamPrefix + ".path"
	}
	values[name], values[name+".basename"], values[name+".basenameNormalized"] = dir, path.Base(dir), normalized(path.Base(dir))
	if file != "" {
		values[name+".filename"], values[name+".filenameNormalized"] = file, normalized(file)
	}
	for i, segment := range segments {
		values[fmt.Sprintf("%s[%d]", name, i)] = segment
	}
}

// withValues adds a git generator's `values`, which may use its other parameters.
func (s *set) withValues(g *gitGenerator, p parameters) (parameters, error) {
	more := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(g.Values)) {
		text, err := s.replace(g.Values[name], p.values)
		if err != nil {
			return p, err
		}
		more[name] = text
	}
	switch {
	case len(more) == 0:
	case s.goTemplate:
		p.values["values"] = more
	default:
		for name, text := range more {
			p.values["values."+name] = text
		}
	}
	return p, nil
}
