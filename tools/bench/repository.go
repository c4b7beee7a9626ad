package main

import (
	"fmt"
	"path/filepath"
)

func overlay(i int) string { return fmt.Sprintf("apps/team-%02d/app-%04d", i%40, i) }

// overlayFiles are a base under all bases, bases, a component, and overlays with a patch
// and a generator, about ten objects each.
func (b *bench) overlayFiles() map[string]string {
	files := map[string]string{
		"platform/kustomization.yaml":             "resources: [policy.yaml, account.yaml]\n",
		"platform/policy.yaml":                    policy,
		"platform/account.yaml":                   account,
		"components/metrics/kustomization.yaml":   component,
		"components/metrics/service-monitor.yaml": monitor,
	}
	for i := range b.bases {
		dir := fmt.Sprintf("bases/kind-%02d/", i)
		files[dir+"kustomization.yaml"] = "resources: [../../platform, deployment.yaml, service.yaml, config.yaml, autoscaler.yaml, budget.yaml]\nlabels:\n- pairs: {app.kubernetes.io/part-of: shop}\n"
		files[dir+"deployment.yaml"] = fmt.Sprintf(deployment, i)
		files[dir+"service.yaml"] = service
		files[dir+"config.yaml"] = config
		files[dir+"autoscaler.yaml"] = autoscaler
		files[dir+"budget.yaml"] = budget
	}
	for i := range b.overlays {
		dir := overlay(i) + "/"
		files[dir+"kustomization.yaml"] = fmt.Sprintf(overlayFile, i, i, i%b.bases, 1+i%5)
		files[dir+"patch.yaml"] = fmt.Sprintf(patch, 100+i%400)
		files[dir+"app.env"] = fmt.Sprintf("LEVEL=info\nSHARD=%d\n", i)
	}
	return files
}

// repository makes that of the overlays, and the branches one (an overlay changes), all
// (the lowest base changes) and none (a document is added).
func (b *bench) repository() error {
	return repo{dir: filepath.Join(b.dir, "repo"), files: b.overlayFiles()}.make(map[string]change{
		"one":  {overlay(7) + "/patch.yaml", fmt.Sprintf(patch, 999)},
		"all":  {"platform/account.yaml", account + "automountServiceAccountToken: false\n"},
		"none": {"README.md", "A document.\n"},
	})
}

// appliedRepository makes one of the same overlays that a cluster applies by a Flux
// Kustomization each, and the branch one.
func (b *bench) appliedRepository() error {
	files := b.overlayFiles()
	files["clusters/prod/flux-system/gotk-sync.yaml"] = sync
	files["clusters/prod/flux-system/kustomization.yaml"] = "resources: [gotk-sync.yaml]\n"
	for i := range b.overlays {
		files[fmt.Sprintf("clusters/prod/app-%04d.yaml", i)] = fmt.Sprintf(fluxOverlay, i, overlay(i))
	}
	return repo{dir: filepath.Join(b.dir, "applied"), files: files}.make(map[string]change{
		"one": {overlay(7) + "/patch.yaml", fmt.Sprintf(patch, 999)},
	})
}

const fluxOverlay = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app-%04d, namespace: flux-system}
spec:
  interval: 10m
  path: ./%s
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
`

const overlayFile = `namespace: team-app-%04d
namePrefix: a%d-
resources: [../../../bases/kind-%02d]
components: [../../../components/metrics]
patches:
- path: patch.yaml
  target: {kind: Deployment}
configMapGenerator:
- name: env
  envs: [app.env]
replicas:
- {name: web, count: %d}
`

const patch = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: app
        resources:
          requests: {cpu: %dm}
`

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: app
        image: ghcr.io/acme/web:1.%d.0
        ports: [{name: http, containerPort: 8080}]
        envFrom: [{configMapRef: {name: env}}, {configMapRef: {name: config}}]
        resources:
          requests: {cpu: 100m, memory: 128Mi}
          limits: {memory: 256Mi}
        readinessProbe: {httpGet: {path: /ready, port: http}}
        livenessProbe: {httpGet: {path: /live, port: http}}
        securityContext:
          allowPrivilegeEscalation: false
          runAsNonRoot: true
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
          seccompProfile: {type: RuntimeDefault}
`

const service = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
`

const config = `apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data:
  app.yaml: |
    cache: {size: 100, ttl: 30s}
    log: {level: info}
`

const autoscaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 10
  metrics:
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
`

const budget = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: web}}
`

const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
`

const account = `apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
`

const component = `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [service-monitor.yaml]
`

const monitor = `apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  endpoints: [{port: http}]
`
