package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"go.yaml.in/yaml/v3"
	sigs "sigs.k8s.io/yaml"
)

// Parse reads the repository's file. checks are the ids that exist. The
// mistakes are in the order of their lines.
func Parse(content []byte, checks []string) (config.File, []config.Mistake) {
	p := &parser{catalogue: checks, checks: checks}
	var doc yaml.Node
	if err := yaml.Unmarshal(content, &doc); err != nil {
		line := 1
		if m := lineOf.FindStringSubmatch(err.Error()); m != nil {
			_, _ = fmt.Sscan(m[1], &line) // digits by the pattern
		}
		p.wrong(&yaml.Node{Line: line}, "the file is not valid YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		p.mistakes[0].Whole = true
		return p.file, p.mistakes
	}
	if len(doc.Content) == 0 {
		return p.file, nil
	}
	p.checks = slices.Concat(checks, ruleIDs(doc.Content[0]))
	p.top(doc.Content[0])
	if doc.Content[0].Kind != yaml.MappingNode {
		p.mistakes[0].Whole = true
	}
	sort.SliceStable(p.mistakes, func(i, j int) bool { return p.mistakes[i].Line < p.mistakes[j].Line })
	return p.file, p.mistakes
}

var lineOf = pattern.New(`line (\d+)`)

type parser struct {
	catalogue []string // ids that exist without the file
	checks    []string // the same, and those of its rules
	file      config.File
	mistakes  []config.Mistake
}

func (p *parser) wrong(n *yaml.Node, format string, args ...any) {
	p.mistakes = append(p.mistakes, config.Mistake{Line: n.Line, Message: fmt.Sprintf(format, args...)})
}

// fields reads a map: every known key by its reader, every other is a mistake.
func (p *parser) fields(n *yaml.Node, what string, readers map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.wrong(n, "%s must be a map", what)
		return
	}
	known := make([]string, 0, len(readers))
	for k := range readers {
		known = append(known, k)
	}
	sort.Strings(known)
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		read, ok := readers[key.Value]
		switch {
		case !ok:
			p.wrong(key, "%s has no key `%s`%s", what, key.Value, config.Suggest(key.Value, known))
		case seen[key.Value]:
			p.wrong(key, "`%s` stands twice; the first counts", key.Value)
		default:
			seen[key.Value] = true
			read(n.Content[i+1])
		}
	}
}

func (p *parser) top(n *yaml.Node) {
	versioned := false
	p.fields(n, "the file", map[string]func(*yaml.Node){
		"version": func(n *yaml.Node) {
			versioned = true
			if n.Value != "1" {
				p.wrong(n, "version %s is not known; write `version: 1`", n.Value)
			}
		},
		"gate": func(n *yaml.Node) {
			p.file.Gate, p.file.GateLine = p.oneOf(n, "gate", "standard", "strict", "report"), n.Line
		},
		"minimum":   p.minimum,
		"branches":  func(n *yaml.Node) { p.file.Branches = p.texts(n, "branches") },
		"consumers": func(n *yaml.Node) { p.file.Consumers = p.globs(n, "consumers") },
		"impact": func(n *yaml.Node) {
			var wanted bool
			if n.Decode(&wanted) != nil {
				p.wrong(n, "impact must be true or false")
				return
			}
			p.file.NoImpact = !wanted
		},
		"mirrors":    func(n *yaml.Node) { p.file.Mirrors = p.texts(n, "mirrors") },
		"kubernetes": p.kubernetes,
		"clusters":   func(n *yaml.Node) { p.list(n, "clusters", p.cluster) },
		"targets": func(n *yaml.Node) {
			p.fields(n, "targets", map[string]func(*yaml.Node){
				"exclude":   func(n *yaml.Node) { p.file.Exclude = p.targetGlobs(n, "targets.exclude") },
				"unapplied": func(n *yaml.Node) { p.file.Unapplied = p.targetGlobs(n, "targets.unapplied") },
			})
		},
		"checks":   p.checkSettings,
		"rules":    func(n *yaml.Node) { p.list(n, "rules", p.rule) },
		"waivers":  func(n *yaml.Node) { p.list(n, "waivers", p.waiver) },
		"evidence": p.evidence,
		"reviews": func(n *yaml.Node) {
			when := func(into *string, what string) func(*yaml.Node) {
				return func(n *yaml.Node) { *into = p.oneOf(n, what, "always", config.Asked) }
			}
			of := &p.file.Reviews
			p.fields(n, "reviews", map[string]func(*yaml.Node){"drafts": when(&of.Drafts, "drafts"), "forks": when(&of.Forks, "forks"), "bots": when(&of.Bots, "bots")})
		},
		"audit": func(n *yaml.Node) {
			p.fields(n, "audit", map[string]func(*yaml.Node){
				"every": func(n *yaml.Node) { p.file.Audit.Every = p.oneOf(n, "every", "daily", "weekly", "monthly", "off") },
				"issue": func(n *yaml.Node) {
					if n.Decode(&p.file.Audit.Issue) != nil {
						p.wrong(n, "issue must be true or false")
					}
				},
			})
		},
	})
	if !versioned && n.Kind == yaml.MappingNode {
		p.wrong(n, "`version: 1` is missing")
	}
}

