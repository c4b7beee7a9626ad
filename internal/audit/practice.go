package audit

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Practices are how people work on and run what the repository holds, a table for
// each subject.
type Practices struct {
	Tables   []PracticeTable `json:"tables"`
	Commands []Said          `json:"commands"` // by which the repository tests itself, as its pipelines have them
}

// PracticeTable is one subject.
type PracticeTable struct {
	Title string     `json:"title"`
	Rows  []Practice `json:"rows"`
}

// Practice is one row: what a check said of it, or where the repository speaks of it.
type Practice struct {
	Area     string   `json:"area"`
	State    State    `json:"state"`
	Gaps     []string `json:"gaps"` // ids
	Checks   []string `json:"checks"`
	Evidence []Said   `json:"evidence"`
}

// practice says what to look for.
type practice struct {
	area           string
	files, heads   *pattern.Pattern // paths; headings
	commands, code *pattern.Pattern // lines of pipelines; lines of program code
	look           func(*book) []Said
	checks         []string
}

func words(s string) *pattern.Pattern { return pattern.New("(?i)" + s) }

var practices = []struct {
	title string
	code  bool // of program code: only where there is some
	rows  []practice
}{
	{"Developer experience", false, []practice{
		{area: "Onboarding", files: words(`(^|/)(flake\.nix|shell\.nix|devbox\.json|\.envrc|\.devcontainer/devcontainer\.json|(scripts/)?(bootstrap|quickstart|setup)([-_][\w-]+)?(\.(sh|ps1|cmd))?)$|getting-started|quick-?start[^/]*\.md$`), heads: words(`getting started|quick ?start|onboarding|local setup|prerequisites`)},
		{area: "Local iteration", files: words(`(^|/)(Tiltfile|skaffold\.ya?ml|devspace\.ya?ml|docker-compose\.ya?ml|compose\.ya?ml)$|e2e-(kind|minikube)`), heads: words(`local development|development loop|live.?reload`)},
		{area: "Diagrams", files: words(`\.(mmd|puml|drawio|excalidraw|dot)$|(^|/)diagrams?/`)},
		{area: "Decisions", files: words(`(^|/)(adrs?|decisions?)/[^/]+\.md$`)},
		{area: "Debugging", files: words(`(debug|troubleshoot)[^/]*\.md$`), heads: words(`debug|troubleshoot`)},
		{area: "Tests", commands: words(`\b(pytest|go test|npm (run )?test|cargo test|mvn .*test|gradle .*test|kyverno test|conftest)\b`), checks: []string{"ci-no-tests"}},
		{area: "Coverage", files: words(`(^|/)(\.coveragerc|codecov\.ya?ml|\.nycrc)$`), commands: words(`--cov|-cover(profile)?\b|coverage`)},
		{area: "Contract tests", files: words(`(^|/)(tests?|spec)/contract/|\.pact$|openapi.*test`)},
		{area: "Tests with a cluster", files: words(`e2e|integration|kuttl|chainsaw|kind-config`)},
		{area: "Load tests", files: words(`(load-?test|k6|locust|gatling|vegeta|jmeter)[^/]*\.(js|py|scala|ya?ml|jmx|sh)$`)},
		{area: "Hooks before a commit", files: words(`(^|/)(\.pre-commit-config\.ya?ml|lefthook\.ya?ml|\.husky/)`), checks: []string{"std-file-pre-commit", "precommit-hooks-inert"}},
		{area: "Owners and templates", checks: []string{"std-file-codeowners", "std-file-pr-template", "std-file-issue-template"}},
	}},
	{"Operations", false, []practice{
		{area: "Deployment", heads: words(`\b(deploy(ment|ing)?|install(ation|ing)?)\b`)},
		{area: "Upgrade", heads: words(`\bupgrad(e|es|ing)\b`), checks: []string{"upgrade-doc-missing", "flux-upgrade-doc-missing"}},
		{area: "Rollback", heads: words(`roll(ing)?[- ]?back|revert`), checks: []string{"rollback-doc-missing"}},
		{area: "Promotion", heads: words(`promot(e|ion|ing)\b`), checks: []string{"promotion-doc-missing"}},
		{area: "Disaster recovery", files: words(`(disaster|recovery|restore)[^/]*\.md$`), checks: []string{"dr-doc-missing"}},
		{area: "Runbooks", files: words(`runbooks?/[^/]+\.md$|runbook[^/]*\.md$`), checks: []string{"runbook-missing"}},
		{area: "On call and escalation", heads: words(`on.?call|escalation|incident`)},
		{area: "Service levels", heads: words(`\bSL[OI]s?\b|service levels?|error budget`), checks: []string{"slo-missing"}},
		{area: "Capacity and cost", heads: words(`capacity|cost|sizing`), checks: []string{"evidence-capacity-baseline"}},
		{area: "Several clusters or regions", heads: words(`multi.?(cluster|region)|regions?\b`)},
		{area: "Chaos", files: words(`chaos[^/]*\.(md|ya?ml)$|litmus`)},
		{area: "Drills", files: words(`drill[^/]*\.md$`), checks: []string{"evidence-dr-drill", "evidence-not-found"}},
		{area: "Backups", files: words(`backup[^/]*\.(sh|py|md|ya?ml)$`), heads: words(`back-?ups?\b`), checks: []string{"backup-schedule-missing"}},
		{area: "Keys of secrets", heads: words(`(age|sops|key).*(backup|recover|rotat|escrow)|(backup|recover|rotat|escrow).*(age|sops|key)s?`), checks: []string{"sops-key-backup-doc-missing"}},
		{area: "Which secret where", checks: []string{"secret-strategy-doc-missing"}},
	}},
	{"Pipelines and releases", false, []practice{
		{area: "Manifests are built and validated", commands: words(`kustomize build|kubeconform|kubectl kustomize|flux build|helm (lint|template)`), checks: []string{"ci-no-manifest-validation"}},
		{area: "Images are scanned", commands: words(`trivy(-action| image| fs| config| k8s)|grype|snyk (test|container)|clair`), checks: []string{"ci-image-scan-missing", "cve-suppression-governance"}},
		{area: "Images are immutable", commands: words(`immutable|digest`), checks: []string{"image-tag-mutable", "image-not-digest-pinned"}},
		{area: "Actions are pinned", checks: []string{"ci-action-unpinned"}},
		{area: "Releases are made by a pipeline", commands: words(`goreleaser|semantic-release|release-please|gh release|softprops/action-gh-release`), checks: []string{"release-automation-missing"}},
		{area: "Versions agree", checks: []string{"version-coherence"}},
		{area: "Tags are signed", commands: words(`verify-tag|git tag -s|tag.*(signature|signed|gpg)`)},
		{area: "Signatures, provenance, bill of materials", commands: words(`cosign|attest|sbom|slsa|syft`), checks: []string{"sbom-provenance-missing"}},
		{area: "Smoke tests", commands: words(`smoke`), files: words(`smoke[^/]*\.(sh|py|ya?ml)$`)},
		{area: "Evidence is asked for by a pipeline", commands: words(`evidence`)},
		{area: "Deployment order", checks: []string{"deploy-order-drift"}},
		{area: "Dependencies are updated", files: words(`(^|/)(\.github/dependabot\.ya?ml|renovate\.json5?|\.renovaterc(\.json)?)$`), checks: []string{"dependency-update-bot-missing"}},
		{area: "Dependencies of programs are pinned", look: (*book).pinned},
		{area: "Changes are told", checks: []string{"changelog-missing"}},
	}},
	{"Program code", true, []practice{
		{area: "Errors are handled in one place", code: words(`exception_handler|@ExceptionHandler|recover\(\)|app\.use\(\(err|errorhandler`)},
		{area: "Stops in order", code: words(`SIGTERM|signal\.Notify|add_signal_handler|graceful|shutdown\(`)},
		{area: "Configuration is checked at start", code: words(`BaseSettings|pydantic|envconfig|validate_?config|load_config|viper\.|raise (Value|Config)\w*Error`)},
		{area: "Health endpoints", code: words(`(route|\bget|handle(func)?|\bpath\b|case)\b.{0,40}["'/](healthz?|readyz|livez)\b`)},
		{area: "Retries with back-off", code: words(`back-?off|retry\(|@retry|tenacity|jitter`)},
		{area: "Leader election", code: words(`leader_?elect|LeaderElection|coordination\.k8s\.io|\bLease\b`)},
		{area: "Idempotency", code: words(`idempoten|content_?hash|data_?hash`)},
		{area: "Concurrency", code: words(`threading\.|sync\.(RW)?Mutex|asyncio\.|errgroup|synchronized`)},
		{area: "Structured logs", code: words(`JSON_?Formatter|structlog|zerolog|NewJSONHandler|pino|json\.dumps\(.*(level|message)`)},
		{area: "Secrets are kept out of logs", code: words(`redact`)},
		{area: "Metrics", code: words(`prometheus_client|client_golang|prom-client|micrometer`)},
		{area: "Traces", code: words(`opentelemetry`), checks: []string{"tracing-missing"}},
		{area: "Style and types", files: words(`(^|/)(\.golangci\.ya?ml|ruff\.toml|mypy\.ini|\.eslintrc[^/]*|\.flake8|tsconfig\.json)$`), commands: words(`\b(ruff|mypy|eslint|golangci-lint|staticcheck|flake8|tsc)\b`)},
		{area: "Unfinished by its own word", checks: []string{"todo-marker"}},
	}},
}

