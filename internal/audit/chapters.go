package audit

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// State is how a topic stands.
type State string

const (
	Fine        State = "passed"         // something was looked at, and nothing found
	InPart      State = "passed-in-part" // the same, and not all of it is visible
	Advice      State = "advice"         // something open below high, or not seen
	Bad         State = "open"           // something open, high or critical
	Unclear     State = "unknown"        // what it needs could not be seen
	Empty       State = "nothing"        // checks exist, and had nothing to look at
	NotAssessed State = "not-assessed"   // no check speaks of it
	Present     State = "present"        // it is there; no check judges it
)

// Chapter is one part of the report with stable number and heading.
type Chapter struct {
	ID     string  `json:"id"` // A7
	Title  string  `json:"title"`
	Topics []Topic `json:"topics"`
	Tables []Table `json:"tables"`
}

// Topic is one heading of a chapter: the checks that carry its tags.
type Topic struct {
	Title  string       `json:"title"`
	State  State        `json:"state"`
	Found  string       `json:"found,omitempty"` // what is rendered of it
	Says   []Said       `json:"says"`            // what releases, values and texts say of it
	Checks []TopicCheck `json:"checks"`
	Gaps   []string     `json:"gaps"` // ids
}

// TopicCheck is a check's outcome under a topic.
type TopicCheck struct {
	Check   string         `json:"check"`
	Outcome review.Outcome `json:"outcome"`
	Looked  int            `json:"looked"` // objects and files
	Saw     []string       `json:"saw"`    // the first of them
}

// Table is a table of a chapter.
type Table struct {
	Title string     `json:"title"`
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"`
}

// heading is a topic as the report has it: which tags make it, and which
// rendered kinds it counts.
type heading struct {
	title  string
	tags   []review.Tag
	kinds  []string
	checks []string // ids, beside those of the tags
}

// of reports whether a check stands under the heading.
func (h heading) of(c *review.Check) bool {
	return tagged(c, h.tags) || slices.Contains(h.checks, c.ID)
}

// part is a chapter as it is planned.
type part struct {
	id, title string
	areas     []review.Area
	headings  []heading
}

