package settings

import (
	"github.com/seaworthy-dev/seaworthy/internal/config"
	"go.yaml.in/yaml/v3"
)

// minimum reads what no repository may fall below. What cannot be read is the
// strictest: a slip must not lower the bar.
func (p *parser) minimum(n *yaml.Node) {
	p.file.Minimum = config.Minimum{Gate: "strict", Line: n.Line}
	p.fields(n, "minimum", map[string]func(*yaml.Node){
		"gate": func(n *yaml.Node) {
			if gate := p.oneOf(n, "minimum.gate", "standard", "strict", "report"); gate != "" {
				p.file.Minimum.Gate = gate
			}
		},
	})
}

// locked reads whether a check is locked; what cannot be read is.
func (p *parser) locked(n *yaml.Node) bool {
	locked := true
	if n.Decode(&locked) != nil {
		p.wrong(n, "locked must be true or false; it counts as true")
		return true
	}
	return locked
}
