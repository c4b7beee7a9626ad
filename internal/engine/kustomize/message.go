package kustomize

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"go.yaml.in/yaml/v3"
)

// rule reads one of Kustomize's messages: where the pattern matches, the class
// is known, say (with $1 as in regexp.Expand) puts it into plain words, and
// place finds the line with what the pattern caught.
type rule struct {
	pattern *pattern.Pattern
	class   model.Class
	say     string // "" keeps Kustomize's words
	place   func(d *diagnosis, caught []string) *model.Position
	// cause, where set, finds a mistake of which the message is only what follows.
	cause func(d *diagnosis, caught []string) (say string, where, also *model.Position)
}

// id is how Kustomize writes an object in a message: Kind.version.group/name.
const id = `([A-Za-z0-9]+)\.[^/\s]*/([^\s"'\[]+?)\.(?:\[noNs\]|[a-z0-9-]+)`

func re(s string) *pattern.Pattern { return pattern.New(s) }

// rules are tried in order; the texts are those of kustomize/api v0.21.
var rules = []rule{
	{re(`no matches for Id ` + id), model.PatchTargetNotFound, "a patch names $1 `$2`, which this target does not have", placePatch, unmatched},
	{re(`failed to find unique target for patch`), model.PatchTargetNotFound, "", nil, nil},
	{re(`(add|replace|remove|test|copy|move) operation does not apply.*?: (/[^\s:']*)`), model.PatchTargetNotFound, "a patch wants to $1 `$2`, which the object does not have", placeOp, nil},
	{re(`error in (add|replace|remove|test|copy|move) for path: '([^']*)'`), model.PatchTargetNotFound, "a patch wants to $1 `$2`, which the object does not have", placeOp, nil},
	{re(`(testing) (?:value|path) (/[^\s:']*)`), model.PatchTargetNotFound, "a patch's test of `$2` does not hold", placeOp, nil},
	{re(`already registered id: ` + id), model.IDConflict, "$1 `$2` is declared twice", placeConflict, nil},
	{re(`may not add resource with an already registered id|multiple matches for Id|found multiple possible`), model.IDConflict, "", nil, nil},
	{re(`Name:"([^"]*)", Namespace:"[^"]*"\} exists; can not use behavior`), model.IDConflict, "the generator makes `$1`, which exists already: write `behavior: merge` or `replace`, or another name", placeMaker, nil},
	{re(`Name:"([^"]*)", Namespace:"[^"]*"\} does not exist; cannot merge or replace`), model.GeneratorInput, "the generator merges into `$1`, which no resource has that comes before it: components come after generators", placeMerger, nil},
	{re(`nothing selected by (.*)`), model.ReplacementNothingSelected, "the replacement's source `$1` selects nothing", placeReplacement, nil},
	{re(`unable to find field "([^"]*)" in replacement target`), model.ReplacementNothingSelected, "the replacement's target has no field `$1`", placeReplacement, nil},
	{re(`fieldPath .* is missing for replacement source|multiple matches for selector|unable to find or create field|delimiter option is not|options is only supported`), model.ReplacementNothingSelected, "", placeReplacement, nil},
	{re(`literal sources?[ :]+\[([^\]]*)\]`), model.GeneratorInput, "a literal of the generator is not of the form key=value", placeText, nil},
	{re(`(file|env) sources?[ :]+\[([^\]]*)\]`), model.GeneratorInput, "an entry under the generator's ${1}s cannot be read: expected key=file, or lines of key=value", placeText, nil},
	{re(`loading KV pairs`), model.GeneratorInput, "the generator's inputs cannot be read: expected lines of key=value in UTF-8", nil, nil},
	{re(`configmap (\S+) illegally repeats the key .([^` + "`" + `]*).`), model.GeneratorInput, "the generator of `$1` gives the key `$2` twice", placeRepeated, nil},
	{re(`a (?:configmap|secret) must have a name`), model.GeneratorInput, "an entry of the generators has no `name`", placeUnnamed, nil},
	{re(`cannot add key|invalid key |is not a valid key|duplicate key in (?:config|secret)`), model.GeneratorInput, "", nil, nil},
	{re(`must specify --enable-helm`), model.HelmChartsRefused, "a chart is rendered here by the helm program, which a review does not run", nil, nil},
	{re(`external plugins disabled|unable to load external plugin|exec.*disabled`), model.PluginRefused, "", nil, nil},
	{re(`no 'git' program|network access is refused|URL is a git repository|hit .* timeout running`), model.RemoteBase, "something lies in another repository, and was not fetched", nil, nil},
	{re(`cycle detected`), model.Cycle, "", nil, nil},
	{re(`expected kind 'Component' for path '([^']*)'`), model.InvalidKustomization, "`$1` stands under `components:` but is no Component", placeComponent, nil},
	{re(`expected kind != 'Component' for path '([^']*)'`), model.InvalidKustomization, "`$1` is a Component: it belongs under `components:`", placeComponent, nil},
	{re(`resource with name (\S+) does not match a config with the following GVK`), model.InvalidKustomization, "`replicas` names `$1`, and nothing of that name here has replicas", placeReplicas, uncounted},
	{re(`must specify a target for JSON patch`), model.InvalidKustomization, "an entry of `patches` is a JSON 6902 patch, and has no `target`", placeUnaimed, nil},
	{re(`must specify one of patch and path`), model.InvalidKustomization, "an entry of `patches` needs either `patch` or `path`", placeEmptyPatch, nil},
	{re(`Multiple Strategic-Merge Patches in one`), model.InvalidKustomization, "an entry of `patches` with a `target` may hold one strategic-merge patch alone", placeSeveral, nil},
	{re(`Unexpected kind: (\S+)`), model.InvalidKustomization, "JSON 6902 patches have no operation `$1`", placeOperation, nil},
	{re(`var '\{(\S+) .*cannot be mapped to a field`), model.InvalidKustomization, "the variable `$1` under `vars` leads to no object here", placeVariable, nil},
	{re(`field specified in var '\{(\S+) .*not found in corresponding resource`), model.InvalidKustomization, "the variable `$1` under `vars` leads to a field that its object does not have", placeVariable, nil},
	{re(`the field 'sortOptions\.order' must be one of \[([^\]]*)\]`), model.InvalidKustomization, "`sortOptions.order` must be one of $1", placeSort, nil},
	{re(`parse SM or JSON patch from \[path: "([^"]*)"\]`), model.InvalidKustomization, "`$1` is neither a strategic-merge nor a JSON 6902 patch", placePath, nil},
	{re(`parse SM or JSON patch`), model.InvalidKustomization, "an entry of `patches` is neither a strategic-merge patch (`apiVersion`, `kind` and `metadata.name` are needed) nor a JSON 6902 patch", placeInline, nil},
	{re(`unable to parse.*patch|trouble configuring builtin`), model.InvalidKustomization, "", nil, nil},
	{re(`nested deeper than`), model.TooLarge, "", nil, nil},
}

