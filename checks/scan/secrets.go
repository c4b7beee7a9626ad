package scan

import (
	"bytes"
	"encoding/base64"
	"path"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
)

// Secret is a Secret in a file, with the lines of its keys.
type Secret struct {
	name, namespace string
	encrypted       bool // holds SOPS values
	labels          string
	Keys            []Line
}

// Secrets finds the Secrets among the documents of a file in block style.
func Secrets(content []byte) []Secret {
	var out []Secret
	number := 0
	for _, doc := range documents(content) {
		if s, ok := secretIn(doc, number); ok {
			out = append(out, s)
		}
		number += len(doc)
	}
	return out
}

func secretIn(doc []string, before int) (s Secret, ok bool) {
	var section string
	inside := 0 // the indent of the section's keys, once known
	for i, text := range doc {
		line, isKey := Key(before+i+1, text)
		if !isKey {
			continue
		}
		if line.Indent == 0 {
			section, inside = line.Key, 0
			switch {
			case line.Key == "kind":
				ok = line.Value == "Secret"
				if !ok {
					return s, false
				}
			case line.Key == "sops":
				s.encrypted = true
			case (line.Key == "data" || line.Key == "stringData") && strings.HasPrefix(line.Value, "{"):
				s.Keys = append(s.Keys, flowKeys(line)...)
			case line.Key == "metadata" && strings.HasPrefix(line.Value, "{"):
				s.name, s.namespace = flowValue(line.Value, "name"), flowValue(line.Value, "namespace")
			}
			continue
		}
		if inside == 0 {
			inside = line.Indent
		}
		switch {
		case line.Indent != inside && section != "metadata":
		case section == "metadata" && line.Indent == inside && line.Key == "name":
			s.name = line.Value
		case section == "metadata" && line.Indent == inside && line.Key == "namespace":
			s.namespace = line.Value
		case section == "metadata":
			s.labels += line.Key + "=" + line.Value + "\n"
		case section == "data" || section == "stringData":
			if section == "data" {
				line.Value = decoded(line.Value)
			}
			if strings.HasPrefix(line.Value, "|") || strings.HasPrefix(line.Value, ">") || line.Value == "" {
				line.Value = Block(doc[i+1:], line.Indent)
			}
			s.Keys = append(s.Keys, line)
		}
	}
	return s, ok
}

var flowPair = regexp.MustCompile(`[{,]\s*"?([\w.-]+)"?\s*:\s*("[^"]*"|'[^']*'|[^,}]*)`)

// flowKeys reads the keys of a map in flow style that ends on its line.
func flowKeys(line Line) []Line {
	var out []Line
	for _, m := range flowPair.FindAllStringSubmatch(line.Value, -1) {
		value := bare(m[2])
		if line.Key == "data" {
			value = decoded(value)
		}
		out = append(out, Line{Number: line.Number, Indent: 2, Key: m[1], Value: value})
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

// Encrypted reports whether a file is encrypted by SOPS, at least in part.
func Encrypted(content []byte) bool {
	return bytes.Contains(content, []byte("ENC[AES256_GCM"))
}

// WithoutCredential reports whether a key holds a whole file that has no
// credential in it.
func WithoutCredential(k Line) bool {
	if !strings.Contains(k.Value, "\n") {
		return false
	}
	switch path.Ext(k.Key) {
	case ".yaml", ".yml", ".json", ".conf", ".ini", ".toml", ".xml", ".properties", ".cfg", ".cnf":
		return credential.Of(k.Value) == credential.None
	}
	return false
}

// NamesCredential reports whether a key of values is called like a credential.
// What is called existing… names a Secret, or a key in it.
func NamesCredential(key string) bool { return credential.KeyNames(key) }

// Readable reports whether a key, in one line of a file, holds a readable credential.
func Readable(key, value string) bool {
	return credential.Setting{Key: key, Value: value}.Certainty() == credential.Certain
}
