package main

import (
	"fmt"
	"slices"
	"sort"

	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy"
	"github.com/seaworthy-dev/seaworthy/internal/github"
)

// manifest is app.yml: what the App is told of and may do.
type manifest struct {
	Name        string            `json:"name"`
	URL         string            `json:"url"`
	Description string            `json:"description"`
	Public      bool              `json:"public"`
	Permissions map[string]string `json:"default_permissions"`
	Events      []string          `json:"default_events"`
}

// readManifest reads the app.yml that the program carries along.
func readManifest() (manifest, error) {
	var m manifest
	if err := yaml.UnmarshalStrict(seaworthy.AppManifest, &m); err != nil {
		return m, fmt.Errorf("read app.yml: %w", err)
	}
	return m, nil
}

// implied are the events that GitHub sends to every App with checks: write, and
// does not list.
var implied = []string{"check_run", "check_suite"}

// lacks names what an App has not that app.yml asks for.
func lacks(identity github.Identity) []string {
	m, err := readManifest()
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, lack := range github.Lacking(identity.Permissions, m.Permissions) {
		out = append(out, "the permission "+github.PermissionWords(lack))
	}
	for _, event := range m.Events {
		if !slices.Contains(identity.Events, event) && !slices.Contains(implied, event) {
			out = append(out, "the event "+event)
		}
	}
	sort.Strings(out)
	return out
}

// notGranted names the installations that do not grant what the App asks for, and
// those that are suspended: their reviews wait.
func notGranted(identity github.Identity, all []github.Installation) []string {
	var out []string
	for _, i := range all {
		if i.Suspended {
			out = append(out, fmt.Sprintf("the installation on %s is suspended", i.Account))
		}
		for _, lack := range github.Lacking(i.Permissions, identity.Permissions) {
			out = append(out, fmt.Sprintf("the installation on %s does not grant %s", i.Account, github.PermissionWords(lack)))
		}
	}
	return out
}
