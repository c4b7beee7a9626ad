package checks

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var resourceSizeUnlikely = &review.Check{
	ID: "resource-size-unlikely", Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.Resources},
	Doc: review.Doc{
		Title:  "resource of an unlikely size",
		What:   "Looks for sizes that were hardly meant, mostly of a unit that was left out or mistyped. High: a memory limit below 1Mi (`512`, `512m`). Not certain: a request of more than 128 cores or 4Ti, one of at least 10 cores without a unit that is 50 times and more of what it was (`200` after `200m`), one of at least 64Gi that is 500 times and more (`512Gi` after `512Mi`), and a memory request below 1Mi. A limit counts as the request where none is set.",
		Why:    "No node has room for such a request, and the pod stays Pending; a rollout stops there. With a memory limit of a few bytes the container is killed before it starts.",
		Fix:    "Write the unit: `200m` is a fifth of a core, `200` are two hundred; `512Mi` of memory are megabytes, `512` are bytes, and `512m` is half of one.",
		Verify: "kubectl get nodes -o custom-columns=NAME:.metadata.name,CPU:.status.allocatable.cpu,MEMORY:.status.allocatable.memory; kubectl describe pod -n NAMESPACE POD   # FailedScheduling, or OOMKilled",
		Waive:  "The cluster has nodes of this size.",
		Effort: "small",
		Bad:    "requests: {cpu: 200, memory: 256Mi}",
		Good:   "requests: {cpu: 200m, memory: 256Mi}",
	},
	Run: review.Containers(func(p *review.Pass, c review.Container) {
		p.Looked(1)
		old, _ := p.ContainerBefore(c)
		for _, s := range []sized{{c, old, "limits", "memory"}, {c, old, "requests", "cpu"}, {c, old, "requests", "memory"}, {c, old, "limits", "cpu"}} {
			q, ok := kube.Quantity(s.value(c))
			if !ok || q.Sign() <= 0 {
				continue
			}
			h := review.Hit{Object: c.Workload, Field: c.At("resources", s.section, s.name), Key: "size " + c.Key() + " " + s.name}
			few := s.name == "memory" && q.Cmp(fewest) < 0
			asked, asks := kube.Quantity(c.Field("resources", "requests", s.name))
			switch {
			case few && s.section == "limits" && asks && asked.Cmp(q) > 0:
				return // schema-invalid: it asks for more than it may use
			case few && s.section == "limits":
				h.Severity, h.Verdict = review.High, review.Sure
				h.Message = fmt.Sprintf("%s, may use `%v` of memory, which is less than one megabyte: it is killed before it starts.", c, s.value(c))
			case s.section == "limits" && kube.HasResource(c, "requests", s.name):
				continue // its request counts
			case few:
				h.Verdict, h.Searched = review.NotSeen, []string{"whether that is meant"}
				h.Message = fmt.Sprintf("%s, asks for `%v` of memory, which is less than one megabyte. Perhaps its unit is missing.", c, s.value(c))
			default:
				why := s.unlikely(q)
				if why == "" {
					continue
				}
				h.Verdict, h.Searched = review.NotSeen, []string{"the sizes of nodes"}
				h.Message = fmt.Sprintf("%s, asks for %s. Without a node that has as much, its pods stay Pending.", c, why)
			}
			p.Report(h)
			return
		}
	}),
}

var (
	fewest    = resource.MustParse("1Mi")
	mostCores = resource.MustParse("128") // of one machine of the large clouds, but for a few kinds
	mostBytes = resource.MustParse("4Ti")
	someCores = resource.MustParse("10")
	someBytes = resource.MustParse("64Gi")
)

// sized is an amount that a container asks for, or may use.
type sized struct {
	now, old      review.Container
	section, name string
}

func (s sized) value(c review.Container) any { return c.Field("resources", s.section, s.name) }

// unlikely tells an amount which no node has, or which is so much more than it was that
// its unit went wrong; "" for another.
func (s sized) unlikely(q resource.Quantity) string {
	text := fmt.Sprint(s.value(s.now))
	most, some, times, what := mostCores, someCores, 50.0, "cores"
	if s.name == "memory" {
		most, some, times, what = mostBytes, someBytes, 500, "of memory"
	}
	if q.Cmp(most) > 0 {
		return fmt.Sprintf("`%s` %s", text, what)
	}
	was, ok := kube.Quantity(s.value(s.old))
	if !ok || was.Sign() <= 0 || q.Cmp(some) < 0 || q.AsApproximateFloat64() < times*was.AsApproximateFloat64() {
		return ""
	}
	if s.name == "cpu" && strings.Trim(text, "0123456789") != "" {
		return ""
	}
	return fmt.Sprintf("`%s` %s, where it was `%v`", text, what, s.value(s.old))
}
