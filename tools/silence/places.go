package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// place is one value that can be changed.
type place struct {
	file         string
	line, column int    // from 1
	was, becomes string // the scalar as it is written
	edit         string // for people
	manifest     bool   // the file holds Kubernetes objects
	plain        bool   // the value is one of an object that renders as it stands
}

// apply changes the value in the file's content.
func (p place) apply(content []byte) []byte {
	lines := bytes.SplitAfter(content, []byte("\n"))
	line := lines[p.line-1]
	at := p.column - 1
	changed := append(append(append([]byte{}, line[:at]...), p.becomes...), line[at+len(p.was):]...)
	lines[p.line-1] = changed
	return bytes.Join(lines, nil)
}

// places lists the values of all YAML files.
func (t *tool) places() ([]place, error) {
	files, err := exec.Command("git", "-C", t.copy, "ls-files", "-z").Output()
	if err != nil {
		return nil, err
	}
	var out []place
	for _, file := range strings.Split(strings.TrimRight(string(files), "\x00"), "\x00") {
		if ext := filepath.Ext(file); ext != ".yaml" && ext != ".yml" || strings.HasPrefix(file, ".") {
			continue
		}
		info, err := os.Lstat(filepath.Join(t.copy, file))
		if err != nil || !info.Mode().IsRegular() || info.Size() > 200_000 {
			continue
		}
		content, err := os.ReadFile(filepath.Join(t.copy, file))
		if err != nil {
			return nil, err
		}
		out = append(out, placesIn(file, content)...)
	}
	return out, nil
}

func placesIn(file string, content []byte) (out []place) {
	lines := strings.Split(string(content), "\n")
	d := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var doc yaml.Node
		if d.Decode(&doc) != nil {
			break
		}
		if len(doc.Content) != 1 {
			continue
		}
		top := doc.Content[0]
		kind, version := scalarOf(top, "kind"), scalarOf(top, "apiVersion")
		f := finder{file: file, lines: lines, manifest: kind != "" && version != "",
			// What others act on changes something else than its own text.
			plain: kind == "Deployment" || kind == "Service" || kind == "ConfigMap" || kind == "Namespace" || kind == "StatefulSet" || kind == "Ingress"}
		f.walk(top, "")
		out = append(out, f.found...)
	}
	return out
}

type finder struct {
	file            string
	lines           []string
	manifest, plain bool
	found           []place
}

func (f *finder) walk(n *yaml.Node, path string) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			f.walk(n.Content[i+1], path+"."+n.Content[i].Value)
		}
	case yaml.SequenceNode:
		for i, child := range n.Content {
			f.walk(child, path+"["+strconv.Itoa(i)+"]")
		}
	case yaml.ScalarNode:
		f.scalar(n, path)
	}
}

// scalar notes a plain scalar that another value can take the place of, in its own
// line.
func (f *finder) scalar(n *yaml.Node, path string) {
	if n.Style != 0 || n.Value == "" || n.Line < 1 || n.Line > len(f.lines) || n.Anchor != "" {
		return
	}
	line := f.lines[n.Line-1]
	if at := n.Column - 1; at < 0 || at+len(n.Value) > len(line) || line[at:at+len(n.Value)] != n.Value {
		return
	}
	if path == ".apiVersion" || path == ".kind" {
		return
	}
	becomes := n.Value + "x"
	switch n.ShortTag() {
	case "!!bool":
		becomes = map[string]string{"true": "false", "false": "true"}[n.Value]
	case "!!int":
		v, err := strconv.Atoi(n.Value)
		if err != nil {
			return
		}
		becomes = strconv.Itoa(v + 1)
	case "!!str":
	default:
		return
	}
	if becomes == "" {
		return
	}
	f.found = append(f.found, place{file: f.file, line: n.Line, column: n.Column, was: n.Value, becomes: becomes,
		edit: strings.TrimPrefix(path, ".") + ": " + short(n.Value) + " → " + short(becomes), manifest: f.manifest,
		plain: f.plain && f.manifest && !setBack.MatchString(path)})
}

func short(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

func scalarOf(n *yaml.Node, key string) string {
	if n.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1].Value
		}
	}
	return ""
}

// setBack matches what a kustomization may set whatever the manifest says: the name and
// the namespace, and by its common labels those of objects, pods and selectors.
var setBack = regexp.MustCompile(`^\.metadata\.(name|namespace)$|metadata\.(labels|annotations)\.|[mM]atchLabels\.|\.selector\.`)
