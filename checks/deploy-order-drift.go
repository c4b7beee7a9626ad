package checks

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var deployOrderDrift = &review.Check{
	ID: "deploy-order-drift", Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Pipelines, review.Dependencies},
	Doc: review.Doc{
		Title:  "two places deploy in different orders",
		What:   "Reads the order in which workflows, scripts, Makefiles and Markdown documents apply the directories of this repository: consecutive `kubectl apply -k DIR`, `kubectl apply -f NN-name.yaml`, and bundles of numbered files that are built from directories. Two orders that share three or more steps must agree on these; steps that only one of them has are ignored. Builds that only validate do not count.",
		Why:    "In an outage, someone who follows the document applies workloads before their namespace, or policies before the objects they protect.",
		Fix:    "Define the order in one place and derive the others from it. The pipeline's order is the one in effect.",
		Verify: "grep -rn 'kubectl apply -k' README.md docs .github/workflows",
		Waive:  "The two procedures differ on purpose.",
		Effort: "small",
		Bad:    "kubectl apply -k web        # README.md\nkubectl apply -k namespace\nkubectl apply -k policies",
		Good:   "kubectl apply -k namespace\nkubectl apply -k policies\nkubectl apply -k web",
	},
	Run: review.Files(func(p *review.Pass) {
		if !p.Audit && !slices.ContainsFunc(p.Changed(), statesOrder) {
			return
		}
		orders := deployOrders(p)
		if p.Looked(0); len(orders) > 1 {
			for _, o := range orders {
				p.Looked(1, o.file)
			}
		}
		for i := range orders {
			for j := range i {
				if late, early, ok := disagree(orders[j], orders[i]); ok {
					p.Report(review.Hit{File: orders[i].file, Line: late.line, Key: "order " + orders[j].file,
						Message: fmt.Sprintf("Here `%s` comes after `%s`; in `%s`, line %d, it comes before.", late.dir, early.dir, orders[j].file, orders[j].line(late.dir))})
					break
				}
			}
		}
	}),
}

// deployStep is a directory that is applied.
type deployStep struct {
	dir  string
	line int
}

type deployOrder struct {
	file  string
	steps []deployStep
}

func (o deployOrder) line(dir string) int {
	for _, s := range o.steps {
		if s.dir == dir {
			return s.line
		}
	}
	return 0
}

// statesOrder reports whether a file may say in which order to deploy: those
// that run, and documents.
func statesOrder(file string) bool {
	base, ext := path.Base(file), strings.ToLower(path.Ext(file))
	return repo.IsWorkflow(file) || ext == ".sh" || ext == ".mk" || base == "Makefile" || base == "Justfile" || ext == ".md" && repo.IsDocument(file)
}

var (
	applyDir     = pattern.New(`kubectl\s+(?:[\w-]+[= ]\S+\s+)*apply\s[^|;&#]*?(?:-k|--kustomize)[= ]\s*["']?([\w./${}-]+)`)
	buildApply   = pattern.New(`(?:kustomize build|kubectl kustomize)\s+(?:-\S+\s+)*["']?([\w./${}-]+)["']?[^|]*\|\s*kubectl\b.*\bapply\b`)
	applyFile    = pattern.New(`kubectl\s+(?:[\w-]+[= ]\S+\s+)*apply\s[^|;&#]*?(?:-f|--filename)[= ]\s*["']?(?:[\w./${}-]*/)?(\d+-[\w.-]+\.ya?ml)`)
	buildToFile  = pattern.New(`(?:kustomize build|kubectl kustomize)\s+(?:-\S+\s+)*["']?([\w./${}-]+)["']?\s*>\s*["']?(?:[\w./${}-]*/)?(\d+)-([\w.-]+\.ya?ml)`)
	fence        = pattern.New("^\\s*(```|~~~)")
	anyVariable  = pattern.New(`^(?:\$\{?\w+\}?/)+`)
	someVariable = pattern.New(`[${}]`)
)

