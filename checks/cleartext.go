package checks

import (
	"bytes"
	"encoding/base64"
	"path"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
)

// yamlKey matches a line of block-style YAML that holds a key.
var yamlKey = regexp.MustCompile(`^( *)((?:- +)*)("[^"]*"|'[^']*'|[^\s#:"'{\[&*!|>%@` + "`" + `][^:#]*?|[^\s#:]+):(?:[ \t]+(.*))?$`)

// yamlLine is a line of a manifest as far as it can be told without parsing it:
// files of a pull request are parsed in a sandbox only.
type yamlLine struct {
	number int // from 1
	indent int
	key    string
	value  string // what stands after the colon, without comment and quotes
}

// keyLine reads one line; ok is false where it holds no key.
func keyLine(number int, text string) (yamlLine, bool) {
	m := yamlKey.FindStringSubmatch(strings.TrimRight(text, "\r"))
	if m == nil {
		return yamlLine{}, false
	}
	return yamlLine{number: number, indent: len(m[1]) + len(m[2]), key: strings.Trim(m[3], `"'`), value: bare(m[4])}, true
}

// bare is a scalar without its comment and quotes.
func bare(value string) string {
	value = strings.TrimSpace(value)
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') {
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
			return value[1 : end+1]
		}
	}
	if i := strings.Index(value, " #"); i >= 0 {
		value = strings.TrimSpace(value[:i])
	}
	if strings.HasPrefix(value, "#") {
		return ""
	}
	return value
}

// secretManifest is a Secret in a file, with the lines of its keys.
type secretManifest struct {
	name, namespace string
	encrypted       bool // holds SOPS values
	labels          string
	keys            []yamlLine
}

// secretsIn finds the Secrets among the documents of a file in block style.
func secretsIn(content []byte) []secretManifest {
	var out []secretManifest
	number := 0
	for _, doc := range documents(content) {
		if s, ok := secretIn(doc, number); ok {
			out = append(out, s)
		}
		number += len(doc)
	}
	return out
}

// documents splits a YAML file's lines at its document markers, which stay with
// what follows.
func documents(content []byte) [][]string {
	var out [][]string
	var doc []string
	for _, line := range strings.Split(string(content), "\n") {
		if strings.HasPrefix(line, "---") && len(doc) > 0 {
			out, doc = append(out, doc), nil
		}
		doc = append(doc, line)
	}
	return append(out, doc)
}

func secretIn(doc []string, before int) (s secretManifest, ok bool) {
	var section string
	inside := 0 // the indent of the section's keys, once known
	for i, text := range doc {
		line, isKey := keyLine(before+i+1, text)
		if !isKey {
			continue
		}
		if line.indent == 0 {
			section, inside = line.key, 0
			switch {
			case line.key == "kind":
				ok = line.value == "Secret"
				if !ok {
					return s, false
				}
			case line.key == "sops":
				s.encrypted = true
			case (line.key == "data" || line.key == "stringData") && strings.HasPrefix(line.value, "{"):
				s.keys = append(s.keys, flowKeys(line)...)
			case line.key == "metadata" && strings.HasPrefix(line.value, "{"):
				s.name, s.namespace = flowValue(line.value, "name"), flowValue(line.value, "namespace")
			}
			continue
		}
		if inside == 0 {
			inside = line.indent
		}
		switch {
		case line.indent != inside && section != "metadata":
		case section == "metadata" && line.indent == inside && line.key == "name":
			s.name = line.value
		case section == "metadata" && line.indent == inside && line.key == "namespace":
			s.namespace = line.value
		case section == "metadata":
			s.labels += line.key + "=" + line.value + "\n"
		case section == "data" || section == "stringData":
			if section == "data" {
				line.value = decoded(line.value)
			}
			if strings.HasPrefix(line.value, "|") || strings.HasPrefix(line.value, ">") || line.value == "" {
				line.value = block(doc[i+1:], line.indent)
			}
			s.keys = append(s.keys, line)
		}
	}
	return s, ok
}

var flowPair = regexp.MustCompile(`[{,]\s*"?([\w.-]+)"?\s*:\s*("[^"]*"|'[^']*'|[^,}]*)`)

// flowKeys reads the keys of a map in flow style that ends on its line.
func flowKeys(line yamlLine) []yamlLine {
	var out []yamlLine
	for _, m := range flowPair.FindAllStringSubmatch(line.value, -1) {
		value := bare(m[2])
		if line.key == "data" {
			value = decoded(value)
		}
		out = append(out, yamlLine{number: line.number, indent: 2, key: m[1], value: value})
	}
	return out
}

func flowValue(value, key string) string {
	for _, m := range flowPair.FindAllStringSubmatch(value, -1) {
		if m[1] == key {
			return bare(m[2])
		}
	}
	return ""
}

func decoded(value string) string {
	if b, err := base64.StdEncoding.DecodeString(value); err == nil && len(b) > 0 {
		return string(b)
	}
	return value
}

// block is the text of a block scalar that starts after a key of this indent.
func block(lines []string, indent int) string {
	var b strings.Builder
	for _, l := range lines {
		if strings.TrimSpace(l) != "" && len(l)-len(strings.TrimLeft(l, " ")) <= indent {
			break
		}
		b.WriteString(strings.TrimSpace(l) + "\n")
	}
	return b.String()
}

// isSopsFile reports whether a file is encrypted by SOPS, at least in part.
func isSopsFile(content []byte) bool {
	return bytes.Contains(content, []byte("ENC[AES256_GCM"))
}

// manifestFile reports whether a file may hold manifests or values.
func manifestFile(p string) bool {
	switch path.Ext(p) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// namesCredential reports whether a key of values is called like a credential.
// What is called existing… names a Secret, or a key in it.
func namesCredential(key string) bool { return credential.KeyNames(key) }

// opens reports whether a key, in one line of a file, holds a readable credential.
func opens(key, value string) bool {
	return credential.Setting{Key: key, Value: value}.Certainty() == credential.Certain
}

// embeddedWithoutSecret reports whether a key holds a whole file that has no
// credential in it.
func embeddedWithoutSecret(k yamlLine) bool {
	if !strings.Contains(k.value, "\n") {
		return false
	}
	switch path.Ext(k.key) {
	case ".yaml", ".yml", ".json", ".conf", ".ini", ".toml", ".xml", ".properties", ".cfg", ".cnf":
		return credential.Of(k.value) == credential.None
	}
	return false
}

// illustrative reports whether a file shows how things look rather than being
// applied: documentation, tests, examples of credentials.
func illustrative(p string) bool {
	lower := "/" + strings.ToLower(p)
	switch path.Ext(lower) {
	case ".md", ".rst", ".adoc", ".txt", ".html", ".go", ".py", ".js", ".ts", ".java", ".rb", ".lock", ".svg":
		return true
	}
	for _, part := range []string{"/testdata/", "/test/", "/tests/", "/docs/", "/fixtures/", ".example", ".sample", ".tmpl", ".j2", "/.git"} {
		if strings.Contains(lower, part) && part != "/.git" {
			return true
		}
	}
	return false
}

// namedValues reports whether a file is called like one of a chart's values.
func namedValues(file string) bool {
	return strings.Contains(strings.ToLower(path.Base(file)), "values")
}
