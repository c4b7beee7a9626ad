package reference

import (
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Lacking gives the custom resource that alone writes a Secret, where what it writes is
// known and a key is not among it; nil otherwise.
func Lacking(c *review.Cluster, r To, key string) *model.Object {
	writer := Writer(c, r)
	if writer == nil || writer.ID.Namespace != r.Namespace || len(c.Named(kube.Secret, r.Namespace, r.Name)) > 0 {
		return nil
	}
	keys, known := writtenKeys(writer)
	if !known || slices.Contains(keys, key) || slices.ContainsFunc(keys, undecided) {
		return nil
	}
	// another one may write into the same Secret
	for _, o := range makersOf(c).custom {
		reads := strings.HasSuffix(o.ID.Group, ".toolkit.fluxcd.io") // where it names a Secret
		if o.Object == writer || o.workload || reads || !mayMake(o.Object, kube.Secret) || !review.SameNamespace(o.ID.Namespace, r.Namespace) {
			continue
		}
		name, exact := written(o.Object)
		if exact && name == r.Name || !exact && (o.ID.Name == r.Name || o.says()[r.Name]) {
			return nil
		}
	}
	return writer
}

// undecided reports whether a key is not known: a tool fills it in, or it looked like a
// secret itself.
func undecided(key string) bool { return strings.ContainsAny(key, "${}") || model.Redacted(key) }

// writtenKeys gives the keys that a custom resource writes into its Secret; known is false
// where they depend on what only its controller sees. Sources: the API references of
// cert-manager and Sealed Secrets, and what External Secrets makes of a template (what
// comes of the provider is in the Secret where the template has no data, or asks for it).
func writtenKeys(o *model.Object) (keys []string, known bool) {
	spec := review.Map(o.Fields(), "spec")
	switch o.ID.GroupKind() {
	case kube.Certificate:
		return []string{"tls.crt", "tls.key", "ca.crt", "key.der", "tls-combined.pem",
			"keystore.jks", "truststore.jks", "keystore.p12", "truststore.p12"}, true
	case kube.SealedSecret:
		if spec["encryptedData"] == nil || spec["data"] != nil {
			return nil, false
		}
		keys = slices.AppendSeq(keys, maps.Keys(review.Map(spec, "encryptedData")))
		return slices.AppendSeq(keys, maps.Keys(review.Map(spec, "template", "data"))), true
	case kube.ExternalSecret:
		template := review.Map(spec, "target", "template")
		own := review.Map(template, "data")
		switch {
		case undecidedIn(spec["target"], review.Lookup(spec, "target", "template"), template["data"], spec["data"]):
			return nil, false
		case !slices.Contains([]string{"", "Owner"}, review.Text(spec, "target", "creationPolicy")), filled(template["templateFrom"]):
			return nil, false
		case len(own) > 0 && review.Text(template, "mergePolicy") != "Merge":
			return slices.Collect(maps.Keys(own)), true
		case filled(spec["dataFrom"]), !filled(spec["data"]):
			return nil, false
		}
		keys = slices.Collect(maps.Keys(own))
		for _, item := range review.Items(spec, "data") {
			keys = append(keys, review.Text(item, "secretKey"))
		}
		return keys, true
	}
	return nil, false
}

// undecidedIn reports whether a variable stands in the place of one of the values.
func undecidedIn(values ...any) bool { return slices.ContainsFunc(values, review.Unsettled) }

// filled reports whether a field is there, and no empty list.
func filled(v any) bool {
	list, is := v.([]any)
	return v != nil && (!is || len(list) > 0)
}
