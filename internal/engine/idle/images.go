package idle

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// imagesListed gives the entries of a kustomization's images.
func imagesListed(top *yaml.Node) (out []*entry) {
	list := document.Field(top, "images")
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	for _, node := range list.Content {
		name := short(document.Text(document.Field(document.Follow(node), "name")))
		out = append(out, &entry{node: node, list: list, key: name, text: textOf(node)})
	}
	return out
}

// images looks for entries that no image has the name of. All get a tag of their own
// first; one whose tag is not built, and may have been replaced by a later entry, is tried
// as the last. Replacements and transformers come after the images (kustomize v5.8.2) and
// may replace what those set: they are left out.
func (k *kustomization) images() func(fresh bool) {
	all := imagesListed(k.top)
	k.number(all, imagesListed(k.before))
	marked := make([]*yaml.Node, len(all))
	byMark := map[string]int{}
	for i, e := range all {
		marked[i] = markedImage(e.node, i)
		byMark[imageMark(i)] = i
	}
	built := func(images []*yaml.Node) ([]byte, bool) {
		top := k.top
		defer func() { k.top = top }()
		k.top = with(top, "images", images)
		for _, later := range []string{"replacements", "transformers"} {
			k.top = with(k.top, later, nil)
		}
		return k.built()
	}
	var first []byte
	var marks []image
	tried, ok := false, false
	return func(fresh bool) {
		for i, e := range all {
			if e.fresh != fresh || e.key == "" || !k.wanted(e.id) {
				continue
			}
			if !tried {
				first, ok = built(marked)
				tried, marks = true, imagesOf(first)
			}
			if !ok {
				return
			}
			if bytes.Contains(first, []byte(imageMark(i))) {
				continue
			}
			found := marks
			if slices.ContainsFunc(all[i+1:], func(later *entry) bool { return mayBeNamed(madeName(e.node), later.key) }) {
				out, last := built(append(plain(all[:i]), marked[i]))
				if !last {
					return
				}
				if bytes.Contains(out, []byte(imageMark(i))) {
					continue
				}
				found = imagesOf(out)
			}
			var names []string
			for _, made := range found {
				if by, marked := byMark[made.tag]; marked && by > i { // it comes before that one gives the name
					made.name = all[by].key
				}
				names = append(names, made.name)
			}
			k.out = append(k.out, task.IdlePatch{File: k.file, Line: e.node.Line, Image: true, Key: e.key, ID: e.id, Built: nearest(names, e.key)})
		}
	}
}

// plain gives the entries as they are written.
func plain(entries []*entry) (out []*yaml.Node) {
	for _, e := range entries {
		out = append(out, e.node)
	}
	return out
}

// madeName is the name that an entry of images gives, or leaves.
func madeName(node *yaml.Node) string {
	name := document.Text(document.Field(document.Follow(node), "newName"))
	if name == "" {
		name = document.Text(document.Field(document.Follow(node), "name"))
	}
	return name
}

// mayBeNamed reports whether an entry for a name may fit images that another name fits:
// both are read as regular expressions, in which a dot fits every character.
func mayBeNamed(a, b string) bool {
	if strings.ContainsAny(a+b, `\*+?()[]{}|^$`) {
		return true
	}
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && a[i] != '.' && b[i] != '.' {
			return false
		}
	}
	return true
}

// with is a kustomization that has another list under a key; none for nil.
func with(top *yaml.Node, key string, list []*yaml.Node) *yaml.Node {
	out := *top
	out.Content = nil
	for n := 0; n+1 < len(top.Content); n += 2 {
		if top.Content[n].Value != key {
			out.Content = append(out.Content, top.Content[n], top.Content[n+1])
		}
	}
	if list != nil {
		out.Content = append(out.Content, text(key), &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: list})
	}
	return &out
}

func text(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

// imageMark is a tag that nobody gives.
func imageMark(i int) string { return fmt.Sprintf("seaworthy-looks-for-entry-%d-.", i) }

// markedImage is an entry of images with a tag of its own.
func markedImage(entry *yaml.Node, i int) *yaml.Node {
	entry = document.Follow(entry)
	out := *entry
	out.Content = nil
	for n := 0; n+1 < len(entry.Content); n += 2 {
		switch entry.Content[n].Value {
		case "newTag", "digest", "tagSuffix":
		default:
			out.Content = append(out.Content, entry.Content[n], entry.Content[n+1])
		}
	}
	out.Content = append(out.Content, text("newTag"), text(imageMark(i)))
	return &out
}

// maxImages bounds the images that are named.
const maxImages = 3

var anImage = pattern.New(`(?m)^\s*(?:- )?image: "?([^\s"@]+)`)

// image is one that was built.
type image struct{ name, tag string }

func imagesOf(out []byte) (images []image) {
	for _, m := range anImage.FindAllSubmatch(out, -1) {
		name, tag := string(m[1]), ""
		if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
			name, tag = name[:i], name[i+1:]
		}
		images = append(images, image{short(name), tag})
	}
	return images
}

// nearest gives some of the names, those first that may be meant by another.
func nearest(names []string, meant string) []string {
	slices.Sort(names)
	names = slices.Compact(names)
	slices.SortStableFunc(names, func(a, b string) int { return unlike(a, meant) - unlike(b, meant) })
	return names[:min(len(names), maxImages)]
}

// unlike is 0 for images of one last name, 1 where one's is part of the other's.
func unlike(a, b string) int {
	a, b = path.Base(a), path.Base(b)
	switch {
	case a == b:
		return 0
	case strings.Contains(a, b) || strings.Contains(b, a):
		return 1
	}
	return 2
}
