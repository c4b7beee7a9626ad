package report

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// The parts of SARIF 2.1.0 (OASIS) that a report needs.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
}

// sarifInvocation says what could not be seen: without it, an incomplete review
// looks clean.
type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level   string       `json:"level"`
	Message sarifMessage `json:"message"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	ShortDescription sarifMessage    `json:"shortDescription"`
	FullDescription  *sarifMessage   `json:"fullDescription,omitempty"`
	HelpURI          string          `json:"helpUri,omitempty"`
	Help             sarifMessage    `json:"help"`
	Properties       sarifProperties `json:"properties"`
}

// sarifProperties are what GitHub's code scanning reads of a rule: it shows the
// severity of one that is tagged security as critical above 9.0, high from 7.0,
// medium from 4.0.
type sarifProperties struct {
	Tags             []string `json:"tags,omitempty"`
	SecuritySeverity string   `json:"security-severity,omitempty"`
}

var securitySeverity = map[review.Severity]string{
	review.Critical: "9.5", review.High: "8.0", review.Medium: "5.5", review.Low: "3.0", review.Info: "1.0",
}

// Tool is what a SARIF file says of this program.
type Tool struct {
	Version string
	Checks  []*review.Check // whose titles and explanations the rules have
}

// rule describes a check to code scanning.
func (t Tool) rule(f review.Finding) sarifRule {
	rule := sarifRule{ID: f.Check, Name: f.Check, ShortDescription: sarifMessage{plainMarks(f.Title)}, Help: sarifMessage{f.Remediation}}
	if strings.HasPrefix(f.Docs, "docs/") {
		rule.HelpURI = home + "/blob/main/" + f.Docs
	}
	for _, c := range t.Checks {
		if c.ID != f.Check {
			continue
		}
		rule.ShortDescription.Text = plainMarks(c.Doc.Title)
		rule.FullDescription = &sarifMessage{plainMarks(c.Doc.What)}
		rule.Properties.Tags = []string{string(c.Area)}
		if c.Area == review.Security || c.Area == review.SupplyChain {
			rule.Properties.SecuritySeverity = securitySeverity[c.Severity]
			if c.Area != review.Security {
				rule.Properties.Tags = append(rule.Properties.Tags, "security")
			}
		}
	}
	return rule
}

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	Level        string             `json:"level"`
	Message      sarifMessage       `json:"message"`
	Locations    []sarifLocation    `json:"locations,omitempty"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Fingerprints map[string]string  `json:"partialFingerprints,omitempty"`
	Baseline     string             `json:"baselineState,omitempty"`
}

type sarifSuppression struct {
	Kind string `json:"kind"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
	EndLine   int `json:"endLine"`
}

const home = "https://github.com/seaworthy-dev/seaworthy"

// SARIF writes the findings for code scanning. Fixed ones are left out: code
// scanning closes by itself what is no longer reported.
func SARIF(w io.Writer, r *review.Report, tool Tool) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "Seaworthy", Version: tool.Version, InformationURI: home, Rules: []sarifRule{}}}, Results: []sarifResult{}}
	run.Invocations = []sarifInvocation{sarifRunOf(r)}
	rules := map[string]sarifRule{}
	for _, f := range r.Findings {
		if f.Status == review.Fixed || f.Status == review.Unknown {
			continue
		}
		if _, known := rules[f.Check]; !known {
			rules[f.Check] = tool.rule(f)
		}
		run.Results = append(run.Results, sarifOf(f))
	}
	for _, rule := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
	}
	sort.Slice(run.Tool.Driver.Rules, func(i, j int) bool { return run.Tool.Driver.Rules[i].ID < run.Tool.Driver.Rules[j].ID })
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
	if err := e.Encode(log); err != nil {
		return fmt.Errorf("write the report as SARIF: %w", err)
	}
	return nil
}

func sarifRunOf(r *review.Report) sarifInvocation {
	out := sarifInvocation{Successful: true}
	for _, i := range r.Incomplete {
		if i.Reached {
			out.Notifications = append(out.Notifications, sarifNotification{"warning", sarifMessage{oneLine(fmt.Sprintf("Not visible: %s (%s): %s", i.Target, i.Class, plainMarks(i.Message)))}})
		}
	}
	for _, f := range r.Findings {
		if f.Status == review.Unknown {
			out.Notifications = append(out.Notifications, sarifNotification{"note", sarifMessage{oneLine("Not certain: " + f.Check + ": " + plainMarks(f.Message))}})
		}
	}
	return out
}

var sarifLevel = map[review.Severity]string{
	review.Critical: "error", review.High: "error", review.Medium: "warning", review.Low: "note", review.Info: "note",
}

func sarifOf(f review.Finding) sarifResult {
	out := sarifResult{RuleID: f.Check, Level: sarifLevel[f.Severity], Message: sarifMessage{oneLine(f.Title + ": " + plainMarks(f.Message))}}
	if f.Location != nil {
		out.Locations = []sarifLocation{{sarifPhysical{sarifArtifact{f.Location.File},
			sarifRegion{max(1, f.Location.Line), max(1, f.Location.Line, f.Location.EndLine)}}}}
	}
	if f.Status == review.Waived {
		out.Suppressions = []sarifSuppression{{"external"}}
	}
	switch f.Status {
	case review.New, review.Worse:
		out.Baseline = "new"
	case review.Existing:
		out.Baseline = "unchanged"
	}
	if f.Object != nil {
		// What stays the same when lines move: the check, the object, the field.
		out.Fingerprints = map[string]string{"seaworthy/v1": f.Check + " " + f.Object.GroupKind() + " " + f.Object.String() + " " + f.Field}
	}
	return out
}
