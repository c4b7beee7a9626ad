package settings

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func (p *parser) waiver(n *yaml.Node) {
	w, before := config.Waiver{Line: n.Line}, len(p.mistakes)
	p.fields(n, "a waiver", map[string]func(*yaml.Node){
		"check": func(n *yaml.Node) {
			if w.Check = p.text(n, "check"); !slices.Contains(p.checks, w.Check) {
				p.wrong(n, "there is no check `%s`%s", w.Check, config.Suggest(w.Check, p.checks))
			}
		},
		"object":   func(n *yaml.Node) { w.Object = p.text(n, "object") },
		"path":     func(n *yaml.Node) { w.Path = p.text(n, "path") },
		"selector": func(n *yaml.Node) { w.Selector = p.selector(n) },
		"targets":  func(n *yaml.Node) { w.Targets = p.oneOrMore(n, "targets") },
		"cluster":  func(n *yaml.Node) { w.Clusters = p.oneOrMore(n, "cluster") },
		"reason":   func(n *yaml.Node) { w.Reason = p.text(n, "reason") },
		"owner":    func(n *yaml.Node) { w.Owner = p.text(n, "owner") },
		"expires": func(n *yaml.Node) {
			day, err := time.Parse(time.DateOnly, n.Value)
			if err != nil {
				p.wrong(n, "expires must be a day such as 2027-03-31, not `%s`", n.Value)
			}
			w.Expires = day
		},
	})
	var missing []string
	for name, absent := range map[string]bool{"check": w.Check == "", "owner": w.Owner == "", "reason": w.Reason == "", "expires": w.Expires.IsZero()} {
		if absent {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		p.wrong(n, "a waiver without %s is no waiver", strings.Join(missing, " and "))
		return
	}
	if len(p.mistakes) == before { // one that is understood in part would cover more than it says
		p.file.Waivers = append(p.file.Waivers, w)
	}
}

// selector reads a label selector, written as kubectl does or as objects do.
func (p *parser) selector(n *yaml.Node) string {
	var s labels.Selector
	var err error
	if n.Kind == yaml.ScalarNode {
		s, err = labels.Parse(n.Value)
	} else {
		var by metav1.LabelSelector
		known := map[string]func(*yaml.Node){"matchLabels": func(*yaml.Node) {}, "matchExpressions": func(*yaml.Node) {}}
		p.fields(n, "selector", known)
		if err = json.Unmarshal(p.json(n), &by); err == nil {
			s, err = metav1.LabelSelectorAsSelector(&by)
		}
	}
	if err != nil || s.Empty() {
		p.wrong(n, "selector must select by labels, such as \"app=web\" or {matchLabels: {app: web}}")
		return ""
	}
	return s.String()
}

// oneOrMore reads a glob or a list of globs.
func (p *parser) oneOrMore(n *yaml.Node, what string) []string {
	if n.Kind == yaml.ScalarNode {
		n = &yaml.Node{Kind: yaml.SequenceNode, Line: n.Line, Content: []*yaml.Node{n}}
	}
	globs := p.globs(n, what)
	if len(globs) == 0 {
		p.wrong(n, "%s names nothing", what)
	}
	return globs
}
