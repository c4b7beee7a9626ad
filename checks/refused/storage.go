package refused

import (
	"slices"
)

var accessModes = []string{"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"}

// claim is the spec of a claim to a volume.
func (p place) claim() {
	modes := p.texts("accessModes")
	for _, mode := range modes {
		if !slices.Contains(accessModes, mode) {
			p.refuse("accessModes", "the access mode `%s` may be %s", short(mode), or(accessModes))
		}
	}
	if p.none("accessModes") {
		p.refuse("accessModes", "a claim needs an access mode")
	}
	if slices.Contains(modes, "ReadWriteOncePod") && len(modes) > 1 {
		p.refuse("accessModes", "ReadWriteOncePod goes with no other access mode")
	}
	requests := p.at("resources", "requests")
	if requests.lacks("storage") && !p.open("resources") && !p.at("resources").open("requests") {
		p.at("resources").refuse("requests", "a claim needs a request of storage")
	}
	if q, ok := requests.quantity("storage"); ok && q.Sign() <= 0 {
		requests.refuse("storage", "a claim of %s is none", q.String())
	}
	p.form("storageClassName", subdomain)
	for _, key := range []string{"dataSource", "dataSourceRef"} {
		source := p.at(key)
		if source.there() {
			source.filled("kind", "name")
		}
		if kind := source.text("kind"); source.there() && source.text("apiGroup") == "" && !source.open("apiGroup") && kind != "" && kind != "PersistentVolumeClaim" {
			source.refuse("", "the %s of kind %s needs an `apiGroup`", key, kind)
		}
	}
}

// volumeSettings are the fields of a PersistentVolume's spec that are no source.
var volumeSettings = []string{"accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy", "storageClassName", "volumeAttributesClassName", "volumeMode"}

func (p place) volumeOfCluster() {
	s := p.at("spec")
	s.needsSome("accessModes")
	if s.at("capacity").lacks("storage") && !s.open("capacity") {
		s.refuse("", "`capacity.storage` is missing")
	}
	var sources []string
	for key, value := range s.fields {
		if value != nil && !slices.Contains(volumeSettings, key) {
			sources = append(sources, key)
		}
	}
	if len(sources) != 1 {
		s.refuse("", "it has %s of the sources of a volume, and needs one", count(len(sources)))
	}
	if s.has("local") && s.lacks("nodeAffinity") {
		s.refuse("local", "a local volume needs a `nodeAffinity`")
	}
	s.form("storageClassName", subdomain)
}
