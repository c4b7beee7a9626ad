package checks

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sopsRuleCoverage = &review.Check{
	ID: "sops-rule-coverage", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "secrets that the rules of SOPS leave readable",
		What:   "Looks, for files that hold a readable credential, at the nearest `.sops.yaml` above: at the first creation rule for the file, whose `encrypted_regex` must match one of the keys that lead to the credential, and for a Secret manifest that there is a rule at all (high). On a pull request it looks at the files that change, and at all where the rules change.",
		Why:    "`sops --encrypt` runs without an error, writes its metadata into the file, and leaves the password readable. Everyone takes the file for encrypted.",
		Fix:    "Widen the rule's `encrypted_regex`, or give such files a rule of their own before it; then encrypt, and change the credential: it is known.",
		Verify: "sops --encrypt FILE | grep -c 'ENC\\['",
		Waive:  "The file is never encrypted by SOPS, and its credential is none.",
		Effort: "medium",
		Bad:    "creation_rules:\n- path_regex: .*\\.yaml\n  encrypted_regex: ^(data|stringData)$   # and values files with adminPassword",
		Good:   "creation_rules:\n- path_regex: .*values.*\\.yaml\n  encrypted_regex: (?i)(password|secretKey|token)$",
	},
	Run: review.Files(func(p *review.Pass) {
		gaps := map[string]*ruleGap{}
		configs := map[string][]sopsRule{}
		for _, file := range sopsSubjects(p) {
			config := sopsConfig(p, file)
			if config == "" {
				continue
			}
			content := p.Read(file)
			if len(content) == 0 || isSopsFile(content) {
				continue
			}
			rules, known := configs[config]
			if !known {
				rules, _ = sopsRules(p.Read(config))
				configs[config] = rules
			}
			if len(rules) > 0 {
				coverage(gaps, config, file, rules, readableSecrets(file, content))
			}
		}
		for _, key := range slices.Sorted(maps.Keys(gaps)) {
			g := gaps[key]
			p.Report(review.Hit{File: g.config, Line: g.line, Key: key, Measure: len(g.files), Severity: g.severity,
				Message: fmt.Sprintf(g.text, some(code(g.files)))})
		}
	}),
}

// ruleGap is a rule that leaves credentials readable, or the want of one.
type ruleGap struct {
	config, text string
	line         int
	files        []string
	severity     review.Severity
}

// coverage notes a file of readable credentials under the rule that would take
// it.
func coverage(gaps map[string]*ruleGap, config, file string, rules []sopsRule, readable []secretPlace) {
	from := strings.TrimPrefix(file, strings.TrimPrefix(path.Dir(config)+"/", "./"))
	note := func(key string, g ruleGap) {
		if gaps[key] == nil {
			gaps[key] = &g
		}
		gaps[key].files = append(gaps[key].files, file)
	}
	for _, r := range rules {
		if !r.takes(from) {
			continue
		}
		for _, place := range readable {
			if !r.encrypts(place.keys) {
				note(config+" "+r.path, ruleGap{config: config, line: r.line, severity: review.Critical,
					text: fmt.Sprintf("The rule takes files with readable credentials and does not encrypt them, such as `%s`: ", place.keys[len(place.keys)-1]) + "%s."})
				return
			}
		}
		return
	}
	for _, place := range readable {
		if place.keys[0] == "data" {
			note(config+" none", ruleGap{config: config, line: 1, severity: review.High, text: "No rule takes these files, and each holds a readable Secret: %s."})
			return
		}
	}
}

// sopsSubjects are the files that a pass is about.
func sopsSubjects(p *review.Pass) []string {
	files := p.Changed()
	for _, f := range files {
		if path.Base(f) == ".sops.yaml" {
			files = p.Paths()
			break
		}
	}
	var out []string
	for _, f := range files {
		if ext := path.Ext(f); (ext == ".yaml" || ext == ".yml") && !illustrative(f) && path.Base(f) != ".sops.yaml" && !isWorkflow(f) {
			out = append(out, f)
		}
	}
	return out
}

// sopsConfig is the .sops.yaml nearest above a file; "" for none.
func sopsConfig(p *review.Pass, file string) string {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if config := path.Join(dir, ".sops.yaml"); p.Exists(config) {
			return config
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}
