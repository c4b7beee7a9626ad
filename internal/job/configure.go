package job

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// CheckIDs gives the ids of all checks.
func (r *Reviewer) CheckIDs() []string {
	ids := []string{review.RenderFailed, review.SightLost, review.ConfigInvalid, review.ConfigChanged, review.WaiverExpired, review.WaiverInvalid,
		review.WaiverProposed, review.WaiverUnused}
	for _, c := range r.Checks {
		ids = append(ids, c.ID)
	}
	return ids
}

// Governance is what the repository's file, and its organisation's below it, say of
// a review.
type Governance struct {
	Gate       review.Gate
	Settings   review.Settings
	Clusters   []config.Cluster
	Exclude    []string         // globs of directories that are no targets
	Mirrors    []string         // further URLs of the repository itself
	Unapplied  []string         // globs of files and directories that nothing applies, on purpose
	Mistakes   []review.Mistake // in the files
	NoImpact   bool             // what changes of other repositories do here is not looked at
	Configured bool             // the repository has such a file
	File       string           // its path; "" where it is in no tree
	GlobLines  map[string]int   // of Exclude and Unapplied
	Evidence   string           // the directory of operational evidence that it names
	Reviews    config.Reviews   // which pull requests are reviewed by themselves
	Governing  *model.Tree      // of the branch whose waivers in comments count; nil for none
	Defaults   Defaults
}

// Configure gives what the repository's file says in the governing tree, the tip of
// the branch whose word counts.
func (r *Reviewer) Configure(ctx context.Context, governing *model.Tree, scope string, below Defaults) (Governance, error) {
	file, path, mistakes, err := config.Read(ctx, r.Runner, governing, scope, r.known(below))
	if err != nil {
		return Governance{}, err
	}
	g, err := r.Govern(file, path, mistakes, below)
	g.Governing = governing
	return g, err
}

// Govern gives what a repository's file says of a review. Options that a check does
// not know are mistakes of the file; what is right still counts.
func (r *Reviewer) Govern(file config.File, path string, mistakes []config.Mistake, below Defaults) (Governance, error) {
	own := file.Waivers
	file, more := config.Merge(below.file, file)
	mistakes = append(slices.Clip(mistakes), more...)
	g := Governance{Gate: review.Gate(file.Gate), Clusters: file.Clusters, Exclude: file.Exclude, Unapplied: file.Unapplied, Mirrors: file.Mirrors,
		Mistakes: slices.Clone(below.mistakes), Configured: path != "", File: path, GlobLines: file.GlobLines, Evidence: file.Evidence.Dir, Reviews: file.Reviews, NoImpact: file.NoImpact, Defaults: below}
	g.Settings = review.Settings{Off: map[string]bool{}, Severity: map[string]review.Severity{}, Options: map[string]any{}, Kubernetes: file.Kubernetes,
		Proofs: review.Proofs(file.Evidence)}
	for _, rule := range file.Rules {
		check, err := ruleCheck(rule)
		if err != nil {
			return g, err
		}
		g.Settings.Rules = append(g.Settings.Rules, check)
	}
	for _, check := range slices.Concat(r.Checks, g.Settings.Rules) {
		set, ok := file.Checks[check.ID]
		if !ok {
			continue
		}
		g.Settings.Off[check.ID] = set.Enabled != nil && !*set.Enabled
		if set.Severity != "" {
			g.Settings.Severity[check.ID] = review.Severity(set.Severity)
		}
		if len(set.Options) == 0 {
			continue
		}
		options, err := decodeOptions(check, set.Options)
		if err != nil && set.Inherited {
			g.Mistakes = append(g.Mistakes, below.mistake(config.Mistake{Line: set.Line, Message: fmt.Sprintf("options of `%s`: %s", check.ID, err)}))
			continue
		}
		if err != nil {
			mistakes = append(mistakes, config.Mistake{Line: set.Line, Message: fmt.Sprintf("options of `%s`: %s", check.ID, err)})
			continue
		}
		g.Settings.Options[check.ID] = options
	}
	for i, w := range slices.Concat(own, below.file.Waivers) {
		waiver, err := waiverOf(w)
		if err != nil {
			return g, err
		}
		if i < len(own) {
			waiver.File = path // the organisation's has no line here
		}
		g.Settings.Waivers = append(g.Settings.Waivers, waiver)
	}
	for _, m := range mistakes {
		g.Mistakes = append(g.Mistakes, review.Mistake{File: path, Line: m.Line, Message: m.Message})
	}
	return g, nil
}