// plan is the table of contents. Checks come in by their tags; those of an area
// that no topic takes stand under "Other".
var plan = []part{
	{"A7", "Kubernetes", []review.Area{review.Reliability, review.Architecture, review.Operations, review.Testing}, []heading{
		{"Workloads", []review.Tag{review.Workloads}, []string{"Deployment.apps", "StatefulSet.apps", "DaemonSet.apps", "Job.batch", "CronJob.batch"}, nil},
		{"AI workloads", nil, nil, nil},
		{"Security context", []review.Tag{review.PodSecurity}, nil, nil},
		{"RBAC", []review.Tag{review.RBAC}, []string{"ClusterRole.rbac.authorization.k8s.io", "Role.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io", "RoleBinding.rbac.authorization.k8s.io"}, nil},
		{"Network", []review.Tag{review.Network, review.MeshTLS}, []string{"NetworkPolicy.networking.k8s.io", "CiliumNetworkPolicy.cilium.io", "PeerAuthentication.security.istio.io"}, nil},
		{"Resources", []review.Tag{review.Resources}, []string{"LimitRange", "ResourceQuota", "HorizontalPodAutoscaler.autoscaling", "VerticalPodAutoscaler.autoscaling.k8s.io"}, nil},
		{"Health checks", []review.Tag{review.Health}, nil, nil},
		{"Disruption", []review.Tag{review.Disruption}, []string{"PodDisruptionBudget.policy"}, nil},
		{"Configuration and secrets", []review.Tag{review.ConfigData, review.Secrets}, []string{"ConfigMap", "Secret", "ExternalSecret.external-secrets.io", "SealedSecret.bitnami.com"}, nil},
		{"Storage", nil, []string{"StorageClass.storage.k8s.io", "PersistentVolumeClaim"}, []string{"pvc-shrunk", "dangling-claim"}},
		{"Databases and queues", nil, nil, nil},
		{"References", []review.Tag{review.References}, nil, nil},
		{"Supply chain", []review.Tag{review.Images, review.Charts}, nil, []string{"ci-image-scan-missing", "image-signature-verify-missing", "sbom-provenance-missing", "dependency-update-bot-missing"}},
		{"Upgrades", []review.Tag{review.Upgrades, review.APIVersions}, []string{"CustomResourceDefinition.apiextensions.k8s.io"}, nil},
		{"Environments", []review.Tag{review.Environments}, nil, nil},
		{"Backups", []review.Tag{review.Backups}, []string{"Schedule.velero.io", "BackupStorageLocation.velero.io"}, nil},
	}},
	{"A8", "Flux and the way of GitOps", []review.Area{review.FluxArea}, []heading{
		{"Sources", []review.Tag{review.Sources}, nil, nil},
		{"Intervals", []review.Tag{review.Intervals}, nil, nil},
		{"Dependencies", []review.Tag{review.Dependencies}, nil, nil},
		{"Drift", []review.Tag{review.Drift}, nil, nil},
		{"Pruning", []review.Tag{review.Pruning}, nil, nil},
		{"Rollback", []review.Tag{review.Rollback}, nil, nil},
		{"Promotion", nil, nil, []string{"promotion-doc-missing"}},
		{"Decryption", nil, nil, []string{"flux-decryption-missing", "sops-rule-coverage", "sops-key-backup-doc-missing"}},
		{"Failure modes", nil, nil, []string{"flux-alerts-missing"}},
		{"Helm values", []review.Tag{review.HelmValues}, nil, nil},
		{"Builds", []review.Tag{review.Build}, nil, nil},
	}},
	{"A9", "Ingress and traffic", nil, []heading{
		{"Listeners", []review.Tag{review.Listeners, review.Exposure}, []string{gateway, meshGateway, ingress}, nil},
		{"TLS", []review.Tag{review.TLS}, []string{"Certificate.cert-manager.io", "ClusterIssuer.cert-manager.io", "Issuer.cert-manager.io"}, nil},
		{"Authentication", []review.Tag{review.Authentication}, []string{"RequestAuthentication.security.istio.io", "SecurityPolicy.gateway.envoyproxy.io"}, nil},
		{"Routes", []review.Tag{review.Routes}, []string{httpRoute, "GRPCRoute.gateway.networking.k8s.io", "VirtualService.networking.istio.io"}, nil},
		{"Rate limits", []review.Tag{review.RateLimits}, []string{"BackendTrafficPolicy.gateway.envoyproxy.io"}, nil},
		{"Observability of the edge", nil, nil, []string{"istio-telemetry-missing"}},
		{"Rules for the edge", nil, nil, []string{"gateway-allowed-routes-all", "authz-policy-missing"}},
	}},
	{"A10", "Observability", []review.Area{review.Observability}, []heading{
		{"Metrics", []review.Tag{review.Metrics}, []string{"ServiceMonitor.monitoring.coreos.com", "PodMonitor.monitoring.coreos.com"}, nil},
		{"Logs", []review.Tag{review.Logs}, nil, nil},
		{"Traces", []review.Tag{review.Traces}, []string{"Instrumentation.opentelemetry.io", "OpenTelemetryCollector.opentelemetry.io"}, nil},
		{"Collecting", nil, nil, []string{"otel-instrumentation-missing"}},
		{"Propagation", nil, []string{"Instrumentation.opentelemetry.io"}, nil},
		{"Dashboards", []review.Tag{review.Dashboards}, []string{"GrafanaDashboard.grafana.integreatly.org"}, nil},
		{"Alerts", []review.Tag{review.Alerts}, []string{"PrometheusRule.monitoring.coreos.com", "AlertmanagerConfig.monitoring.coreos.com"}, nil},
		{"Runbooks", []review.Tag{review.Runbooks}, nil, nil},
		{"Service levels", []review.Tag{review.Objectives}, nil, nil},
	}},
	{"A11", "Security and governance", []review.Area{review.Security, review.SupplyChain}, []heading{
		{"Secrets", []review.Tag{review.Secrets}, nil, nil},
		{"Policies", []review.Tag{review.Policies}, []string{"ClusterPolicy.kyverno.io", "Policy.kyverno.io", "ValidatingAdmissionPolicy.admissionregistration.k8s.io"}, nil},
		{"Image scanning", []review.Tag{review.Scanning}, nil, nil},
		{"Signatures", []review.Tag{review.Signatures}, nil, nil},
		{"Pipelines", []review.Tag{review.Pipelines}, nil, nil},
		{"Ownership", []review.Tag{review.Ownership}, nil, nil},
		{"Data protection", nil, nil, []string{"encryption-at-rest", "backup-schedule-missing", "mesh-mtls-not-strict"}},
		{"Change control", nil, nil, []string{"audit-logging-missing", "std-file-codeowners"}},
		{"Compliance", nil, nil, []string{"compliance-mapping-missing"}},
		{"Operational evidence", []review.Tag{review.Evidence}, nil, nil},
	}},
}