func (p *parser) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		p.wrong(n, "%s must be a text", what)
		return ""
	}
	return n.Value
}

func (p *parser) oneOf(n *yaml.Node, what string, allowed ...string) string {
	if !slices.Contains(allowed, n.Value) {
		p.wrong(n, "%s must be one of %s, not `%s`", what, strings.Join(allowed, ", "), n.Value)
		return ""
	}
	return n.Value
}

var severities = []string{"critical", "high", "medium", "low", "info"}

func (p *parser) list(n *yaml.Node, what string, item func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		p.wrong(n, "%s must be a list", what)
		return
	}
	for _, c := range n.Content {
		item(c)
	}
}

func (p *parser) texts(n *yaml.Node, what string) (out []string) {
	p.list(n, what, func(n *yaml.Node) {
		if s := p.text(n, "an entry of "+what); s != "" {
			out = append(out, s)
		}
	})
	return out
}

func (p *parser) globs(n *yaml.Node, what string) (out []string) {
	p.list(n, what, func(n *yaml.Node) {
		s := p.text(n, "an entry of "+what)
		switch {
		case s == "":
		case !doublestar.ValidatePattern(s):
			p.wrong(n, "`%s` is no valid glob", s)
		default:
			out = append(out, s)
		}
	})
	return out
}

// targetGlobs are globs of targets, whose lines are kept.
func (p *parser) targetGlobs(n *yaml.Node, what string) []string {
	if p.file.GlobLines == nil {
		p.file.GlobLines = map[string]int{}
	}
	for _, item := range n.Content {
		p.file.GlobLines[item.Value] = item.Line
	}
	return p.globs(n, what)
}

var kubernetesVersion = pattern.New(`^1\.\d{1,2}$`)

func (p *parser) kubernetes(n *yaml.Node) {
	switch {
	case !kubernetesVersion.MatchString(n.Value):
		p.wrong(n, "kubernetes must be a minor version in quotes, such as \"1.33\", not `%s`", n.Value)
	case n.ShortTag() == "!!float":
		p.wrong(n, "put the Kubernetes version in quotes: YAML reads 1.30 as 1.3")
		p.file.Kubernetes = n.Value
	default:
		p.file.Kubernetes = n.Value
	}
}

func (p *parser) cluster(n *yaml.Node) {
	c := config.Cluster{Line: n.Line}
	p.fields(n, "a cluster", map[string]func(*yaml.Node){
		"name":        func(n *yaml.Node) { c.Name = p.text(n, "name") },
		"path":        func(n *yaml.Node) { c.Path = strings.Trim(p.text(n, "path"), "/") },
		"destination": func(n *yaml.Node) { c.Destinations = p.oneOrMore(n, "destination") },
		"environment": func(n *yaml.Node) { c.Environment = p.text(n, "environment") },
	})
	if c.Name == "" || c.Path == "" && len(c.Destinations) == 0 {
		p.wrong(n, "a cluster needs a name, and a path or a destination")
		return
	}
	p.file.Clusters = append(p.file.Clusters, c)
}

func (p *parser) checkSettings(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.wrong(n, "checks must be a map of check ids")
		return
	}
	p.file.Checks = map[string]config.Check{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		id := n.Content[i]
		if !slices.Contains(p.checks, id.Value) {
			p.wrong(id, "there is no check `%s`%s", id.Value, config.Suggest(id.Value, p.checks))
			continue
		}
		c := config.Check{Line: id.Line}
		p.fields(n.Content[i+1], "`"+id.Value+"`", map[string]func(*yaml.Node){
			"severity": func(n *yaml.Node) {
				c.Severity = p.oneOf(n, "severity", severities...)
			},
			"enabled": func(n *yaml.Node) {
				var on bool
				if n.Decode(&on) != nil {
					p.wrong(n, "enabled must be true or false")
					return
				}
				c.Enabled = &on
			},
			"locked":  func(n *yaml.Node) { c.Locked = p.locked(n) },
			"options": func(n *yaml.Node) { c.Options, c.Line = p.json(n), n.Line },
		})
		p.file.Checks[id.Value] = c
	}
}

// json is a subtree as JSON, for the check's own type to be decoded from.
func (p *parser) json(n *yaml.Node) json.RawMessage {
	text, err := yaml.Marshal(n)
	if err == nil {
		text, err = sigs.YAMLToJSON(text)
	}
	if err != nil {
		p.wrong(n, "options cannot be read: %s", err)
		return nil
	}
	return text
}

func (p *parser) evidence(n *yaml.Node) {
	e := &p.file.Evidence
	p.fields(n, "evidence", map[string]func(*yaml.Node){
		"dir":          func(n *yaml.Node) { e.Dir = p.text(n, "dir") },
		"environments": func(n *yaml.Node) { e.Environments = p.texts(n, "environments") },
		"maxAgeDays": func(n *yaml.Node) {
			if n.Decode(&e.MaxAgeDays) != nil || e.MaxAgeDays <= 0 {
				e.MaxAgeDays = 0
				p.wrong(n, "maxAgeDays must be a number of days above 0")
			}
		},
	})
}
