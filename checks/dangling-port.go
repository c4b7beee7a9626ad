package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var danglingPort = &review.Check{
	ID: "dangling-port", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.References, review.Network, review.Health},
	Doc: review.Doc{
		Title:  "named port does not exist",
		What:   "Checks port names: probes and lifecycle hooks against the ports of their container, and Service target ports against the containers of the selected workloads that run on: an init container gets no traffic. Port numbers are left alone: an application may listen on a port that its manifest does not list.",
		Why:    "A probe of a port that does not exist always fails: the pod is never ready, or restarts again and again. A Service whose target port exists in no container sends no traffic.",
		Fix:    "Correct the name, or add the name to the container's port.",
		Verify: "kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=NAME; kubectl describe pod -n NAMESPACE POD   # its events name failing probes",
		Waive:  "A sidecar that is injected in the cluster has the port; say which.",
		Effort: "small",
		Bad:    "ports: [{name: web, containerPort: 8080}]\nreadinessProbe: {httpGet: {path: /ready, port: http}}",
		Good:   "ports: [{name: http, containerPort: 8080}]\nreadinessProbe: {httpGet: {path: /ready, port: http}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		p.Looked(0)
		for _, o := range c.Workloads() {
			for _, container := range review.ContainersOf(o) {
				danglingProbes(p, container)
			}
		}
		for _, service := range c.Kind(kube.Service) {
			danglingTargets(p, c, service)
		}
	}),
}

func danglingProbes(p *review.Pass, c review.Container) {
	for _, path := range kube.ProbePorts {
		name, ok := review.Map(c.Fields, path...)["port"].(string)
		if !ok || name == "" {
			continue
		}
		p.Looked(1)
		if digits(name) || kube.Open(name) || kube.HasPort(c, name) {
			continue
		}
		p.Report(review.Hit{Verdict: review.Sure, Object: c.Workload, Field: c.Pointer + review.Pointer(path...) + "/port", Key: c.Key() + review.Pointer(path...),
			Message: fmt.Sprintf("%s: its %s asks the port `%s`, and the container has no port of that name. It will fail each time.", c, probeName(path), name)})
	}
}

func probeName(path []string) string {
	if path[0] == "lifecycle" {
		return path[1] + " hook"
	}
	return path[0]
}

func danglingTargets(p *review.Pass, c *review.Cluster, service *model.Object) {
	for i, port := range review.Items(service.Fields(), "spec", "ports") {
		name, ok := port["targetPort"].(string)
		if !ok || name == "" || digits(name) || kube.Open(name) {
			continue
		}
		targets := kube.ServiceTargets(c, service)
		if len(targets) == 0 {
			return
		}
		p.Looked(1)
		has, inInit := anyHasPort(targets, name)
		if has {
			continue
		}
		message := fmt.Sprintf("%s sends traffic to the port `%s`, and no container of %s has a port of that name.", service.ID, name, text.Some(text.Names(targets)))
		if inInit != nil {
			message = fmt.Sprintf("%s sends traffic to the port `%s`, which only %s has: it ends before the pod is ready, and gets no traffic. With `restartPolicy: Always` it is a sidecar, which runs on.", service.ID, name, inInit)
		}
		p.Report(review.Hit{Object: service, Field: fmt.Sprintf("/spec/ports/%d/targetPort", i), Key: "target " + name, Related: targets, Message: message})
	}
}

// anyHasPort reports whether a container of a workload has a port of the name, and gives an
// init container that has: endpoints are made of those that run on alone.
func anyHasPort(workloads []*model.Object, name string) (has bool, inInit *review.Container) {
	for _, o := range workloads {
		for _, c := range review.ContainersOf(o) {
			switch {
			case !kube.HasPort(c, name):
			case !c.Init || kube.Open(review.Text(c.Fields, "restartPolicy")):
				return true, nil
			case inInit == nil:
				inInit = &c
			}
		}
	}
	return false, inInit
}

// digits reports whether a port's name is a number in quotes: a mistake that
// name-invalid tells, or a variable that became one.
func digits(name string) bool {
	for _, c := range name {
		if (c < '0' || c > '9') && c != '$' && c != '{' && c != '}' {
			return false
		}
	}
	return true
}
