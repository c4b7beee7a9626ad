package schema

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

const deployment = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","labels":{"app":"web","tier":"front"}},
"spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}},"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":"25%"}},
"template":{"metadata":{"labels":{"app":"web","tier":"front"},"annotations":{"checksum/config":"abc"}},"spec":{"serviceAccountName":"web",
"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"kubernetes.io/hostname","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}],
"containers":[{"name":"web","image":"shop/web:1.4.2","imagePullPolicy":"IfNotPresent","args":["serve","--port=80"],
"ports":[{"name":"http","containerPort":80,"protocol":"TCP"}],"env":[{"name":"A","value":"b"},{"name":"P","valueFrom":{"secretKeyRef":{"name":"web","key":"p"}}}],
"resources":{"limits":{"memory":"512Mi"},"requests":{"cpu":"100m","memory":"256Mi"}},
"livenessProbe":{"httpGet":{"path":"/","port":"http"},"periodSeconds":10},"readinessProbe":{"httpGet":{"path":"/ready","port":"http"}},
"securityContext":{"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}},
"volumeMounts":[{"name":"tmp","mountPath":"/tmp"},{"name":"config","mountPath":"/etc/web","readOnly":true}]}],
"volumes":[{"name":"tmp","emptyDir":{"sizeLimit":"64Mi"}},{"name":"config","configMap":{"name":"web"}}]}}}}`

// BenchmarkDeployment holds a usual Deployment, decoded, against the newest
// release. The aim is under 30 µs.
func BenchmarkDeployment(b *testing.B) {
	o := object(b, deployment)
	o.Fields()
	for b.Loop() {
		if list, _ := Problems(Question{Object: o}); len(list) > 0 {
			b.Fatal(list)
		}
	}
}

// BenchmarkOpen opens the bundle and reads a first kind: once a process.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		readBundle(bundle).builtIn(0, "io.k8s.api.apps.v1.Deployment")
	}
}

func object(t testing.TB, text string) *model.Object {
	t.Helper()
	return objectOf(t, []byte(text))
}
