// Package sops is what several checks know of SOPS: the creation rules of its
// configuration, and which file falls under which.
package sops

import (
	"path"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// ConfigName is what the file with the creation rules is called.
const ConfigName = ".sops.yaml"

// Subjects are the files that a pass is about.
func Subjects(p *review.Pass) []string {
	files := p.Changed()
	for _, f := range files {
		if path.Base(f) == ConfigName {
			files = p.Paths()
			break
		}
	}
	var out []string
	for _, f := range files {
		if ext := path.Ext(f); (ext == ".yaml" || ext == ".yml") && !repo.Illustrative(f) && !review.Aside(f) && path.Base(f) != ConfigName && !repo.IsWorkflow(f) {
			out = append(out, f)
		}
	}
	return out
}

// Config is the .sops.yaml nearest above a file; "" for none.
func Config(p *review.Pass, file string) string {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if config := path.Join(dir, ConfigName); p.Exists(config) {
			return config
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}

// Rule is a creation rule of a .sops.yaml.
type Rule struct {
	Line  int
	Path  string            // path_regex; "" takes every file
	parts map[string]string // encrypted_regex, unencrypted_regex, encrypted_suffix, unencrypted_suffix
}

// Rules reads the creation rules of a .sops.yaml in block style; ok is false
// where it is written in another way or an expression cannot be read.
func Rules(content []byte) (out []Rule, ok bool) {
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
			out = append(out, Rule{Line: line.Number, parts: map[string]string{}})
		}
		if len(out) == 0 {
			return nil, false
		}
		last := &out[len(out)-1]
		switch line.Key {
		case "path_regex":
			last.Path = unescaped(text, line.Value)
		case "encrypted_regex", "unencrypted_regex", "encrypted_suffix", "unencrypted_suffix":
			last.parts[line.Key] = unescaped(text, line.Value)
		}
	}
	for _, r := range out {
		for _, expression := range []string{r.Path, r.parts["encrypted_regex"], r.parts["unencrypted_regex"]} {
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

// Takes reports whether the rule is for a file, by its path from the directory of the
// rules.
func (r Rule) Takes(file string) bool {
	ok, err := regexp.MatchString(r.Path, file)
	return err == nil && ok
}

// Encrypts reports whether the rule encrypts what stands under the keys, from
// the outermost.
func (r Rule) Encrypts(keys []string) bool {
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

// Within is a file's path from the directory of a configuration, as rules match it.
func Within(config, file string) string {
	return strings.TrimPrefix(file, strings.TrimSuffix(config, ConfigName))
}
