package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
)

// OrganisationRepository is the name of the repository that holds an
// organisation's defaults, in the same file as any other's.
const OrganisationRepository = ".github"

// Minimum is what no repository of the organisation may fall below.
type Minimum struct {
	Gate string `json:"gate,omitempty"`
	Line int    `json:"line,omitempty"`
}

// strictness orders the gates.
var strictness = map[string]int{"report": 1, "standard": 2, "strict": 3}

// Merge gives what counts for a repository: its own file, over its
// organisation's defaults. Its checks and its gate win key by key, except where
// they are locked or too lax; rules and waivers add up. The mistakes are of the
// repository's own file. Clusters, targets, branches and consumers are a
// repository's own matter.
func Merge(defaults, own File) (File, []Mistake) {
	out := own
	mistakes := misplaced(defaults, own)
	out.Minimum = defaults.Minimum
	out.Gate = cmp.Or(own.Gate, defaults.Gate, "standard")
	if least := defaults.Minimum.Gate; strictness[out.Gate] < strictness[least] {
		if own.Gate != "" {
			mistakes = append(mistakes, Mistake{Line: own.GateLine, Message: fmt.Sprintf("the organisation wants the gate `%s` at least, and that is what counts", least)})
		}
		out.Gate = least
	}
	out.Reviews = Reviews{Drafts: cmp.Or(own.Reviews.Drafts, defaults.Reviews.Drafts), Forks: cmp.Or(own.Reviews.Forks, defaults.Reviews.Forks),
		Bots: cmp.Or(own.Reviews.Bots, defaults.Reviews.Bots)}
	out.Kubernetes = cmp.Or(own.Kubernetes, defaults.Kubernetes)
	out.Rules = slices.Concat(defaults.Rules, own.Rules)
	out.Checks = maps.Clone(own.Checks)
	if out.Checks == nil {
		out.Checks = map[string]Check{}
	}
	for id, theirs := range defaults.Checks {
		mine, set := own.Checks[id]
		switch {
		case theirs.Locked:
			if set && !mine.Locked {
				mistakes = append(mistakes, Mistake{Line: mine.Line, Message: fmt.Sprintf("the organisation locks `%s`; what stands here does not count", id)})
			}
			theirs.Inherited = true
			out.Checks[id] = theirs
		default:
			out.Checks[id] = mine.over(theirs)
		}
	}
	sort.SliceStable(mistakes, func(i, j int) bool { return mistakes[i].Line < mistakes[j].Line })
	return out, mistakes
}

// over fills in what a check's entry does not say.
func (c Check) over(defaults Check) Check {
	c.Severity = cmp.Or(c.Severity, defaults.Severity)
	if c.Enabled == nil {
		c.Enabled = defaults.Enabled
	}
	if len(c.Options) == 0 {
		c.Options, c.Line, c.Inherited = defaults.Options, defaults.Line, true
	}
	return c
}

// misplaced tells of what only an organisation's file can say. The repository
// that holds that file has it in its own, too.
func misplaced(defaults, own File) (mistakes []Mistake) {
	if own.Minimum.Gate != "" && own.Minimum.Gate != defaults.Minimum.Gate {
		mistakes = append(mistakes, Mistake{Line: own.Minimum.Line, Message: "`minimum` counts in the organisation's file only"})
	}
	for id, c := range own.Checks {
		if c.Locked && !defaults.Checks[id].Locked {
			mistakes = append(mistakes, Mistake{Line: c.Line, Message: fmt.Sprintf("`locked` of `%s` counts in the organisation's file only", id)})
		}
	}
	return mistakes
}