// fromMessage makes the problem out of Kustomize's own message.
func (d *diagnosis) fromMessage(dir string) *model.Problem {
	p := &model.Problem{Class: model.InvalidKustomization, Message: plain(d.cause)}
	if t := d.fsys.trouble; t != nil {
		return &model.Problem{Class: t.Class, Message: t.Message}
	}
	message := plain(d.cause)
	for _, r := range rules {
		caught := r.pattern.FindStringSubmatch(message)
		if caught == nil {
			continue
		}
		p.Class = r.class
		if r.say != "" {
			said := r.pattern.ExpandString(nil, r.say, message, r.pattern.FindStringSubmatchIndex(message))
			p.Message = shorten(string(said))
		}
		if r.place != nil {
			p.Location = r.place(d, caught)
		}
		if r.cause != nil {
			if say, where, also := r.cause(d, caught); where != nil {
				p.Message, p.Location, p.Also = shorten(say), where, also
			}
		}
		return p
	}
	return p
}

// fallback is the target's own kustomization file.
func (d *diagnosis) fallback(dir string) *model.Position {
	for _, k := range d.visited {
		if k.dir == dir {
			return at(k.file, nil)
		}
	}
	return at(dir, nil)
}

// maxMessage bounds a message, in bytes.
const maxMessage = 500

// address is a pointer that Kustomize prints; it differs between two runs.
var address = re(` ?&\{0x[0-9a-f]+ <nil>\}`)