// verifies matches the commands by which repositories test themselves.
var verifies = words(`\b(pytest|go test|npm (run )?test|cargo test|kubeconform|helm lint|ct lint|conftest|kyverno test|gitleaks|pre-commit run|yamllint|tflint|terraform validate|ansible-lint|flux build)\b|` +
	`\btrivy (image|fs|config|k8s)|kustomize build|\b(python3?|bash|sh|uv run|\./)\s*\S*(check|validate|verify|lint|smoke|e2e)[\w-]*\.(py|sh)|\bmake (test|check|lint|validate|verify)\b|uses: .*(trivy-action|pre-commit/action|gitleaks|codeql)`)

// mostVerifying bounds the commands that are listed, mostPlaces the places of a row.
const mostVerifying, mostPlaces = 18, 2

func practicesOf(b *book, checks []review.CheckResult, all []Gap) Practices {
	out := Practices{Tables: []PracticeTable{}, Commands: b.commands(verifies, mostVerifying)}
	if out.Commands == nil {
		out.Commands = []Said{}
	}
	code, tests := b.hasCode()
	for _, p := range practices {
		if p.code && code == 0 {
			continue
		}
		t := PracticeTable{Title: p.title, Rows: []Practice{}}
		if p.code {
			t.Rows = append(t.Rows, Practice{Area: "Tests", State: NotAssessed, Gaps: []string{}, Checks: []string{},
				Evidence: []Said{{Text: fmt.Sprintf("%s of code, %s of tests", count(code, "file"), count(tests, "file"))}}})
		}
		for _, r := range p.rows {
			t.Rows = append(t.Rows, r.judge(b, checks, all, p.code))
		}
		if p.code {
			t.Rows = append(t.Rows, Practice{Area: "Edge cases, correctness, quality", State: NotAssessed, Gaps: []string{}, Checks: []string{},
				Evidence: []Said{{Text: "not assessed by Seaworthy: it runs nothing and reads code for words only"}}})
		}
		out.Tables = append(out.Tables, t)
	}
	return out
}

