package refused

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// The rules below are those of CustomResourceDefinitions that are no schema: Flux 2.3 to
// 2.9, Gateway API 1.2 to 1.6, Argo CD 2 and 3.

func (p place) helmRelease() {
	if s := p.at("spec"); review.Text(p.fields, "apiVersion") == "helm.toolkit.fluxcd.io/v2" {
		s.together("chart", "chartRef")
	}
}

// application is Argo CD's: the API server refuses one without these.
func (p place) application() {
	s := p.at("spec")
	if !s.there() {
		return
	}
	s.needs("destination")
	if s.lacks("project") { // an empty one is `default`
		s.refuse("project", "`project` is missing")
	}
	for _, source := range append(s.items("sources"), s.at("source")) {
		if source.there() {
			source.needs("repoURL")
		}
	}
}

func (p place) gateway() {
	listeners := p.at("spec").items("listeners")
	for i := range listeners {
		l := &listeners[i]
		l.name = "listener `" + review.Text(l.fields, "name") + "`"
		protocol, tls := l.text("protocol"), l.at("tls")
		switch {
		case protocol == "" || l.open("tls"):
		case tls.there() && (protocol == "HTTP" || protocol == "TCP" || protocol == "UDP"):
			l.refuse("tls", "the protocol %s has no `tls`", protocol)
		case protocol == "HTTPS" && tls.text("mode") == "Passthrough":
			tls.refuse("mode", "the protocol HTTPS ends TLS; to pass it through is for the protocol TLS")
		case tls.there() && (tls.lacks("mode") || tls.text("mode") == "Terminate") && tls.none("certificateRefs") && tls.none("options"):
			tls.refuse("", "to end TLS it needs `certificateRefs`")
		}
		if (protocol == "TCP" || protocol == "UDP") && l.text("hostname") != "" {
			l.refuse("hostname", "the protocol %s has no `hostname`", protocol)
		}
	}
	for _, l := range twice(listeners, named("name")) {
		l.refuse("name", "the name occurs twice")
	}
	for _, l := range twice(listeners, func(l place) string {
		return fmt.Sprint(l.fields["port"], " ", review.Text(l.fields, "protocol"), " ", review.Text(l.fields, "hostname"))
	}) {
		l.refuse("port", "another listener has the same port, protocol and hostname")
	}
}

// filterFields are the fields of a route's filter, by its type.
var filterFields = map[string]string{"RequestHeaderModifier": "requestHeaderModifier", "ResponseHeaderModifier": "responseHeaderModifier",
	"RequestMirror": "requestMirror", "RequestRedirect": "requestRedirect", "URLRewrite": "urlRewrite", "ExtensionRef": "extensionRef"}

func (p place) httpRoute() {
	for _, rule := range p.at("spec").items("rules") {
		for _, m := range rule.items("matches") {
			path := m.at("path")
			kind, value := path.text("type"), path.text("value")
			if value == "" || path.open("type") || kind == "RegularExpression" {
				continue
			}
			if !strings.HasPrefix(value, "/") {
				path.refuse("value", "the path `%s` begins with no slash", short(value))
			}
			for _, part := range []string{"//", "/./", "/../", "%2f", "%2F", "#"} {
				if strings.Contains(value, part) {
					path.refuse("value", "the path `%s` has `%s` in it", short(value), part)
					break
				}
			}
		}
		redirects := false
		for _, f := range rule.items("filters") {
			kind := f.text("type")
			redirects = redirects || kind == "RequestRedirect"
			field, ok := filterFields[kind]
			if !ok {
				continue
			}
			if f.lacks(field) {
				f.refuse("", "a filter of type %s needs the field `%s`", kind, field)
			}
			for _, other := range slices.Sorted(maps.Keys(filterFields)) {
				if of := filterFields[other]; other != kind && f.has(of) {
					f.refuse(of, "a filter of type %s has no `%s`", kind, of)
				}
			}
		}
		if redirects && !rule.none("backendRefs") {
			rule.refuse("backendRefs", "a rule that redirects has no `backendRefs`")
		}
	}
	p.route()
}
