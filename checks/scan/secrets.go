package scan

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// SecretKeys gives the keys of the Secrets among the documents of a file, in block
// style or in flow style on one line, with their values as the cluster gets them.
func SecretKeys(content []byte) []Line {
	var out []Line
	number := 0
	for _, doc := range documents(content) {
		out = append(out, keysOf(doc, number)...)
		number += len(doc)
	}
	return out
}

// keysOf gives the keys of one document; none where it is no Secret.
func keysOf(doc []string, before int) (keys []Line) {
	var section string
	secret := false
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
				if secret = line.Value == "Secret"; !secret {
					return nil
				}
			case (line.Key == "data" || line.Key == "stringData") && strings.HasPrefix(line.Value, "{"):
				keys = append(keys, flowKeys(line)...)
			}
			continue
		}
		if inside == 0 {
			inside = line.Indent
		}
		if line.Indent != inside || section != "data" && section != "stringData" {
			continue
		}
		if section == "data" {
			line.Value = decoded(line.Value)
		}
		if strings.HasPrefix(line.Value, "|") || strings.HasPrefix(line.Value, ">") || line.Value == "" {
			line.Value = Block(doc[i+1:], line.Indent)
		}
		keys = append(keys, line)
	}
	if !secret {
		return nil
	}
	return keys
}

var flowPair = pattern.New(`[{,]\s*"?([\w.-]+)"?\s*:\s*("[^"]*"|'[^']*'|[^,}]*)`)

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

// NamesCredential reports whether a key of values is called like a credential.
// What is called existing… names a Secret, or a key in it.
func NamesCredential(key string) bool { return credential.KeyNames(key) }

// placeholder matches what people write where a value is still to come.
var placeholder = pattern.New(`(?i:change[-_]?me|\bPLACEHOLDER\b|PLACEHOLDER[-_]|\byour[-_](?:domain|org|registry|password|token|account|cluster)|\bREPLACE[-_]?(?:ME|THIS)\b)|(?:^|[\s/"'=:@])<(?:(?i:your|insert|replace|my|the)[-_ ][A-Za-z0-9_ -]{2,}|[A-Z][A-Z0-9_ -]{2,})>|^\s*(?:TODO|FIXME|XXX)\b`)

// placeholderHints are in lower case what every text has that placeholder matches; the
// expression is slow, and most texts by far have none.
var placeholderHints = []string{"change", "placeholder", "your", "replace", "<", "todo", "fixme", "xxx"}

// Placeholder reports whether a text has what people write where a value is still to
// come.
func Placeholder(text string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc(placeholderHints, func(hint string) bool { return strings.Contains(lower, hint) }) && placeholder.MatchString(text)
}
