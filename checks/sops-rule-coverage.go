package checks

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sopsRuleCoverage = &review.Check{
	ID: "sops-rule-coverage", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "secrets that the rules of SOPS leave readable",
		What:   "Looks, for files that hold a readable credential, at the nearest `.sops.yaml` above: at the first creation rule for the file, whose `encrypted_regex` must match one of the keys that lead to the credential, and for a Secret manifest that there is a rule at all (high). On a pull request it looks at the files that change, and at all where the rules change.",
		Why:    "`sops --encrypt` runs without an error, writes its metadata into the file, and leaves the password readable. Everyone takes the file for encrypted.",
		Fix:    "Widen the rule's `encrypted_regex`, or put a rule for such files before it; then encrypt, and rotate the credential: it has been disclosed.",
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
			if len(content) == 0 || scan.Encrypted(content) {
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
		if ext := path.Ext(f); (ext == ".yaml" || ext == ".yml") && !repo.Illustrative(f) && path.Base(f) != ".sops.yaml" && !repo.IsWorkflow(f) {
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

// sopsRule is a creation rule of a .sops.yaml.
type sopsRule struct {
	line  int
	path  string            // path_regex; "" takes every file
	parts map[string]string // encrypted_regex, unencrypted_regex, encrypted_suffix, unencrypted_suffix
}

// sopsRules reads the creation rules of a .sops.yaml in block style; ok is false
// where it is written in another way or an expression cannot be read.
func sopsRules(content []byte) (out []sopsRule, ok bool) {
	inside, dash := false, -1
	for i, text := range strings.Split(string(content), "\n") {
		line, isKey := scan.Key(i+1, text)
		if !isKey {
			continue
		}
		outer := len(text) - len(strings.TrimLeft(text, " "))
		item := strings.HasPrefix(strings.TrimSpace(text), "- ")
		if outer == 0 && !item {
			inside = line.Key == "creation_rules"
			continue
		}
		if !inside {
			continue
		}
		if item && (dash < 0 || outer == dash) {
			dash = outer
			out = append(out, sopsRule{line: line.Number, parts: map[string]string{}})
		}
		if len(out) == 0 {
			return nil, false
		}
		last := &out[len(out)-1]
		switch line.Key {
		case "path_regex":
			last.path = unescaped(text, line.Value)
		case "encrypted_regex", "unencrypted_regex", "encrypted_suffix", "unencrypted_suffix":
			last.parts[line.Key] = unescaped(text, line.Value)
		}
	}
	for _, r := range out {
		for _, expression := range []string{r.path, r.parts["encrypted_regex"], r.parts["unencrypted_regex"]} {
			if _, err := regexp.Compile(expression); err != nil || strings.ContainsAny(expression[:min(1, len(expression))], ">|&*") {
				return nil, false
			}
		}
	}
	return out, len(out) > 0
}

// unescaped is a scalar as YAML reads it: in double quotes a backslash is
// written twice.
func unescaped(text, value string) string {
	if strings.Contains(text, `"`+value+`"`) {
		return strings.ReplaceAll(value, `\\`, `\`)
	}
	return value
}

// takes reports whether the rule is for a file, by its path from the rules.
func (r sopsRule) takes(file string) bool {
	ok, err := regexp.MatchString(r.path, file)
	return err == nil && ok
}

// encrypts reports whether the rule encrypts what stands under the keys, from
// the outermost.
func (r sopsRule) encrypts(keys []string) bool {
	some := func(match func(key string) bool) bool {
		for _, k := range keys {
			if match(k) {
				return true
			}
		}
		return false
	}
	matches := func(expression string) func(string) bool {
		re, err := regexp.Compile(expression)
		return func(k string) bool { return err != nil || re.MatchString(k) }
	}
	ends := func(suffix string) func(string) bool {
		return func(k string) bool { return strings.HasSuffix(k, suffix) }
	}
	switch {
	case r.parts["encrypted_regex"] != "":
		return some(matches(r.parts["encrypted_regex"]))
	case r.parts["encrypted_suffix"] != "":
		return some(ends(r.parts["encrypted_suffix"]))
	case r.parts["unencrypted_regex"] != "":
		return !some(matches(r.parts["unencrypted_regex"]))
	case r.parts["unencrypted_suffix"] != "":
		return !some(ends(r.parts["unencrypted_suffix"]))
	}
	return !some(ends("_unencrypted"))
}

// secretPlace is a readable credential in a file, by the keys that lead to it.
type secretPlace struct {
	line int
	keys []string // from the outermost
}

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
		if !ok {
			continue
		}
		for len(above) > 0 && above[len(above)-1].indent >= line.Indent {
			above = above[:len(above)-1]
		}
		above = append(above, level{line.Indent, line.Key})
		if !scan.NamesCredential(line.Key) || !readable(line.Key, line.Value) {
			continue
		}
		place := secretPlace{line: line.Number}
		for _, l := range above {
			place.keys = append(place.keys, l.key)
		}
		out = append(out, place)
	}
	return out
}

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
