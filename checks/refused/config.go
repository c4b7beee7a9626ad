package refused

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
)

// maxData is how much a ConfigMap or a Secret may hold, in bytes.
const maxData = 1 << 20

func (p place) configMap() {
	p.dataKeys()
	size := 0
	for _, value := range p.at("data").fields {
		s, _ := value.(string)
		size += len(s)
	}
	for _, value := range p.at("binaryData").fields {
		s, _ := value.(string)
		size += len(s) / 4 * 3
	}
	if size > maxData {
		p.refuse("data", "it holds %d bytes; %d are allowed", size, maxData)
	}
	for _, key := range p.at("binaryData").keys() {
		if p.at("data").has(key) {
			p.at("binaryData").refuse(key, "the key `%s` stands in `data` and in `binaryData`", key)
		}
	}
}

func (p place) dataKeys() {
	for _, section := range []string{"data", "stringData", "binaryData"} {
		for _, key := range p.at(section).keys() {
			if why := validation.IsConfigMapKey(key); len(why) > 0 {
				p.at(section).refuse(key, "the key `%s` is not valid: letters, digits, `-`, `_` and `.` only, at most 253", key)
			}
		}
	}
}

// secretKeys are the keys that a type of Secret must have.
var secretKeys = map[string][]string{
	string(corev1.SecretTypeTLS):              {corev1.TLSCertKey, corev1.TLSPrivateKeyKey},
	string(corev1.SecretTypeDockerConfigJson): {corev1.DockerConfigJsonKey},
	string(corev1.SecretTypeDockercfg):        {corev1.DockerConfigKey},
	string(corev1.SecretTypeSSHAuth):          {corev1.SSHAuthPrivateKey},
}

// kindOfJSON is the key that is read as JSON, by the type of the Secret.
var kindOfJSON = map[string]string{
	string(corev1.SecretTypeDockerConfigJson): corev1.DockerConfigJsonKey,
	string(corev1.SecretTypeDockercfg):        corev1.DockerConfigKey,
}

func (p place) secret() {
	p.dataKeys()
	kind := p.text("type")
	open := func(m place) bool { return slices.ContainsFunc(slices.Collect(maps.Keys(m.fields)), kube.Open) }
	if open(p.at("data")) || open(p.at("stringData")) || open(p.at("metadata", "annotations")) {
		return // any key may be there
	}
	if kind == string(corev1.SecretTypeServiceAccountToken) && p.at("metadata", "annotations").lacks(corev1.ServiceAccountNameKey) {
		p.refuse("type", "a Secret of type %s needs the annotation `%s`", kind, corev1.ServiceAccountNameKey)
	}
	has := func(key string) bool { return !p.at("data").lacks(key) || !p.at("stringData").lacks(key) }
	if kind == string(corev1.SecretTypeBasicAuth) && !has(corev1.BasicAuthUsernameKey) && !has(corev1.BasicAuthPasswordKey) {
		p.refuse("type", "a Secret of type %s needs the key `username` or `password`", kind)
	}
	missing := slices.DeleteFunc(slices.Clone(secretKeys[kind]), has)
	slices.Sort(missing)
	if len(missing) > 0 {
		p.refuse("type", "a Secret of type %s needs the key `%s`", kind, missing[0])
	}
}
