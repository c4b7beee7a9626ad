package kustomize

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"go.yaml.in/yaml/v3"
)

// plugins names what a review refuses to run.
func (d *diagnosis) plugins(dir, file string, top *yaml.Node) {
	for _, key := range []string{"helmCharts", "helmChartInflationGenerator"} {
		if n := document.Field(top, key); n != nil && len(n.Content) > 0 && !d.fsys.inflated {
			d.fail(model.HelmChartsRefused, at(file, document.Key(top, key)), "`%s:` needs the helm program, which a review does not run; use a HelmRelease or a rendered chart", key)
		}
	}
	for _, key := range []string{"generators", "transformers", "validators"} {
		d.entries(document.Field(top, key), func(n *yaml.Node) {
			if strings.Contains(n.Value, "\n") {
				d.plugin(file, n, []byte(n.Value))
				return
			}
			if remote(n.Value) {
				d.fail(model.RemoteBase, at(file, n), "`%s` lies in another repository, and was not fetched", n.Value)
				return
			}
			p := join(dir, n.Value)
			switch found := d.node(p); found.Type {
			case sandbox.IsFile:
				d.plugin(found.Real, nil, found.Content)
			case sandbox.IsDir:
				if !cyclic([]string{dir}, found.Real) {
					d.walkPlugins(found.Real, at(file, n))
				}
			case sandbox.IsOutside:
				d.fail(model.PathOutside, at(file, n), "`%s` leads out of the repository", n.Value)
			default:
				d.missing(at(file, n), p, n.Value)
			}
		})
	}
}

// walkPlugins looks at a directory of plugin configurations.
func (d *diagnosis) walkPlugins(dir string, from *model.Position) {
	file, content, ok := d.find(dir, from)
	if !ok {
		return
	}
	if top, ok := d.parse(dir, file, content); ok {
		d.entries(document.Field(top, "resources"), func(n *yaml.Node) {
			if found := d.node(path.Join(dir, n.Value)); found.Type == sandbox.IsFile {
				d.plugin(found.Real, nil, found.Content)
			}
		})
	}
}

// plugin refuses a configuration that is no builtin's; where is its place, nil
// for the document's own line.
func (d *diagnosis) plugin(file string, where *yaml.Node, content []byte) {
	err := document.Each(content, func(doc *yaml.Node) {
		if doc.Kind != yaml.MappingNode {
			return
		}
		n := where
		if n == nil {
			n = doc
		}
		if document.Text(document.Field(doc, "kind")) == chartGenerator {
			if d.fsys.inflated {
				return
			}
			d.fail(model.HelmChartsRefused, at(file, n), "`%s` needs the helm program, which a review does not run; use a HelmRelease or a rendered chart", file)
			return
		}
		if document.Text(document.Field(doc, "apiVersion")) == "builtin" {
			return
		}
		d.fail(model.PluginRefused, at(file, n), "`%s` is a plugin or a function (%s), which a review does not run", document.Text(document.Field(doc, "kind")), file)
	})
	if err != nil && where == nil {
		d.syntax(file, content, err, 0)
	}
}
