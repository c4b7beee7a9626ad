package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

// Detail is how much of the rendered diff is written.
type Detail string

// Short shows what tells most, bounded for each object; Full all of it.
const (
	None  Detail = "none"
	Short Detail = "short"
	Full  Detail = "full"
)

// Details are all of them, for who offers a choice.
var Details = []Detail{Full, Short, None}

// hunk is a run of changed lines of one place of an object.
type hunk struct {
	place  string // of what holds them: spec.template.spec.containers[0]
	lines  []string
	weight int // the smaller, the more it tells
}

// newShown is how many lines of a new object are shown as they are; of a longer
// one, those that tell most.
const newShown = 16

// hunks gives what changes in an object, as lines of a diff with their sign: what
// tells most first. aside names what is left out because it tells nothing: labels
// and annotations that follow a chart's version, and checksums.
func hunks(c review.Change, detail Detail) (out []hunk, aside []string) {
	if detail == None || c.Base == nil && c.Head == nil || c.Change == review.Removed && detail == Short {
		return nil, nil
	}
	lines := yamldiff.Compare(c.Base, c.Head)
	whole := c.Change != review.Modified
	telling := whole && detail == Short && len(lines) > newShown
	var last string                // what holds the lines of the last hunk
	var fields map[string]struct{} // and the fields that it shows
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		if l.Op == yamldiff.Same || whole && identity(l.Pointer) {
			continue
		}
		if label := churn(l.Pointer); detail == Short && label != "" {
			if !slices.Contains(aside, label) {
				aside = append(aside, label)
			}
			continue
		}
		weight := weigh(l.Pointer)
		if telling && weight > weightExposure {
			continue
		}
		place := ""
		if !whole || telling {
			place = l.Pointer[:max(0, strings.LastIndexByte(l.Pointer, '/'))]
		}
		below := isBelow(l.Pointer, fields)
		if len(out) == 0 || place != last && !below {
			out = append(out, hunk{weight: weight})
			if place != "" {
				out[len(out)-1].place = dotted(place)
			}
			last, fields = place, map[string]struct{}{}
		}
		if !below {
			fields[l.Pointer] = struct{}{}
		}
		h := &out[len(out)-1]
		h.weight = min(h.weight, weight)
		if i+1 < len(lines) && l.Secret && l.Op == yamldiff.Removed && lines[i+1].Op == yamldiff.Added && lines[i+1].Text == l.Text {
			h.lines = append(h.lines, "! "+strings.Replace(oneLine(l.Text), model.RedactedText, "(changed)", 1))
			i++
			continue
		}
		h.lines = append(h.lines, string(rune(l.Op))+" "+oneLine(l.Text))
	}
	for i := range out {
		out[i].lines = outdent(out[i].lines)
	}
	slices.SortStableFunc(out, func(a, b hunk) int { return a.weight - b.weight })
	return out, aside
}

// isBelow reports whether a pointer leads into one of some fields.
func isBelow(pointer string, fields map[string]struct{}) bool {
	for at := strings.LastIndexByte(pointer, '/'); at >= 0; at = strings.LastIndexByte(pointer[:at], '/') {
		if _, ok := fields[pointer[:at]]; ok {
			return true
		}
	}
	return false
}

// identity reports whether a line of a new object only repeats its heading.
func identity(pointer string) bool {
	switch pointer {
	case "/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace":
		return true
	}
	return false
}

// outdent takes the indentation away that all lines share behind their sign.
func outdent(lines []string) []string {
	least := -1
	for _, l := range lines {
		if text := strings.TrimLeft(l[2:], " "); text != "" {
			if n := len(l) - 2 - len(text); least < 0 || n < least {
				least = n
			}
		}
	}
	for i, l := range lines {
		lines[i] = l[:2] + l[min(len(l), 2+max(0, least)):]
	}
	return lines
}

// churning are the labels and annotations that change with each version of a chart,
// and tell nothing that the chart's version does not.
var churning = []string{"helm.sh/chart", "app.kubernetes.io/version", "chart", "heritage", "helm.toolkit.fluxcd.io/version"}

// churn names the label or annotation that a field is, where it tells nothing.
func churn(pointer string) string {
	at := strings.LastIndexByte(pointer, '/')
	if at < 0 || !strings.HasSuffix(pointer[:at], "/labels") && !strings.HasSuffix(pointer[:at], "/annotations") {
		return ""
	}
	name := unescape.Replace(pointer[at+1:])
	if slices.Contains(churning, name) || strings.HasPrefix(name, "checksum/") || strings.HasSuffix(name, "/checksum") {
		return name
	}
	return ""
}

// What a field tells, the most first.
const (
	weightVersion = iota
	weightScale
	weightResources
	weightSecurity
	weightExposure
	weightData
	weightOther
	weightLabels
)

// weights says what fields tell, by a part of their pointer.
var weights = map[string]int{
	"image": weightVersion, "version": weightVersion, "tag": weightVersion, "ref": weightVersion, "targetRevision": weightVersion, "semver": weightVersion,
	"replicas": weightScale, "minReplicas": weightScale, "maxReplicas": weightScale, "suspend": weightScale, "schedule": weightScale,
	"resources":       weightResources,
	"securityContext": weightSecurity, "hostNetwork": weightSecurity, "hostPID": weightSecurity, "hostIPC": weightSecurity, "hostPath": weightSecurity,
	"serviceAccountName": weightSecurity, "roleRef": weightSecurity, "subjects": weightSecurity, "verbs": weightSecurity, "mtls": weightSecurity,
	"ports": weightExposure, "hosts": weightExposure, "hostnames": weightExposure, "host": weightExposure, "type": weightExposure, "listeners": weightExposure,
	"ingress": weightExposure, "egress": weightExposure, "parentRefs": weightExposure, "tls": weightExposure, "rules": weightExposure,
	"data": weightData, "stringData": weightData, "binaryData": weightData, "env": weightData, "args": weightData, "command": weightData, "values": weightData,
	"labels": weightLabels, "annotations": weightLabels,
}

func weigh(pointer string) int {
	weight := weightOther
	for i, part := range strings.Split(pointer, "/") {
		w, known := weights[part]
		switch {
		case !known:
		case w == weightLabels && i <= 2, w == weightData && i == 1:
			return w // what is called so below is a name like any other
		case w < weight:
			weight = w
		}
	}
	return weight
}

// bounded gives the lines of hunks, with the place before each run of them, at most
// so many; left is how many more there are.
func bounded(list []hunk, most int, line func(place bool, text string)) (left int) {
	n := 0
	for _, h := range list {
		if n+len(h.lines) > most && n > 0 {
			left += len(h.lines)
			continue
		}
		if h.place != "" {
			line(true, h.place)
		}
		for i, l := range h.lines {
			if n == most {
				left += len(h.lines) - i
				break
			}
			line(false, l)
			n++
		}
	}
	return left
}

// asideLine says what was left out because it tells nothing.
func asideLine(aside []string) string {
	if len(aside) == 0 {
		return ""
	}
	return fmt.Sprintf("and %s: %s", plural(len(aside), "label"), oneLine(some(aside, 4)))
}