// headingOf is the first heading that a tag stands under; "" for none.
func headingOf(t review.Tag) string {
	for _, c := range plan {
		for _, h := range c.headings {
			if slices.Contains(h.tags, t) {
				return h.title
			}
		}
	}
	return ""
}

func chapters(checks []review.CheckResult, on shelf, all []Gap) []Chapter {
	out := make([]Chapter, 0, len(plan))
	for _, p := range plan {
		c := Chapter{ID: p.id, Title: p.title, Topics: []Topic{}, Tables: on.tables(p.id, checks, all)}
		for _, h := range p.headings {
			t := topic(checks, all, h.of)
			t.Title = h.title
			t.Found = strings.Join(on.flow("", h.kinds).Steps, ", ")
			if says := saysOf[h.title]; says != nil {
				t.Says = append(t.Says, says(on)...)
			}
			there := len(t.Found) > 0 || slices.ContainsFunc(t.Says, func(s Said) bool { return !s.Absent })
			if there && (t.State == Empty || t.State == NotAssessed && len(t.Checks) == 0) {
				t.State = Present
			}
			if len(t.Checks)+len(t.Says)+len(t.Found) == 0 && len(h.tags)+len(h.checks) == 0 {
				t.State = Empty // only what is there would be told
			}
			c.Topics = append(c.Topics, t)
		}
		other := topic(checks, all, func(c *review.Check) bool { return slices.Contains(p.areas, c.Area) && !headed(c) })
		if len(other.Checks) > 0 && other.State != Empty {
			other.Title = "Other"
			c.Topics = append(c.Topics, other)
		}
		out = append(out, c)
	}
	return out
}

func tagged(c *review.Check, tags []review.Tag) bool {
	return slices.ContainsFunc(c.Tags, func(t review.Tag) bool { return slices.Contains(tags, t) })
}

func headed(c *review.Check) bool {
	return slices.ContainsFunc(c.Tags, func(t review.Tag) bool { return headingOf(t) != "" }) || slices.ContainsFunc(plan, func(p part) bool {
		return slices.ContainsFunc(p.headings, func(h heading) bool { return slices.Contains(h.checks, c.ID) })
	})
}

// topic gathers checks and judges them together.
func topic(checks []review.CheckResult, all []Gap, of func(*review.Check) bool) Topic {
	t := Topic{Checks: []TopicCheck{}, Gaps: []string{}, Says: []Said{}}
	var states []review.CheckResult
	for _, c := range checks {
		if !of(c.Check) {
			continue
		}
		states = append(states, c)
		t.Checks = append(t.Checks, TopicCheck{c.Check.ID, c.Outcome, c.Looked, append([]string{}, c.Saw...)})
		for _, g := range all {
			if g.Check == c.Check.ID && !slices.Contains(t.Gaps, g.ID) {
				t.Gaps = append(t.Gaps, g.ID)
			}
		}
	}
	t.State = judge(states, all)
	return t
}

// together is the state of several subjects of which each must be assessed:
// what passed of one says nothing of another.
func together(checks []review.CheckResult, all []Gap, tags []review.Tag) State {
	state := topic(checks, all, func(c *review.Check) bool { return tagged(c, tags) }).State
	for _, t := range tags {
		one := topic(checks, all, func(c *review.Check) bool { return tagged(c, []review.Tag{t}) }).State
		if one == NotAssessed && (state == Fine || state == InPart) {
			return NotAssessed
		}
	}
	return state
}

// judge is the state of some checks together. What nothing looks at is not
// assessed, never fine.
func judge(checks []review.CheckResult, all []Gap) State {
	n := map[review.Outcome]int{}
	worst, partial := 0, false
	for _, c := range checks {
		partial = partial || c.Partial
		n[c.Outcome]++
		for _, g := range all {
			if g.Check == c.Check.ID && g.Status == review.Existing {
				worst = max(worst, g.Severity.Rank())
			}
		}
	}
	switch {
	case len(checks) == n[review.Off]:
		return NotAssessed
	case worst >= review.High.Rank():
		return Bad
	case n[review.Open] > 0:
		return Advice
	case n[review.Unseen] > 0 && n[review.Passed] == 0:
		return Unclear
	case n[review.Unseen] > 0, n[review.Accepted] > 0:
		return Advice
	case n[review.Passed] > 0 && partial:
		return InPart
	case n[review.Passed] > 0:
		return Fine
	}
	return Empty
}
