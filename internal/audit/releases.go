package audit

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Release is a HelmRelease, or a workload of a well-known project: what it is for and
// what its values say.
type Release struct {
	Name     string          `json:"name"` // namespace/name
	Kind     string          `json:"kind"`
	Cluster  string          `json:"cluster"`
	Chart    string          `json:"chart,omitempty"`
	Version  string          `json:"version,omitempty"`
	Roles    []Role          `json:"roles"`    // [] for one that is not known
	Rendered bool            `json:"rendered"` // what its chart makes is rendered
	Facts    []Fact          `json:"facts"`
	Location *model.Position `json:"location,omitempty"`

	object model.ObjectID
	target model.Target
}

// Fact is one thing that the values of a release say.
type Fact struct {
	About    About           `json:"about"`
	Path     string          `json:"path"` // as in `helm --set`
	Value    string          `json:"value"`
	Location *model.Position `json:"location,omitempty"`

	at       *review.Setting
	question review.Question
}

// About is what a setting of a release decides.
type About string

const (
	Replicas       About = "replicas"
	Persistence    About = "persistence"
	Retention      About = "retention"
	Authentication About = "authentication"
	Encryption     About = "TLS"
	Limits         About = "resources"
	Watching       About = "monitoring"
)

// mostFacts bounds what is told of a release, a subject.
const mostFacts = 4

func (v *Inventory) takeReleases(s *model.Snapshot) {
	for _, h := range review.Handed(s) {
		o := h.Values.Release
		r := Release{Name: strings.TrimPrefix(o.ID.Namespace+"/"+o.ID.Name, "/"), Kind: o.ID.Kind, Cluster: h.Cluster, Chart: h.Chart, Version: h.Version,
			Rendered: h.Rendered, Roles: append([]Role{}, rolesOfChart(h.Chart)...), object: o.ID}
		if len(r.Roles) == 0 {
			r.Roles = append(r.Roles, rolesOfChart(o.ID.Name)...)
		}
		if len(r.Roles) == 0 && slices.Contains(genericCharts, h.Chart) {
			r.Roles = append(r.Roles, rolesOfValues(h.Values)...)
		}
		for _, t := range s.Targets {
			if t.Target.Cluster == h.Cluster && slices.Contains(t.Objects, o) {
				r.target = t.Target
				break
			}
		}
		r.Facts = factsOf(h)
		v.Releases = append(v.Releases, r)
	}
	v.takeWorkloads(s)
	v.takeObjects(s)
}

// rolesOfValues are the roles of the first well-known image that values name.
func rolesOfValues(v *review.Values) (roles []Role) {
	v.Each(func(s *review.Setting) {
		if len(roles) == 0 && s.Key == "repository" {
			roles = rolesOfImage(s.Text())
		}
	})
	return roles
}

// takeWorkloads notes well-known projects that no release brings: by the images of
// workloads, and by the kinds of their objects.
func (v *Inventory) takeWorkloads(s *model.Snapshot) {
	for _, t := range s.Targets {
		for _, o := range t.Objects {
			var roles []Role
			for _, c := range review.ContainersOf(o) {
				if len(roles) == 0 {
					roles = rolesOfImage(review.Text(c.Fields, "image"))
				}
			}
			name := strings.TrimPrefix(o.ID.Namespace+"/"+o.ID.Name, "/")
			if len(roles) == 0 || t.Target.Kind == model.Helm || slices.ContainsFunc(v.Releases, func(r Release) bool { return r.Cluster == t.Target.Cluster && r.Name == name }) {
				continue
			}
			v.Releases = append(v.Releases, Release{Name: name, Kind: o.ID.Kind, Cluster: t.Target.Cluster, Rendered: true, Roles: roles, Facts: []Fact{}, object: o.ID, target: t.Target})
		}
	}
}

// objectsOf is the kind of an entry that stands for objects of an API group: somebody
// runs what reads them, and no release or workload here is known as that.
const objectsOf = "objects"

// takeObjects notes the projects of which only objects are here.
func (v *Inventory) takeObjects(s *model.Snapshot) {
	have := map[int]bool{}
	for _, r := range v.Releases {
		for i, p := range projects {
			have[i] = have[i] || slices.Contains(p.charts, r.Chart) || r.Chart == "" && slices.Equal(p.roles, r.Roles)
		}
	}
	for _, t := range s.Targets {
		for _, o := range t.Objects {
			if i := projectOfGroup(o.ID.Group); i >= 0 && !have[i] {
				have[i] = true
				roles := projects[i].roles
				if projects[i].reads != nil {
					roles = projects[i].reads
				}
				v.Releases = append(v.Releases, Release{Name: o.ID.Group, Kind: objectsOf, Cluster: t.Target.Cluster, Rendered: true, Roles: roles, Facts: []Fact{}, object: o.ID, target: t.Target})
			}
		}
	}
}

