package audit

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// shelf is what a topic may tell of: what is rendered, and what is written.
type shelf struct {
	*Inventory
	*book
}

// mostSaid bounds what a topic tells.
const mostSaid = 6

// saysOf are what topics tell beside their checks, by their titles.
var saysOf = map[string]func(shelf) []Said{
	"Workloads":                 shelf.workloads,
	"AI workloads":              func(s shelf) []Said { return s.filled("", Models) },
	"RBAC":                      func(s shelf) []Said { return s.filled("people and groups: ", Identity) },
	"Network":                   shelf.network,
	"Resources":                 func(s shelf) []Said { return append(s.facts(Limits), s.rightSizing()...) },
	"Configuration and secrets": shelf.secrets,
	"Secrets":                   shelf.secrets,
	"Supply chain":              func(s shelf) []Said { return append(s.charts(), s.provenance()...) },
	"Storage":                   shelf.storageSaid,
	"Databases and queues":      func(s shelf) []Said { return s.filled("", Database, Messaging) },
	"Backups":                   func(s shelf) []Said { return append(s.filled("", Backup), s.sections(words(`back-?up|restor`), 2)...) },
	"Upgrades": func(s shelf) []Said {
		return append(s.filled("", Upgrading), s.sections(words(`\bupgrad(e|es|ing)\b`), 2)...)
	},
	"Environments": shelf.environments,
	"Drift":        shelf.drift,
	"Dependencies": shelf.dependencies,
	"Promotion": func(s shelf) []Said {
		return append(s.gradually(), s.sections(words(`promot(e|ion|ing)\b|git-?ops workflow|release process`), 3)...)
	},
	"Rollback": func(s shelf) []Said { return append(s.remedies(), s.sections(words(`roll(ing)?[- ]?back`), 2)...) },
	"Failure modes": func(s shelf) []Said {
		return s.sections(words(`troubleshoot|failure|what can go wrong|common (issues|problems)`), 3)
	},
	"Decryption": shelf.decryption,
	"Listeners":  func(s shelf) []Said { return s.filled("", LoadBalancer, GatewayRole, DNS) },
	"TLS": func(s shelf) []Said {
		return append(append(s.filled("certificates: ", Certificates), s.facts(Encryption)...), s.expiry()...)
	},
	"Authentication":            func(s shelf) []Said { return append(s.filled("", Identity), s.facts(Authentication)...) },
	"Observability of the edge": func(s shelf) []Said { return s.watched(GatewayRole, Mesh, LoadBalancer) },
	"Rules for the edge":        func(s shelf) []Said { return s.filled("", PolicyRole, Mesh) },
	"Metrics":                   func(s shelf) []Said { return s.signal(MetricsRole) },
	"Logs":                      func(s shelf) []Said { return s.signal(LogsRole) },
	"Traces":                    func(s shelf) []Said { return append(s.signal(TracesRole), s.tracesInCode()...) },
	"Collecting":                func(s shelf) []Said { return s.filled("", Collector) },
	"Propagation":               shelf.propagation,
	"Dashboards":                shelf.dashboards,
	"Alerts":                    shelf.alerts,
	"Runbooks":                  func(s shelf) []Said { return named(s.files(words(`runbooks?/[^/]+\.md$|runbook[^/]*\.md$`), 4)) },
	"Service levels":            func(s shelf) []Said { return s.sections(words(`\bSL[OI]s?\b|service levels?|error budget`), 3) },
	"Policies":                  func(s shelf) []Said { return s.filled("", PolicyRole) },
	"Image scanning":            func(s shelf) []Said { return s.filled("", ScanningRole, Registry) },
	"Data protection":           func(s shelf) []Said { return append(s.filled("backups: ", Backup), s.sensitivity()...) },
	"Compliance": func(s shelf) []Said {
		return s.sections(words(`compliance|\b(iso ?27001|soc ?2|cis benchmark|nist|gdpr|pci)\b`), 3)
	},
	"Change control": func(s shelf) []Said { return named(s.files(words(`(^|/)CODEOWNERS$|pull_request_template`), 3)) },
}

// lacks says what is not there.
func lacks(text string) []Said { return []Said{{Text: text, Absent: true}} }

func say(text string, at *model.Position) []Said { return []Said{{Text: text, Location: at}} }

// named shows files by their paths.
func named(list []Said) []Said { return list }

// filled names the releases of roles; an empty role is not told.
func (s shelf) filled(prefix string, roles ...Role) []Said {
	var out []Said
	for _, role := range roles {
		list := s.filling(role)
		seen := map[string]bool{}
		for _, r := range list {
			if seen[r.called()] || len(out) == mostSaid {
				continue
			}
			seen[r.called()] = true
			out = append(out, Said{Text: prefix + r.called() + " (" + string(role) + ")", Location: r.Location})
			prefix = ""
		}
	}
	return out
}

