package reference

import (
	"slices"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// MadeByController reports whether some custom resource in the cluster may make
// the named object: one of its name, one that names it, or one whose name it
// goes on from. A name that goes on from it tells nothing where the one before
// did too and was rendered. So may what names it in an annotation (OpenShift's
// serving certificates), a copier, or a Job that names it in its commands.
func MadeByController(c *review.Cluster, r To) bool {
	may := makersOf(c)
	if slices.ContainsFunc(may.annotated[r.Name], func(namespace string) bool { return review.SameNamespace(namespace, r.Namespace) }) {
		return true
	}
	if slices.ContainsFunc(c.Kind(r.Kind), func(o *model.Object) bool { return copied(o, r) }) {
		return true
	}
	if slices.ContainsFunc(may.jobs, func(o *model.Object) bool { return review.SameNamespace(o.ID.Namespace, r.Namespace) && scripted(o, r) }) {
		return true
	}
	for _, o := range may.custom {
		if !mayMake(o.Object, r.Kind) || !review.SameNamespace(o.ID.Namespace, r.Namespace) {
			continue
		}
		if name, exact := written(o.Object); exact && r.Kind == kube.Secret && !strings.Contains(name, "${") {
			if name == r.Name {
				return true
			}
			continue
		}
		if o.workload {
			continue // it makes pods and nothing else
		}
		goesOn := goesOnFrom(r.Name, o.ID.Name) && !goesOnFrom(r.instead, o.ID.Name)
		if r.Name == o.ID.Name || goesOn || o.says()[r.Name] {
			return true
		}
	}
	return false
}

// makers are the objects of a cluster that may make others, and what they say: that is
// asked of each name that leads nowhere.
type makers struct {
	annotated map[string][]string // what a built-in object has for an annotation ▶ their namespaces
	jobs      []*model.Object
	custom    []maker
}

// maker is a custom resource.
type maker struct {
	*model.Object
	workload bool
	says     func() map[string]bool // the texts anywhere in its spec
}

func makersOf(c *review.Cluster) *makers {
	return c.Made("makers", func() any {
		out := &makers{annotated: map[string][]string{}}
		for _, o := range c.Objects {
			if kind := o.ID.GroupKind(); kind == kube.Job || kind == kube.CronJob {
				out.jobs = append(out.jobs, o)
			}
			if !Builtin(o.ID.Group) {
				_, workload := review.PodOf(o)
				out.custom = append(out.custom, maker{o, workload, sync.OnceValue(func() map[string]bool {
					says := map[string]bool{}
					texts(o.Fields()["spec"], says)
					return says
				})})
				continue
			}
			for _, value := range review.Labels(o.Fields(), "metadata", "annotations") { // who reads it makes the object
				out.annotated[value] = append(out.annotated[value], o.ID.Namespace)
			}
		}
		return out
	}).(*makers)
}

// texts notes the texts that stand anywhere in a value.
func texts(v any, out map[string]bool) {
	switch v := v.(type) {
	case string:
		out[v] = true
	case map[string]any:
		for _, child := range v {
			texts(child, out)
		}
	case []any:
		for _, child := range v {
			texts(child, out)
		}
	}
}

// Writer gives the custom resource of a cluster, which may be nil, that writes a Secret
// for certain; nil for none.
func Writer(c *review.Cluster, r To) *model.Object {
	if c == nil || r.Kind != kube.Secret {
		return nil
	}
	for _, kind := range []string{kube.Certificate, kube.ExternalSecret, kube.SealedSecret} {
		for _, o := range c.Kind(kind) {
			if name, _ := written(o); name == r.Name && review.SameNamespace(o.ID.Namespace, r.Namespace) {
				return o
			}
		}
	}
	return nil
}

// written is the name of the one Secret that a custom resource writes; exact is false
// where its kind may write others. Sources: the API references of cert-manager, External
// Secrets and Sealed Secrets.
func written(o *model.Object) (name string, exact bool) {
	switch o.ID.GroupKind() {
	case kube.Certificate:
		return review.Text(o.Fields(), "spec", "secretName"), true
	case kube.ExternalSecret:
		if name := review.Text(o.Fields(), "spec", "target", "name"); name != "" {
			return name, true
		}
		return o.ID.Name, true
	case kube.SealedSecret:
		return o.ID.Name, true
	}
	return "", false
}

// copiers are in the keys of the annotations by which an object is copied into
// other namespaces: emberstack's Reflector, mittwald's replicator, kubed.
var copiers = []string{"reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/", "kubed.appscode.com/sync"}

// copied reports whether an object is one of the same name that a copier brings
// into other namespaces.
func copied(o *model.Object, r To) bool {
	if o.ID.GroupKind() != r.Kind || o.ID.Name != r.Name {
		return false
	}
	for key := range review.Labels(o.Fields(), "metadata", "annotations") {
		if slices.ContainsFunc(copiers, func(c string) bool { return strings.HasPrefix(key, c) }) {
			return true
		}
	}
	return false
}

// scripted reports whether a Job's command names a Secret or ConfigMap: it may
// make it.
func scripted(o *model.Object, r To) bool {
	if kind := o.ID.GroupKind(); kind != kube.Job && kind != kube.CronJob || r.Kind != kube.Secret && r.Kind != kube.ConfigMap {
		return false
	}
	for _, c := range review.ContainersOf(o) {
		for _, key := range []string{"command", "args"} {
			list, _ := c.Fields[key].([]any)
			for _, item := range list {
				if text, _ := item.(string); word(text, r.Name) {
					return true
				}
			}
		}
	}
	return false
}

// word reports whether a name stands in a text and does not go on there.
func word(text, name string) bool {
	part := func(b byte) bool {
		return b == '-' || b == '.' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
	}
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(name)
		if (i == 0 || !part(text[i-1])) && (end == len(text) || !part(text[end])) {
			return true
		}
		from = end
	}
}

