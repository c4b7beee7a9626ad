// Package config reads the repository's own file and the operator's
// environment. Both are read whole: every mistake is told at once, with its
// place, and what is right still counts.
package config

import (
	"encoding/json"
	"time"
)

// Paths are where the repository's file is looked for, in this order.
var Paths = []string{".github/seaworthy.yaml", ".github/seaworthy.yml"}

// File is the repository's file (`.github/seaworthy.yaml`).
type File struct {
	Gate       string           `json:"gate,omitempty"`
	GateLine   int              `json:"gateLine,omitempty"`
	Minimum    Minimum          `json:"minimum,omitzero"` // of an organisation's file
	Branches   []string         `json:"branches,omitempty"`
	Consumers  []string         `json:"consumers,omitempty"`
	Mirrors    []string         `json:"mirrors,omitempty"`
	Kubernetes string           `json:"kubernetes,omitempty"`
	Clusters   []Cluster        `json:"clusters,omitempty"`
	Exclude    []string         `json:"exclude,omitempty"`   // targets.exclude
	Unapplied  []string         `json:"unapplied,omitempty"` // targets.unapplied
	GlobLines  map[string]int   `json:"globLines,omitempty"` // of those globs
	Checks     map[string]Check `json:"checks,omitempty"`    // by check id
	Rules      []Rule           `json:"rules,omitempty"`
	Waivers    []Waiver         `json:"waivers,omitempty"`
	Evidence   Evidence         `json:"evidence,omitzero"`
	Audit      Audit            `json:"audit,omitzero"`
	Reviews    Reviews          `json:"reviews,omitzero"`
	// NoImpact: what changes of other repositories do here is not looked at (impact:
	// false).
	NoImpact bool `json:"noImpact,omitempty"`
}

// Reviews says of which pull requests a review begins by itself (always), and of which
// when somebody asks for it (asked); "" is always.
type Reviews struct {
	Drafts string `json:"drafts,omitempty"`
	Forks  string `json:"forks,omitempty"`
	Bots   string `json:"bots,omitempty"`
}

// Asked is the word for reviews that somebody must ask for.
const Asked = "asked"

// Audit says how often the default branch is audited, and whether an issue holds
// the report.
type Audit struct {
	Every string `json:"every,omitempty"` // daily, weekly, monthly or off; "" is the operator's
	Issue bool   `json:"issue,omitempty"`
}

// Cluster names the targets below a directory, and what Argo CD applies to a
// destination, as one cluster.
type Cluster struct {
	Name         string   `json:"name"`
	Path         string   `json:"path,omitempty"`
	Destinations []string `json:"destinations,omitempty"` // names and servers of Argo CD's
	Environment  string   `json:"environment,omitempty"`
	Line         int      `json:"line,omitempty"`
}

// Check is what the file says about one check.
type Check struct {
	Severity string          `json:"severity,omitempty"`
	Enabled  *bool           `json:"enabled,omitempty"`
	Options  json.RawMessage `json:"options,omitempty"`
	Line     int             `json:"line"` // of the options, else of the check
	// Locked: in an organisation's file, no repository sets the check up itself.
	Locked bool `json:"locked,omitempty"`
	// Inherited: the options are the organisation's, and Line is of its file.
	Inherited bool `json:"-"`
}

// Waiver accepts a finding until a day.
type Waiver struct {
	Check  string `json:"check"`
	Object string `json:"object,omitempty"` // Kind/namespace/name, or Kind/name
	Path   string `json:"path,omitempty"`   // glob of source files
	// Selector is one of labels, as kubectl writes it: "app=web,tier!=db".
	Selector string    `json:"selector,omitempty"`
	Targets  []string  `json:"targets,omitempty"`  // globs of target ids or their directories
	Clusters []string  `json:"clusters,omitempty"` // globs of names
	Reason   string    `json:"reason"`
	Owner    string    `json:"owner"`
	Expires  time.Time `json:"expires"` // the last day on which it holds
	Line     int       `json:"line"`
}

// Evidence says where proofs of readiness are kept.
type Evidence struct {
	Dir          string   `json:"dir,omitempty"`
	Environments []string `json:"environments,omitempty"`
	MaxAgeDays   int      `json:"maxAgeDays,omitempty"`
}

// Mistake is something in the file that does not count, and why.
type Mistake struct {
	Line    int    `json:"line"`
	Message string `json:"message"`
	Whole   bool   `json:"whole,omitempty"` // nothing of the file counts
}

// Rule is a rule of the team's own, in CEL.
type Rule struct {
	ID       string   `json:"id"`
	Kinds    []string `json:"kinds"` // Kind, or Kind.group
	Expr     string   `json:"expr"`
	Message  string   `json:"message"`
	Severity string   `json:"severity,omitempty"`
	Field    string   `json:"field,omitempty"` // JSON Pointer to where the finding stands
	Line     int      `json:"line"`
}
