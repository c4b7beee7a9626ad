package webtest

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// axeFile is where `make bin/axe.min.js` puts axe-core.
const axeFile = "bin/axe.min.js"

// Accessible fails the test where axe-core finds something serious on the page
// that is shown. Without axe-core it says so and goes on.
func (b *Browser) Accessible(what string) {
	b.t.Helper()
	script, err := os.ReadFile(filepath.Join(root(), axeFile))
	if err != nil {
		b.t.Logf("axe-core did not look at %s: make %s fetches it by npm", what, axeFile)
		return
	}
	b.Do(chromedp.Evaluate[chromedp.Void](string(script)))
	found := Value[[]string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(r =>
		r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" ")))`)
	for _, one := range found {
		b.t.Errorf("%s: axe-core finds %s", what, strings.ReplaceAll(one, "\n", " "))
	}
}

// root is the repository's root, from a package's directory.
func root() string {
	dir, err := os.Getwd()
	for err == nil && dir != "/" {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return "."
}