// quotation is a piece of a file that a message quotes: it could be a secret. A key of a
// generator and a path to a field are none.
var (
	quotation = re("(?s)(?:the key |fieldPath )?`[^`]*`")
	quotedKey = re("^(?:the key |fieldPath )`[A-Za-z0-9._/\\[\\]=-]{1,200}`$")
)

var wrapping = pattern.New(`(?:accumulation err='accumulating resources from '[^']*': read [^':]*: is a directory'|accumulating resources|accumulation err='|recursed accumulation of path '[^']*'|recursed merging from path '[^']*'|merging resources from '[^']*'): ?`)

// plain takes the made-up root and the layers of wrapping from a message.
func plain(s string) string {
	s = strings.ReplaceAll(s, Mount+"/", "")
	s = strings.ReplaceAll(s, Mount, "the repository's root")
	s = wrapping.ReplaceAllString(s, "")
	s = address.ReplaceAllString(s, "")
	s = quotation.ReplaceAllStringFunc(s, func(quoted string) string {
		if quotedKey.MatchString(quoted) {
			return quoted
		}
		return "`…`"
	})
	return shorten(strings.ReplaceAll(strings.TrimSpace(s), "\n", " "))
}

// shorten cuts a message at runes' borders, in its middle: it ends with what is wrong.
func shorten(s string) string {
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage/3], "") + " … " + strings.ToValidUTF8(s[len(s)-maxMessage*2/3:], "")
	}
	return s
}

// last finds the last thing of this kind and name; a name that a prefix or
// suffix was put on still ends or starts with the written one.
func last(list []named, kind, name string) *model.Position {
	for i := len(list) - 1; i >= 0; i-- {
		if n := list[i]; (n.kind == kind || kind == "") && n.name != "" && n.name == name {
			return n.where
		}
	}
	for i := len(list) - 1; i >= 0; i-- {
		if n := list[i]; (n.kind == kind || kind == "") && n.name != "" && strings.Contains(name, n.name) {
			return n.where
		}
	}
	return nil
}

func placePatch(d *diagnosis, caught []string) *model.Position {
	return last(d.patched, caught[1], caught[2])
}

func placeOp(d *diagnosis, caught []string) *model.Position {
	for _, op := range d.ops {
		if op.name == caught[2] {
			return op.where
		}
	}
	if len(d.ops) == 1 {
		return d.ops[0].where
	}
	return nil
}

// placeConflict is the entry that includes the same file or directory once more;
// without one, the later of the declarations. Where two kustomizations include
// it, it is the entry of the outer one.
func placeConflict(d *diagnosis, caught []string) *model.Position {
	declared := last(d.declared, caught[1], caught[2])
	if declared == nil {
		return nil
	}
	at := map[model.Position]bool{}
	for _, o := range d.declared {
		if o.kind == caught[1] && strings.Contains(caught[2], o.name) {
			at[*o.where] = true
		}
	}
	if len(at) > 1 {
		return declared
	}
	return d.includedAgain(declared.File)
}

// includedAgain finds the entry by which a file, or a directory that it lies in,
// is included for the second time; nil where none is.
func (d *diagnosis) includedAgain(file string) *model.Position {
	entries := map[string][]*model.Position{}
	read := map[string]bool{}
	for _, k := range d.visited {
		if read[k.file] {
			continue
		}
		read[k.file] = true
		for _, name := range []string{"resources", "bases", "components"} {
			list := document.Field(k.top, name)
			if list == nil {
				continue
			}
			for _, n := range list.Content {
				n = document.Follow(n)
				included := path.Join(k.dir, n.Value)
				entries[included] = append(entries[included], at(k.file, n))
			}
		}
	}
	for included := file; included != "." && included != "/"; included = path.Dir(included) {
		list := entries[included]
		if len(list) < 2 {
			continue
		}
		if list[0].File == list[1].File {
			return list[1]
		}
		return list[0]
	}
	return nil
}

// inKustomizations finds the last node, of the lists under the given fields of
// all kustomizations, that the test accepts.
func (d *diagnosis) inKustomizations(fields []string, accept func(entry *yaml.Node) *yaml.Node) *model.Position {
	for i := len(d.visited) - 1; i >= 0; i-- {
		k := d.visited[i]
		for _, name := range fields {
			list := document.Field(k.top, name)
			if list == nil {
				continue
			}
			for j := len(list.Content) - 1; j >= 0; j-- {
				if n := accept(document.Follow(list.Content[j])); n != nil {
					return at(k.file, n)
				}
			}
		}
	}
	return nil
}

