package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/checks/sops"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sopsRecipientsDiffer = &review.Check{
	ID: "sops-recipients-differ", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "recipients differ from the SOPS rule",
		What:   "In an audit, compares the age recipients of each SOPS-encrypted file with those of the first matching creation rule in the nearest `.sops.yaml`. Also looks for a rule without a recipient that every other rule (at least two) has.",
		Why:    "A recipient that was added to the rule cannot read what was encrypted before: the new cluster, or the person who restores it, fails at the worst time. A recipient that was removed can still read everything.",
		Fix:    "Run `sops updatekeys FILE` for each file. If a recipient was removed, rotate the secrets too.",
		Verify: "sops updatekeys --input-type yaml FILE",
		Waive:  "The file is meant for fewer recipients, and another rule says so.",
		Effort: "small",
		Bad:    "creation_rules: [{age: \"age1a…,age1b…\"}]   # and a file whose sops.age has age1a… alone",
		Good:   "creation_rules: [{age: \"age1a…,age1b…\"}]   # and both in each file",
	},
	Run: review.Files(func(p *review.Pass) {
		p.Looked(0) // only what is encrypted under a rule counts
		configs := map[string][]recipients{}
		stale := map[string]*staleFiles{}
		var order []string
		for _, file := range sops.Subjects(p) {
			content := p.Read(file)
			config := sops.Config(p, file)
			if config == "" || !scan.Encrypted(content) {
				continue
			}
			rules, known := configs[config]
			if !known {
				rules = recipientsOf(p.Read(config))
				configs[config] = rules
				forgotten(p, config, rules)
			}
			have := ageKeys.FindAllString(string(content), -1)
			rule := ruleFor(rules, config, file)
			if rule == nil || len(have) == 0 || len(rule.keys) == 0 {
				continue
			}
			key := fmt.Sprint(config, " ", rule.Line)
			if stale[key] == nil {
				stale[key] = &staleFiles{config: config, line: rule.Line}
				order = append(order, key)
			}
			p.Looked(1, file)
			stale[key].hold(file, rule.keys, have)
		}
		for _, key := range order {
			stale[key].report(p)
		}
	}).OfAudits(),
}

// ageKeys matches age's recipients (filippo.io/age: Bech32 of 32 bytes behind "age1").
var ageKeys = pattern.New(`\bage1[02-9ac-hj-np-z]{58}\b`)

// recipients are those of a creation rule.
type recipients struct {
	sops.Rule
	keys []string
}

// recipientsOf gives the rules of a .sops.yaml with their recipients: the keys that
// stand from the rule's line to the next one's, however they are listed.
func recipientsOf(content []byte) []recipients {
	rules, ok := sops.Rules(content)
	if !ok {
		return nil
	}
	lines := strings.Split(string(content), "\n")
	out := make([]recipients, len(rules))
	for i, r := range rules {
		end := len(lines)
		if i+1 < len(rules) {
			end = rules[i+1].Line - 1
		}
		out[i] = recipients{r, distinct(ageKeys.FindAllString(uncommented(lines[r.Line-1:end]), -1))}
	}
	return out
}

// uncommented joins lines without those that are comments.
func uncommented(lines []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), "#") }), "\n")
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// ruleFor is the first rule that takes a file; nil for none.
func ruleFor(rules []recipients, config, file string) *recipients {
	from := sops.Within(config, file)
	for i := range rules {
		if rules[i].Takes(from) {
			return &rules[i]
		}
	}
	return nil
}

// forgotten reports a rule without a recipient that all others have.
func forgotten(p *review.Pass, config string, rules []recipients) {
	const fewest = 3 // of two rules one may be for another cluster
	rules = slices.DeleteFunc(slices.Clone(rules), func(r recipients) bool { return len(r.keys) == 0 })
	if len(rules) < fewest {
		return
	}
	for i, r := range rules {
		common := slices.Clone(rules[(i+1)%len(rules)].keys)
		for j, other := range rules {
			if j != i {
				common = slices.DeleteFunc(common, func(k string) bool { return !slices.Contains(other.keys, k) })
			}
		}
		for _, k := range common {
			if !slices.Contains(r.keys, k) {
				p.Report(review.Hit{File: config, Line: r.Line, Key: "forgotten " + k,
					Message: fmt.Sprintf("The rule leaves out the recipient `%s`, which every other rule of the file names.", short(k))})
			}
		}
	}
}

// staleFiles are the files of a rule that are encrypted for others than it names.
type staleFiles struct {
	config            string
	line              int
	without, still    []string // files
	missing, lingered []string // recipients
}

func (s *staleFiles) hold(file string, rule, have []string) {
	lacks := slices.DeleteFunc(slices.Clone(rule), func(k string) bool { return slices.Contains(have, k) })
	more := slices.DeleteFunc(slices.Clone(have), func(k string) bool { return slices.Contains(rule, k) })
	if len(lacks) > 0 {
		s.without, s.missing = append(s.without, file), distinct(append(s.missing, lacks...))
	}
	if len(more) > 0 {
		s.still, s.lingered = append(s.still, file), distinct(append(s.lingered, more...))
	}
}

func (s *staleFiles) report(p *review.Pass) {
	for _, part := range []struct {
		key, text   string
		files, keys []string
	}{
		{"without", "%s of the rule cannot read %s.", s.without, s.missing},
		{"still", "%s, which the rule does not name, can read %s.", s.still, s.lingered},
	} {
		if len(part.files) == 0 {
			continue
		}
		var keys []string
		for _, k := range part.keys {
			keys = append(keys, "`"+short(k)+"`")
		}
		p.Report(review.Hit{File: s.config, Line: s.line, Key: part.key, Measure: len(part.files),
			Message: fmt.Sprintf("The recipient "+part.text, text.Some(keys), text.Some(text.Code(part.files)))})
	}
}

// short is a recipient as people tell it apart.
func short(key string) string { return key[:len("age1")+8] + "…" }