// facts are what the values of releases say of a subject, the first of each.
func (s shelf) facts(about About) []Said {
	var out []Said
	for _, r := range s.Releases {
		for _, f := range r.Facts {
			if f.About == about && len(out) < mostSaid {
				out = append(out, r.tell(f))
				break
			}
		}
	}
	return out
}

func (r Release) tell(f Fact) Said {
	_, name, _ := strings.Cut(r.Name, "/")
	if f.About == Limits {
		return Said{Text: name + ": " + f.Value, Location: f.Location}
	}
	return Said{Text: fmt.Sprintf("%s: %s is %s", name, f.Path, f.Value), Location: f.Location}
}

// gradually says what delivers step by step.
func (s shelf) gradually() []Said {
	for _, r := range s.filling(Delivery) {
		if r.Chart == "flagger" || r.Chart == "argo-rollouts" {
			return say("step by step by "+r.called(), r.Location)
		}
	}
	if len(s.Releases)+s.Kinds["Deployment.apps"] == 0 {
		return nil
	}
	return lacks("nothing here delivers step by step (Flagger, Argo Rollouts)")
}

// signal is who keeps a signal, for how long, where.
func (s shelf) signal(role Role) []Said {
	out := s.filled("", role)
	for _, about := range []About{Retention, Persistence, Replicas, Authentication} {
		for _, r := range s.filling(role) {
			for _, f := range r.Facts {
				if f.About == about && len(out) < 2*mostSaid {
					out = append(out, r.tell(f))
					break
				}
			}
		}
	}
	return out
}

// watched says whether what stands at the edge is measured.
func (s shelf) watched(roles ...Role) []Said {
	var out []Said
	for _, role := range roles {
		for _, r := range s.filling(role) {
			for _, f := range r.Facts {
				if f.About == Watching && len(out) < mostSaid {
					out = append(out, r.tell(f))
				}
			}
		}
	}
	return out
}

func (s shelf) workloads() []Said {
	var out []Said
	hidden := 0
	for _, r := range s.Releases {
		if !r.Rendered {
			hidden++
		}
	}
	if hidden > 0 {
		out = append(out, Said{Text: "what the charts of " + count(hidden, "release") + " run is not rendered and not counted"})
	}
	return append(out, s.facts(Replicas)...)
}

func (s shelf) network() []Said {
	out := s.filled("", PodNetwork, Mesh, LoadBalancer)
	if len(s.filling(PodNetwork)) == 0 && len(s.Releases) > 0 {
		out = append(out, lacks("what makes the pod network is not in this repository")...)
	}
	return out
}

func (s shelf) secrets() []Said {
	out := append(s.filled("", SecretsRole), s.decryption()...)
	return append(out, s.sections(words(`\b(sops|secrets? management|managing secrets|secret rotation|key (backup|rotation|management))\b`), 3)...)
}

// decryption says which Kustomizations decrypt.
func (s shelf) decryption() []Said {
	with, all := 0, 0
	var first *model.Position
	for _, n := range s.Nodes {
		if n.Kind != "Kustomization" {
			continue
		}
		all++
		if o := s.seen[n.Cluster+" "+kustomization+" "+n.Name]; o != nil && review.Text(o.Fields(), "spec", "decryption", "provider") != "" {
			if with++; first == nil {
				first = n.Location
			}
		}
	}
	if all == 0 {
		return nil
	}
	return []Said{{Text: fmt.Sprintf("%d of %s decrypt with SOPS", with, count(all, "Kustomization")), Location: first, Absent: with == 0}}
}

var exactVersion = pattern.New(`^[v=]*\d+\.\d+\.\d+`)

func (s shelf) charts() []Said {
	exact, all := 0, 0
	var moving []string
	for _, r := range s.Releases {
		if r.Kind != "HelmRelease" || r.Version == "" {
			continue
		}
		if all++; exactVersion.MatchString(r.Version) && !strings.Contains(r.Version, "latest") {
			exact++
		} else {
			moving = append(moving, r.called())
		}
	}
	if all == 0 {
		return nil
	}
	said := fmt.Sprintf("%d of %s with an exact version", exact, count(all, "chart"))
	if len(moving) > 0 {
		said += "; not " + strings.Join(moving, ", ")
	}
	return say(said, nil)
}

// provenance says what pipelines prove of the images that they make.
func (s shelf) provenance() []Said {
	if found := s.commands(words(`cosign|attest|sbom|slsa|syft`), 3); len(found) > 0 {
		return found
	}
	if len(s.Releases)+s.Kinds["Deployment.apps"] == 0 {
		return nil
	}
	return lacks("no pipeline here signs, or makes a bill of materials or provenance; what the makers of the images do is not visible")
}

// rightSizing says what tells how much workloads need.
func (s shelf) rightSizing() []Said {
	if len(s.Releases)+s.Kinds["Deployment.apps"] == 0 || s.Kinds["VerticalPodAutoscaler.autoscaling.k8s.io"] > 0 {
		return nil // those are counted beside
	}
	for _, r := range s.filling(Scaling) {
		if r.Chart == "vpa" || r.Chart == "vertical-pod-autoscaler" || r.Chart == "goldilocks" {
			return say(r.called()+" recommends what pods need", r.Location)
		}
	}
	return lacks("nothing here recommends what pods need (VerticalPodAutoscaler)")
}