// waiverOf is a waiver of a file as a review applies it.
func waiverOf(w config.Waiver) (review.Waiver, error) {
	out := review.Waiver{Check: w.Check, Object: w.Object, Path: w.Path, Targets: w.Targets, Clusters: w.Clusters,
		Reason: w.Reason, Owner: w.Owner, Expires: w.Expires, Line: w.Line}
	if w.Selector == "" {
		return out, nil
	}
	selector, err := labels.Parse(w.Selector)
	if err != nil {
		return out, fmt.Errorf("read the selector of a waiver: %w", err)
	}
	out.Selector = selector
	return out, nil
}

// decodeOptions reads options over the check's defaults, into a value of their
// own.
func decodeOptions(check *review.Check, raw json.RawMessage) (any, error) {
	if check.Options == nil {
		return nil, fmt.Errorf("the check has none")
	}
	defaults := reflect.ValueOf(check.Options).Elem()
	options := reflect.New(defaults.Type())
	options.Elem().Set(defaults)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(options.Interface()); err != nil {
		return nil, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return options.Interface(), nil
}

// proposal says what the change would make of the repository's file; nil when
// it leaves it alone. A pull request is judged by the file that governs it, not
// by its own.
func (r *Reviewer) proposal(ctx context.Context, c Change, in review.Input) (*review.Proposal, error) {
	path := ""
	for _, p := range config.Paths {
		if slices.Contains(in.ChangedFiles, p) {
			path = p
			break
		}
	}
	if path == "" {
		return nil, nil
	}
	if _, ok := c.Head.Lookup(path); !ok {
		return &review.Proposal{File: path, Removed: true}, nil
	}
	file, mistakes, err := config.ReadAt(ctx, r.Runner, c.Head, path, c.Scope, r.known(c.Defaults))
	if err != nil {
		if sandbox.GaveUp(err) {
			return &review.Proposal{File: path, Mistakes: []review.Mistake{{File: path, Line: 1, Message: "the file could not be read within the limits"}}}, nil
		}
		return nil, fmt.Errorf("read the proposed %s: %w", path, err)
	}
	next, err := r.Govern(file, path, append(mistakes, config.Nowhere(file, c.Head)...), c.Defaults)
	if err != nil {
		return nil, err
	}
	in.Settings, in.Gate, in.Mistakes, in.Locate = next.Settings, next.Gate, nil, nil
	report, err := review.Review(in)
	if err != nil {
		return nil, fmt.Errorf("review by the proposed %s: %w", path, err)
	}
	return &review.Proposal{File: path, Mistakes: next.Mistakes, Waivers: next.Settings.Waivers, Gate: next.Gate, Conclusion: report.Conclusion, Blocking: report.Blockers(), Places: !samePlaces(c.Governance, next)}, nil
}

// samePlaces reports whether two files say the same of what is rendered, and under
// which name.
func samePlaces(a, b Governance) bool {
	return slices.Equal(clusterNames(a), clusterNames(b)) && slices.Equal(a.Exclude, b.Exclude) && slices.Equal(a.Unapplied, b.Unapplied) && slices.Equal(a.Mirrors, b.Mirrors)
}

func clusterNames(g Governance) []string {
	out := []string{}
	for _, c := range g.Clusters {
		out = append(out, c.Name+" "+c.Path+" "+strings.Join(c.Destinations, " "))
	}
	return out
}
