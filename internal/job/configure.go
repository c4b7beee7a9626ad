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
	ids := []string{review.RenderFailed, review.ConfigInvalid, review.ConfigChanged, review.WaiverExpired, review.WaiverInvalid,
		review.WaiverProposed, review.WaiverUnused}
	for _, c := range r.Checks {
		ids = append(ids, c.ID)
	}
	return ids
}

// Configure reads the repository's file from the governing tree, the tip of the
// branch whose word counts, into the change.
func (r *Reviewer) Configure(ctx context.Context, governing *model.Tree, c *Change) error {
	file, path, mistakes, err := config.Read(ctx, r.Runner, governing, c.Scope, r.known(c))
	if err != nil {
		return err
	}
	c.Governing = governing
	return r.Apply(file, path, mistakes, c)
}

// Apply puts the repository's file into the change. Options that a check does
// not know are mistakes of the file; what is right still counts.
func (r *Reviewer) Apply(file config.File, path string, mistakes []config.Mistake, c *Change) error {
	own := file.Waivers
	file, more := config.Merge(c.Organisation, file)
	mistakes = append(slices.Clip(mistakes), more...)
	c.Mistakes = append(c.Mistakes, c.organisationMistakes...)
	c.Gate = review.Gate(file.Gate)
	c.Configured = path != ""
	c.Evidence = file.Evidence.Dir
	c.Exclude, c.Unapplied, c.Mirrors = file.Exclude, file.Unapplied, file.Mirrors
	c.Clusters = file.Clusters
	c.Settings = review.Settings{Off: map[string]bool{}, Severity: map[string]review.Severity{}, Options: map[string]any{}, Kubernetes: file.Kubernetes,
		Proofs: review.Proofs(file.Evidence)}
	for _, rule := range file.Rules {
		check, err := ruleCheck(rule)
		if err != nil {
			return err
		}
		c.Settings.Rules = append(c.Settings.Rules, check)
	}
	for _, check := range slices.Concat(r.Checks, c.Settings.Rules) {
		set, ok := file.Checks[check.ID]
		if !ok {
			continue
		}
		c.Settings.Off[check.ID] = set.Enabled != nil && !*set.Enabled
		if set.Severity != "" {
			c.Settings.Severity[check.ID] = review.Severity(set.Severity)
		}
		if len(set.Options) == 0 {
			continue
		}
		options, err := decodeOptions(check, set.Options)
		if err != nil && set.Inherited {
			c.Mistakes = append(c.Mistakes, c.inherited(config.Mistake{Line: set.Line, Message: fmt.Sprintf("options of `%s`: %s", check.ID, err)}))
			continue
		}
		if err != nil {
			mistakes = append(mistakes, config.Mistake{Line: set.Line, Message: fmt.Sprintf("options of `%s`: %s", check.ID, err)})
			continue
		}
		c.Settings.Options[check.ID] = options
	}
	for i, w := range slices.Concat(own, c.Organisation.Waivers) {
		waiver, err := waiverOf(w)
		if err != nil {
			return err
		}
		if i < len(own) {
			waiver.File = path // the organisation's has no line here
		}
		c.Settings.Waivers = append(c.Settings.Waivers, waiver)
	}
	for _, m := range mistakes {
		c.Mistakes = append(c.Mistakes, review.Mistake{File: path, Line: m.Line, Message: m.Message})
	}
	return nil
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
	file, mistakes, err := config.ReadAt(ctx, r.Runner, c.Head, path, c.Scope, r.known(&c))
	if err != nil {
		if sandbox.GaveUp(err) {
			return &review.Proposal{File: path, Mistakes: []review.Mistake{{File: path, Line: 1, Message: "the file could not be read within the limits"}}}, nil
		}
		return nil, fmt.Errorf("read the proposed %s: %w", path, err)
	}
	next := c
	next.Mistakes = nil
	if err := r.Apply(file, path, mistakes, &next); err != nil {
		return nil, err
	}
	in.Settings, in.Gate, in.Mistakes, in.Locate = next.Settings, next.Gate, nil, nil
	report, err := review.Review(in)
	if err != nil {
		return nil, fmt.Errorf("review by the proposed %s: %w", path, err)
	}
	return &review.Proposal{File: path, Mistakes: next.Mistakes, Conclusion: report.Conclusion, Blocking: report.Blockers()}, nil
}
