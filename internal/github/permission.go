package github

import (
	"maps"
	"slices"
	"strings"
)

// ranks orders the levels of permissions.
var ranks = map[string]int{"read": 1, "write": 2, "admin": 3}

// levels are the words of GitHub's settings.
var levels = map[string]string{"read": "read-only", "write": "read and write", "admin": "admin"}

// PermissionWords turns GitHub's "checks=write; pull_requests=read" into what the
// App's settings call it.
func PermissionWords(needs string) string {
	var out []string
	for _, one := range strings.FieldsFunc(needs, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		name, level, _ := strings.Cut(one, "=")
		words := strings.ReplaceAll(name, "_", " ")
		if words == "" {
			continue
		}
		words = strings.ToUpper(words[:1]) + words[1:]
		if l := levels[level]; l != "" {
			words += ": " + l
		}
		out = append(out, words)
	}
	return strings.Join(out, ", ")
}

// Lacking names what of some permissions is not granted, as "checks=write", sorted.
func Lacking(granted, wanted map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if ranks[granted[name]] < ranks[wanted[name]] {
			out = append(out, name+"="+wanted[name])
		}
	}
	return out
}