// goesOnFrom reports whether a name is another one, or that with more before or
// after it.
func goesOnFrom(name, stem string) bool {
	return name == stem || strings.HasPrefix(name, stem+"-") || strings.HasSuffix(name, "-"+stem)
}

// makesOnly tells of custom resources, by group or kind and group, which other
// objects they make, by kind: none is in the list that is empty.
var makesOnly = map[string][]string{
	"route.openshift.io":             {},
	kube.IstioGroup:                  {},
	kube.IstioPolicyGroup:            {},
	"telemetry.istio.io":             {},
	"gateway.envoyproxy.io":          {},
	kube.ServiceMonitor:              {},
	kube.PodMonitor:                  {},
	kube.PrometheusRule:              {},
	"Probe.monitoring.coreos.com":    {},
	kube.CertManagerGroup:            {kube.Secret},
	"external-secrets.io":            {kube.Secret, kube.ConfigMap},
	"bitnami.com":                    {kube.Secret},
	"source.toolkit.fluxcd.io":       {},
	"notification.toolkit.fluxcd.io": {},
	"kustomize.toolkit.fluxcd.io":    {}, // what it applies is a target of its own
}

// mayMake reports whether a custom resource may make objects of a kind. Flux's
// own are made by a ResourceSet, and hardly by anything else.
func mayMake(o *model.Object, kind string) bool {
	if strings.HasSuffix(kind, ".toolkit.fluxcd.io") {
		return o.ID.Kind == "ResourceSet"
	}
	only, known := makesOnly[o.ID.GroupKind()]
	if !known {
		only, known = makesOnly[o.ID.Group]
	}
	return !known || slices.Contains(only, kind)
}

// LabelledByController reports whether some custom resource of the namespace may
// make the pods: it is named like the value of one of the labels, or says the
// value.
func LabelledByController(c *review.Cluster, o *model.Object, labels map[string]string) bool {
	for _, value := range labels {
		if MadeByController(c, To{Namespace: o.ID.Namespace, Name: value}) {
			return true
		}
	}
	return false
}

// FromStore reports whether something of the cluster fetches a Secret of that name from
// a store, or decrypts it: MadeByController without what only names it.
func FromStore(c *review.Cluster, r To) bool {
	for _, kind := range []string{kube.ExternalSecret, kube.SealedSecret, "OnePasswordItem.onepassword.com", "VaultStaticSecret.secrets.hashicorp.com"} {
		for _, o := range c.Kind(kind) {
			if o.ID.Name == r.Name || review.Text(o.Fields(), "spec", "target", "name") == r.Name {
				return true
			}
		}
	}
	return false
}
