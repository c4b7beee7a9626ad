package refused

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// volume is one of a pod's. Without a source it is an emptyDir.
func (p place) volume() {
	sources := 0
	for key, value := range p.fields {
		if key != "name" && value != nil {
			sources++
		}
	}
	if sources > 1 {
		p.refuse("", "it has %d sources; one is allowed", sources)
	}
	p.filled("name")
	if claim := p.at("persistentVolumeClaim"); claim.there() {
		claim.filled("claimName")
	}
	for _, key := range []string{"configMap", "secret", "downwardAPI", "projected"} {
		p.at(key).between(0, 0o777, "defaultMode")
		p.at(key).files()
	}
	p.at("downwardAPI").downwardFiles()
	if c := p.at("configMap"); c.there() && !c.open("name") {
		c.needs("name")
	}
	if s := p.at("secret"); s.there() && !s.open("secretName") {
		s.needs("secretName")
	}
	host := p.at("hostPath")
	if s := host.text("path"); slices.Contains(strings.Split(s, "/"), "..") {
		host.refuse("path", "the path `%s` leads upwards", short(s))
	}
	nfs := p.at("nfs")
	if s := nfs.text("path"); s != "" && !path.IsAbs(s) {
		nfs.refuse("path", "the path `%s` must begin with a slash", short(s))
	}
	if q, ok := p.at("emptyDir").quantity("sizeLimit"); ok && q.Sign() < 0 {
		p.at("emptyDir").refuse("sizeLimit", "the limit %s is less than nothing", q.String())
	}
	if claim := p.at("ephemeral", "volumeClaimTemplate", "spec"); claim.there() {
		claim.claim()
	}
	p.projected()
}

// files are those that a volume makes of keys.
func (p place) files() {
	for _, item := range p.items("items") {
		item.between(0, 0o777, "mode")
		item.descending("path")
		item.downward(fileFields)
	}
}

func (p place) downwardFiles() {
	for _, item := range p.items("items") {
		item.oneOf("fieldRef", "resourceFieldRef")
	}
}

func (p place) projected() {
	at := p.at("projected")
	var files []place
	for _, s := range at.items("sources") {
		if n := s.count(); n > 1 {
			s.refuse("", "a source has %d kinds; one is allowed", n)
		}
		for _, key := range []string{"configMap", "secret", "downwardAPI"} {
			s.at(key).files()
			files = append(files, s.at(key).items("items")...)
		}
		s.at("downwardAPI").downwardFiles()
		token := s.at("serviceAccountToken")
		token.atLeast(600, "expirationSeconds")
		token.descending("path")
	}
	for _, f := range twice(files, named("path")) {
		f.refuse("path", "two sources make the file `%s`", review.Text(f.fields, "path"))
	}
}