var (
	replicaKey   = pattern.New(`^(replicas|replicaCount|minReplicas)$`)
	retentionKey = pattern.New(`^(retention(Size|Period|Time|Days|Hours|_period|_time)?|block_retention|(\w+_)?blocks_retention_period|logRetention)$`)
)

// switches are the keys whose `enabled` says something.
var switches = []struct {
	about About
	key   *pattern.Pattern
}{
	{Persistence, pattern.New(`(?i)^(persistence|persistentVolume|persistentVolumeClaim|volumeClaimTemplate)$`)},
	{Authentication, pattern.New(`(?i)^(auth|authentication|oidc|basicAuth|oauth2?|sso|ldap)$`)},
	{Encryption, pattern.New(`(?i)^(tls|ssl|internalTLS|mtls)$`)},
	{Watching, pattern.New(`(?i)^(serviceMonitor|podMonitor|prometheusRule|dashboards?)$`)},
}

// factsOf reads the settings of a release for what a reader of a report asks. What is
// switched off is told, and nothing below it.
func factsOf(h review.HandedOver) []Fact {
	var out []Fact
	add := func(about About, s *review.Setting, value string) {
		if value != "" {
			out = append(out, Fact{About: about, Path: s.Path, Value: value, at: s})
		}
	}
	set, empty := 0, 0
	var first *review.Setting
	var walk func(s *review.Setting)
	walk = func(s *review.Setting) {
		if s == nil {
			return
		}
		if on := s.Field("enabled"); on != nil && s.Path != "" {
			for _, switched := range switches {
				if switched.key.MatchString(s.Key) && (on.Is(true) || on.Is(false)) {
					add(switched.about, on, fmt.Sprint(on.Value))
				}
			}
			if on.Is(false) {
				return
			}
		}
		switch {
		case s.Key == "resources":
			if claim := s.Field("requests", "storage"); claim != nil {
				add(Persistence, claim, claim.Text())
				return
			}
			if first == nil {
				first = s
			}
			if s.Field("limits").Map() {
				set++
			} else {
				empty++
			}
			return
		case replicaKey.MatchString(s.Key):
			add(Replicas, s, s.Text())
		case retentionKey.MatchString(s.Key):
			add(Retention, s, s.Text())
		case s.Key == "auth_enabled" || s.Key == "anonymous_auth":
			if s.Is(true) || s.Is(false) {
				add(Authentication, s, fmt.Sprint(s.Value))
			}
		case s.Key == "storageClass" || s.Key == "storageClassName":
			add(Persistence, s, s.Text())
		}
		for _, k := range s.Keys() {
			walk(s.Field(k))
		}
		for _, item := range s.Items() {
			walk(item)
		}
	}
	walk(h.Values.On(""))
	if set+empty > 0 {
		add(Limits, first, fmt.Sprintf("limits in %d of %d places", set, set+empty))
	}
	// What stands near the top is about the whole.
	sort.SliceStable(out, func(i, j int) bool { return strings.Count(out[i].Path, ".") < strings.Count(out[j].Path, ".") })
	n, kept := map[About]int{}, []Fact{}
	for _, f := range out {
		if n[f.About]++; n[f.About] <= mostFacts {
			f.question, _ = h.Question(f.at)
			kept = append(kept, f)
		}
	}
	return kept
}

// filling gives the releases of a role, in the order in which they are found.
func (v *Inventory) filling(role Role) []Release {
	var out []Release
	for _, r := range v.Releases {
		if slices.Contains(r.Roles, role) {
			out = append(out, r)
		}
	}
	return out
}

// called is how a release is named in a report.
func (r Release) called() string {
	if r.Kind == objectsOf {
		return "objects of " + r.Name
	}
	_, name, _ := strings.Cut(r.Name, "/")
	if name == "" {
		name = r.Name
	}
	if r.Version == "" {
		return name
	}
	return name + " " + r.Version
}

// names are the releases of roles, each once.
func (v *Inventory) names(roles ...Role) []string {
	var out []string
	for _, role := range roles {
		for _, r := range v.filling(role) {
			if !slices.Contains(out, r.called()) {
				out = append(out, r.called())
			}
		}
	}
	return out
}