// placeComponent finds the entry that leads to a directory.
func placeComponent(d *diagnosis, caught []string) *model.Position {
	for _, k := range d.visited {
		for _, name := range []string{"resources", "bases", "components"} {
			list := document.Field(k.top, name)
			if list == nil {
				continue
			}
			for _, n := range list.Content {
				if path.Join(k.dir, document.Follow(n).Value) == caught[1] {
					return at(k.file, n)
				}
			}
		}
	}
	return nil
}

// placePath finds the patch that is read from a file.
func placePath(d *diagnosis, caught []string) *model.Position {
	return d.inKustomizations([]string{"patches", "patchesJson6902"}, func(entry *yaml.Node) *yaml.Node {
		if n := document.Field(entry, "path"); document.Text(n) == caught[1] {
			return n
		}
		return nil
	})
}

var generatorFields = []string{"configMapGenerator", "secretGenerator"}

// placeMaker finds the generator that makes what a base of it makes already; placeMerger
// one that merges into what none makes.
func placeMaker(d *diagnosis, caught []string) *model.Position {
	return d.outerGenerator(caught[1], false)
}

func placeMerger(d *diagnosis, caught []string) *model.Position {
	return d.outerGenerator(caught[1], true)
}

// outerGenerator finds the outermost generator of a name that merges or replaces, or that
// does not: it comes last.
func (d *diagnosis) outerGenerator(name string, merges bool) *model.Position {
	for _, k := range d.visited {
		for _, field := range generatorFields {
			list := document.Field(k.top, field)
			if list == nil {
				continue
			}
			for _, entry := range slices.Backward(list.Content) {
				entry = document.Follow(entry)
				behavior := document.Text(document.Field(entry, "behavior"))
				if n := document.Field(entry, "name"); document.Text(n) != "" && strings.Contains(name, n.Value) && merges == (behavior == "merge" || behavior == "replace") {
					return at(k.file, n)
				}
			}
		}
	}
	return nil
}

// placeText finds a generator's entry that stands in the message as written.
func placeText(d *diagnosis, caught []string) *model.Position {
	return d.inKustomizations(generatorFields, func(entry *yaml.Node) *yaml.Node {
		for _, key := range []string{"literals", "files", "envs"} {
			if list := document.Field(entry, key); list != nil {
				for _, n := range list.Content {
					if n = document.Follow(n); n.Value != "" && strings.Contains(d.cause, n.Value) {
						return n
					}
				}
			}
		}
		return nil
	})
}

// placeReplacement finds the replacement that the message speaks of, else the
// only one there is.
func placeReplacement(d *diagnosis, caught []string) *model.Position {
	var all []*model.Position
	found := d.inKustomizations([]string{"replacements"}, func(entry *yaml.Node) *yaml.Node {
		return findValue(entry, func(v string) bool { return len(caught) > 1 && v != "" && v == replaced(caught[1]) })
	})
	if found != nil {
		return found
	}
	d.inKustomizations([]string{"replacements"}, func(entry *yaml.Node) *yaml.Node {
		all = append(all, nil)
		return nil
	})
	if len(all) != 1 {
		return nil
	}
	return d.inKustomizations([]string{"replacements"}, func(entry *yaml.Node) *yaml.Node { return entry })
}

// replaced is the field path, or the source's name, in what a message says of a
// replacement.
func replaced(said string) string {
	if _, rest, ok := strings.Cut(said, "/"); ok { // ConfigMap.v1.[noGrp]/name.[noNs]:data.key
		name, _, _ := strings.Cut(rest, ".[")
		return name
	}
	return said
}

// findValue finds the first scalar that the test accepts, at any depth.
func findValue(n *yaml.Node, accept func(string) bool) *yaml.Node {
	if n.Kind == yaml.ScalarNode && accept(n.Value) {
		return n
	}
	for _, c := range n.Content {
		if found := findValue(c, accept); found != nil {
			return found
		}
	}
	return nil
}
