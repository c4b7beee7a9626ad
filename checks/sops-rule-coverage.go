package checks

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/checks/sops"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sopsRuleCoverage = &review.Check{
	ID: "sops-rule-coverage", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "SOPS rules leave secrets readable",
		What:   "Looks at files with a readable credential and at the first matching creation rule in the nearest `.sops.yaml` above them. The rule's `encrypted_regex` must match one of the keys that lead to the credential; a Secret manifest must have a rule at all (high). A values file whose credentials are still placeholders counts as well, because they will be replaced by credentials (high); in an audit also if no rule takes it and one takes another file below the same top directory. On a pull request it looks at the files that change, and at all files if the rules change.",
		Why:    "`sops --encrypt` runs without an error, writes its metadata into the file, and leaves the password readable. Everyone believes that the file is encrypted.",
		Fix:    "Extend the rule's `encrypted_regex`, or add a rule for such files before it. Then encrypt, and rotate the credential: it has been disclosed.",
		Verify: "sops --encrypt FILE | grep -c 'ENC\\['",
		Waive:  "The file is never encrypted by SOPS, and its value is not a credential.",
		Effort: "medium",
		Bad:    "creation_rules:\n- path_regex: .*\\.yaml\n  encrypted_regex: ^(data|stringData)$   # and values files with adminPassword",
		Good:   "creation_rules:\n- path_regex: .*values.*\\.yaml\n  encrypted_regex: (?i)(password|secretKey|token)$",
	},
	Run: review.Files(func(p *review.Pass) {
		gaps := map[string]*ruleGap{}
		configs := map[string][]sops.Rule{}
		for _, file := range sops.Subjects(p) {
			config := sops.Config(p, file)
			if config == "" {
				continue
			}
			content := p.Read(file)
			if len(content) == 0 || scan.Encrypted(content) {
				continue
			}
			rules, known := configs[config]
			if !known {
				rules, _ = sops.Rules(p.Read(config))
				configs[config] = rules
			}
			if len(rules) > 0 {
				places := readableSecrets(file, content)
				told := coverage(gaps, config, file, rules, places)
				if !told && p.Audit && slices.ContainsFunc(places, func(s secretPlace) bool { return s.later }) && usesRules(p, config, file, rules) {
					noteGap(gaps, config+" none later", file, ruleGap{config: config, line: 1, severity: review.High,
						text: "No rule takes these files, and each will hold a credential where a placeholder is now: %s."})
				}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(gaps)) {
			g := gaps[key]
			p.Report(review.Hit{File: g.config, Line: g.line, Key: key, Measure: len(g.files), Severity: g.severity,
				Message: fmt.Sprintf(g.text, text.Some(text.Code(g.files)))})
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

// noteGap notes a file under a gap.
func noteGap(gaps map[string]*ruleGap, key, file string, g ruleGap) {
	if gaps[key] == nil {
		gaps[key] = &g
	}
	gaps[key].files = append(gaps[key].files, file)
}

// coverage notes a file of readable credentials under the rule that would take
// it. It reports whether there is one, or that none is told already.
func coverage(gaps map[string]*ruleGap, config, file string, rules []sops.Rule, readable []secretPlace) bool {
	from := sops.Within(config, file)
	note := func(key string, g ruleGap) { noteGap(gaps, key, file, g) }
	for _, r := range rules {
		if !r.Takes(from) {
			continue
		}
		if place := leaves(r, readable, false); place != nil {
			note(config+" "+r.Path, ruleGap{config: config, line: r.Line, severity: review.Critical,
				text: fmt.Sprintf("The rule matches files with readable credentials but does not encrypt them, such as `%s`: ", place.name()) + "%s."})
		} else if place := leaves(r, readable, true); place != nil {
			note(config+" "+r.Path+" later", ruleGap{config: config, line: r.Line, severity: review.High,
				text: fmt.Sprintf("The rule matches files that will contain credentials, but would not encrypt them, such as `%s`: ", place.name()) + "%s."})
		}
		return true
	}
	for _, place := range readable {
		if place.keys[0] == "data" && !place.later {
			note(config+" none", ruleGap{config: config, line: 1, severity: review.High, text: "No rule takes these files, and each holds a readable Secret: %s."})
			return true
		}
	}
	return false
}

// usesRules reports whether a rule takes some other file below the same directory at the
// top: elsewhere SOPS may not be the way of keeping secrets at all.
func usesRules(p *review.Pass, config, file string, rules []sops.Rule) bool {
	top, _, below := strings.Cut(file, "/")
	return below && slices.ContainsFunc(p.Paths(), func(other string) bool {
		return strings.HasPrefix(other, top+"/") && sops.Config(p, other) == config &&
			slices.ContainsFunc(rules, func(r sops.Rule) bool { return r.Takes(sops.Within(config, other)) })
	})
}

// leaves gives the first of the places that the rule does not encrypt; nil for none.
func leaves(r sops.Rule, places []secretPlace, later bool) *secretPlace {
	for i, p := range places {
		if p.later == later && !r.Encrypts(p.keys) {
			return &places[i]
		}
	}
	return nil
}

// secretPlace is a readable credential in a file, by the keys that lead to it.
type secretPlace struct {
	line  int
	keys  []string // from the outermost
	later bool     // a placeholder stands there
}

func (p secretPlace) name() string { return p.keys[len(p.keys)-1] }

// readableSecrets gives the credentials that stand readable in a manifest or
// values file: the keys of Secrets, and keys that are named like one.
func readableSecrets(file string, content []byte) []secretPlace {
	var out []secretPlace
	for _, k := range scan.SecretKeys(content) {
		if !credential.StandIn(k.Value) && !credential.Harmless(k.Key) && !withoutCredential(k) {
			out = append(out, secretPlace{line: k.Number, keys: []string{"data", "stringData", k.Key}})
		}
	}
	if !strings.Contains(strings.ToLower(path.Base(file)), "secret") && !strings.Contains(strings.ToLower(file), "values") {
		return out
	}
	type level struct {
		indent int
		key    string
	}
	var above []level
	for i, text := range strings.Split(string(content), "\n") {
		line, ok := scan.Key(i+1, text)
		if m := iniPlaceholder.FindStringSubmatch(text); !ok && m != nil && scan.NamesCredential(m[1]) && scan.Placeholder(m[2]) {
			place := secretPlace{line: i + 1, later: true}
			for _, l := range above {
				place.keys = append(place.keys, l.key)
			}
			if place.keys != nil {
				out = append(out, place)
			}
		}
		if !ok {
			continue
		}
		for len(above) > 0 && above[len(above)-1].indent >= line.Indent {
			above = above[:len(above)-1]
		}
		above = append(above, level{line.Indent, line.Key})
		later := scan.Placeholder(line.Value)
		if !scan.NamesCredential(line.Key) || !later && !readable(line.Key, line.Value) {
			continue
		}
		place := secretPlace{line: line.Number, later: later}
		for _, l := range above {
			place.keys = append(place.keys, l.key)
		}
		out = append(out, place)
	}
	return out
}

// iniPlaceholder matches a setting of a file that stands as text below a key, such as
// `cloud.conf: |`.
var iniPlaceholder = pattern.New(`^\s+([A-Za-z][\w.-]*)\s*=\s*["']?([^"'\s]+)["']?\s*$`)

// readable reports whether a key, in one line of a file, holds a readable credential.
func readable(key, value string) bool {
	return credential.Setting{Key: key, Value: value}.Certainty() == credential.Certain
}

// withoutCredential reports whether a key holds a whole file that has no
// credential in it.
func withoutCredential(k scan.Line) bool {
	if !strings.Contains(k.Value, "\n") {
		return false
	}
	switch path.Ext(k.Key) {
	case ".yaml", ".yml", ".json", ".conf", ".ini", ".toml", ".xml", ".properties", ".cfg", ".cnf":
		return credential.Of(k.Value) == credential.None
	}
	return false
}
