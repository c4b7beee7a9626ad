package checks

import (
	"path"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
)

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
		line, isKey := keyLine(i+1, text)
		if !isKey {
			continue
		}
		outer := len(text) - len(strings.TrimLeft(text, " "))
		item := strings.HasPrefix(strings.TrimSpace(text), "- ")
		if outer == 0 && !item {
			inside = line.key == "creation_rules"
			continue
		}
		if !inside {
			continue
		}
		if item && (dash < 0 || outer == dash) {
			dash = outer
			out = append(out, sopsRule{line: line.number, parts: map[string]string{}})
		}
		if len(out) == 0 {
			return nil, false
		}
		last := &out[len(out)-1]
		switch line.key {
		case "path_regex":
			last.path = unescaped(text, line.value)
		case "encrypted_regex", "unencrypted_regex", "encrypted_suffix", "unencrypted_suffix":
			last.parts[line.key] = unescaped(text, line.value)
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
	for _, s := range secretsIn(content) {
		for _, k := range s.keys {
			if !credential.StandIn(k.value) && !credential.Harmless(k.key) && !embeddedWithoutSecret(k) {
				out = append(out, secretPlace{line: k.number, keys: []string{"data", "stringData", k.key}})
			}
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
		line, ok := keyLine(i+1, text)
		if !ok {
			continue
		}
		for len(above) > 0 && above[len(above)-1].indent >= line.indent {
			above = above[:len(above)-1]
		}
		above = append(above, level{line.indent, line.key})
		if !namesCredential(line.key) || !opens(line.key, line.value) {
			continue
		}
		place := secretPlace{line: line.number}
		for _, l := range above {
			place.keys = append(place.keys, l.key)
		}
		out = append(out, place)
	}
	return out
}