// row finds a practice by its name; nil for none.
func (p Practices) row(area string) *Practice {
	for _, t := range p.Tables {
		for i := range t.Rows {
			if t.Rows[i].Area == area {
				return &t.Rows[i]
			}
		}
	}
	return nil
}

// judge is one row. What only the presence of a file or a line shows is present, and
// of program code not assessed: nobody ran or read it for its sense.
func (r practice) judge(b *book, checks []review.CheckResult, all []Gap, code bool) Practice {
	out := Practice{Area: r.area, State: Empty, Gaps: []string{}, Checks: []string{}, Evidence: []Said{}}
	for _, c := range checks {
		for _, id := range r.checks {
			if c.Check.ID == id && c.Outcome == review.Passed {
				out.Checks = append(out.Checks, lookedAt(c))
			}
		}
	}
	var of []review.CheckResult
	for _, c := range checks {
		for _, id := range r.checks {
			if c.Check.ID == id && c.Outcome != review.NotApplicable && c.Outcome != review.Off {
				of = append(of, c)
			}
		}
	}
	for _, g := range all {
		for _, id := range r.checks {
			if g.Check == id {
				out.Gaps = append(out.Gaps, g.ID)
			}
		}
	}
	for _, look := range []struct {
		of   *pattern.Pattern
		find func(*pattern.Pattern, int) []Said
	}{{r.files, b.files}, {r.heads, b.sections}, {r.commands, b.commands}, {r.code, b.code}} {
		if look.of != nil && len(out.Evidence) < mostPlaces {
			out.Evidence = append(out.Evidence, look.find(look.of, mostPlaces-len(out.Evidence))...)
		}
	}
	if r.look != nil {
		out.Evidence = append(out.Evidence, r.look(b)...)
	}
	switch {
	case len(of) > 0:
		out.State = judge(of, all)
	case code:
		out.State = NotAssessed
	case len(out.Evidence) > 0:
		out.State = Present
	}
	return out
}

// lookedAt names a check with what it looked at.
func lookedAt(c review.CheckResult) string {
	said := fmt.Sprintf("`%s` looked at %d", c.Check.ID, c.Looked)
	if len(c.Saw) > 0 {
		said += ": " + c.Saw[0]
		if c.Looked > 1 {
			said += ", …"
		}
	}
	return said
}