var sensitivityLabel = words(`sensitivity|classification`)

// sensitivity says whether labels tell how sensitive data is.
func (s shelf) sensitivity() []Said {
	labelled := 0
	for _, t := range s.snapshot.Targets {
		for _, o := range t.Objects {
			for key := range review.Labels(o.Fields(), "metadata", "labels") {
				if sensitivityLabel.MatchString(key) {
					labelled++
					break
				}
			}
		}
	}
	switch {
	case labelled > 0:
		return say("labels say how sensitive the data of "+count(labelled, "object")+" is", nil)
	case len(s.Releases)+s.Kinds["Deployment.apps"] > 0:
		return lacks("no label says how sensitive data is")
	}
	return nil
}

func (s shelf) storageSaid() []Said {
	out := s.filled("", StorageRole)
	return append(out, s.facts(Persistence)...)
}

func (s shelf) environments() []Said {
	var names []string
	for _, c := range s.Clusters {
		if c.Name != "" {
			names = append(names, c.Name)
		}
	}
	var out []Said
	if len(names) > 0 {
		out = say("clusters: "+strings.Join(names, ", "), nil)
	}
	var dirs []string
	for _, t := range s.snapshot.Targets {
		if base := path.Base(path.Dir(t.Target.Path)); base == "overlays" || base == "clusters" || base == "environments" {
			dirs = append(dirs, path.Base(t.Target.Path))
		}
	}
	sort.Strings(dirs)
	if dirs = slices.Compact(dirs); len(dirs) > 0 {
		out = append(out, Said{Text: "overlays: " + strings.Join(dirs, ", ")})
	}
	tiers := 0
	for _, r := range s.snapshot.Targets {
		for _, o := range r.Objects {
			if o.ID.GroupKind() == helmRelease && len(review.Items(o.Fields(), "spec", "valuesFrom")) > 1 {
				tiers++
			}
		}
	}
	if n, first := s.components(); n > 0 {
		out = append(out, Said{Text: count(n, "Kustomize component") + ", for variants of what is applied", Location: at(first, 1)})
	}
	if tiers > 0 {
		out = append(out, Said{Text: count(tiers, "release") + " read their values in several tiers"})
	}
	return out
}

var componentKind = pattern.New(`(?m)^kind:\s*["']?Component\b`)

// components counts the kustomizations that are components.
func (s shelf) components() (n int, first string) {
	if s.tree == nil {
		return 0, ""
	}
	for _, f := range s.tree.Files() {
		if path.Base(f) == "kustomization.yaml" && componentKind.Match(s.read(f)) {
			if n++; n == 1 {
				first = f
			}
		}
	}
	return n, first
}

func (s shelf) drift() []Said {
	on, all := 0, 0
	for _, n := range s.Nodes {
		if o := s.seen[n.Cluster+" "+helmRelease+" "+n.Name]; o != nil && n.Kind == "HelmRelease" {
			if all++; review.Text(o.Fields(), "spec", "driftDetection", "mode") == "enabled" {
				on++
			}
		}
	}
	if all == 0 {
		return nil
	}
	return say(fmt.Sprintf("%d of %s correct drift", on, count(all, "HelmRelease")), nil)
}

func (s shelf) dependencies() []Said {
	n := 0
	for _, e := range s.Edges {
		if e.Kind == "dependsOn" {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return say(count(n, "edge")+" of dependsOn; the longest chain is in A2", nil)
}

func (s shelf) remedies() []Said {
	retried, rolled, all := 0, 0, 0
	for _, n := range s.Nodes {
		o := s.seen[n.Cluster+" "+helmRelease+" "+n.Name]
		if o == nil || n.Kind != "HelmRelease" {
			continue
		}
		all++
		if r, ok := review.Int(o.Fields(), "spec", "upgrade", "remediation", "retries"); ok && r != 0 {
			retried++
		}
		if last, _ := review.Bool(o.Fields(), "spec", "upgrade", "remediation", "remediateLastFailure"); last {
			rolled++
		}
	}
	if all == 0 {
		return nil
	}
	return say(fmt.Sprintf("a failed upgrade is tried again by %d of %s, and rolled back by %d", retried, count(all, "HelmRelease"), rolled), nil)
}

// dashboardFile matches where dashboards of Grafana are kept.
var dashboardFile = words(`dashboards?/[^/]*\.json$|dashboard[^/]*\.json$`)

func (s shelf) dashboards() []Said {
	out := s.filled("", Dashboard)
	if files := s.files(dashboardFile, 40); len(files) > 0 {
		out = append(out, Said{Text: count(len(files), "dashboard") + " as JSON", Location: files[0].Location})
	}
	return out
}
