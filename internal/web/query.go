package web

import (
	"net/url"
	"strconv"
	"strings"
)

// query is what a reader chose to see.
type query struct {
	Text, Kind, Change, Severity, Status, Cluster, Target string

	Page   int // from 1
	Object int // index of a change; -1 for the first that is listed
	Full   bool
	Part   string // of the page that a script asks for: list or object; "" is all
}

func readQuery(v url.Values) query {
	q := query{Text: strings.TrimSpace(v.Get("q")), Kind: v.Get("kind"), Change: v.Get("change"), Severity: v.Get("severity"), Status: v.Get("status"),
		Cluster: v.Get("cluster"), Target: v.Get("target"), Page: 1, Object: -1, Full: v.Get("full") != "", Part: v.Get("part")}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 0 {
		q.Page = n
	}
	if n, err := strconv.Atoi(v.Get("object")); err == nil && n >= 0 {
		q.Object = n
	}
	return q
}

// Link is the address of what is seen with one more choice; an empty value takes
// one back.
func (q query) Link(name, value string) string {
	v := url.Values{}
	for key, text := range map[string]string{"q": q.Text, "kind": q.Kind, "change": q.Change, "severity": q.Severity, "status": q.Status, "cluster": q.Cluster, "target": q.Target} {
		if text != "" {
			v.Set(key, text)
		}
	}
	if name == "object" && q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	if name == "cluster" {
		v.Del("target")
	}
	if name == "target" {
		v.Del("cluster")
	}
	if value == "" {
		v.Del(name)
	} else {
		v.Set(name, value)
	}
	return "?" + v.Encode()
}

// Narrow reports whether something is left out.
func (q query) Narrow() bool {
	return q.Text+q.Kind+q.Change+q.Severity+q.Status+q.Cluster+q.Target != ""
}