// deployOrders gives what the files say, what runs before what is read.
func deployOrders(p *review.Pass) []deployOrder {
	dirs := map[string]bool{}
	for _, file := range p.Paths() {
		if repo.IsKustomization(file) {
			dirs[path.Dir(file)] = true
		}
	}
	var files []string
	for _, file := range p.Paths() {
		if statesOrder(file) {
			files = append(files, file)
		}
	}
	sort.SliceStable(files, func(i, j int) bool { return path.Ext(files[i]) != ".md" && path.Ext(files[j]) == ".md" })
	bundled := map[string]string{} // a numbered file ▶ the directory that it is built from
	var out []deployOrder
	for _, file := range files {
		out = append(out, ordersIn(file, string(p.Read(file)), dirs, bundled)...)
	}
	return out
}

// ordersIn reads the orders of one file. A directory that comes again begins
// another one, and so does another block of code.
func ordersIn(file, content string, dirs map[string]bool, bundled map[string]string) []deployOrder {
	var out []deployOrder
	var steps, bundle []deployStep
	end := func() {
		if len(steps) >= 3 {
			out = append(out, deployOrder{file, steps})
		}
		steps = nil
	}
	numbers := map[string]string{}
	for i, text := range strings.Split(content, "\n") {
		if fence.MatchString(text) {
			end()
			continue
		}
		if len(text) > 1000 || strings.HasPrefix(strings.TrimSpace(text), "#") {
			continue
		}
		dir := ""
		if m := buildToFile.FindStringSubmatch(text); m != nil {
			if d := deployedDir(m[1], dirs); d != "" {
				bundled[m[2]+"-"+m[3]], numbers[d] = d, m[2]
				bundle = append(bundle, deployStep{d, i + 1})
			}
			continue
		}
		for _, form := range []*pattern.Pattern{applyDir, buildApply} {
			if m := form.FindStringSubmatch(text); m != nil && dir == "" {
				dir = deployedDir(m[1], dirs)
			}
		}
		if m := applyFile.FindStringSubmatch(text); m != nil && dir == "" {
			dir = bundled[m[1]]
		}
		if dir == "" {
			continue
		}
		if slices.ContainsFunc(steps, func(s deployStep) bool { return s.dir == dir }) {
			end()
		}
		steps = append(steps, deployStep{dir, i + 1})
	}
	end()
	if len(bundle) >= 3 { // applied by their numbers
		sort.SliceStable(bundle, func(i, j int) bool { return numbers[bundle[i].dir] < numbers[bundle[j].dir] })
		out = append([]deployOrder{{file, bundle}}, out...)
	}
	return out
}

// deployedDir is the kustomization's directory that an argument names; below a
// variable, the only one that ends so.
func deployedDir(arg string, dirs map[string]bool) string {
	cut := anyVariable.ReplaceAllString(arg, "")
	if someVariable.MatchString(cut) {
		return ""
	}
	dir := path.Clean(cut)
	if dirs[dir] {
		return dir
	}
	found := ""
	for d := range dirs {
		if cut != arg && strings.HasSuffix(d, "/"+dir) {
			if found != "" {
				return ""
			}
			found = d
		}
	}
	return found
}

// disagree gives two steps that stand the other way round in another order.
func disagree(first, other deployOrder) (late, early deployStep, ok bool) {
	var common []deployStep
	for _, s := range other.steps {
		if first.line(s.dir) > 0 {
			common = append(common, s)
		}
	}
	if len(common) < 3 {
		return late, early, false
	}
	at := func(dir string) int {
		return slices.IndexFunc(first.steps, func(s deployStep) bool { return s.dir == dir })
	}
	for i := 1; i < len(common); i++ {
		if at(common[i].dir) < at(common[i-1].dir) {
			return common[i], common[i-1], true
		}
	}
	return late, early, false
}
