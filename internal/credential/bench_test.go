package credential_test

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
)

// BenchmarkFind measures what the redactor asks of every text of a render: a
// short one, and a dashboard of 100 KB.
func BenchmarkFind(b *testing.B) {
	panel := `{"datasource":{"type":"prometheus","uid":"${DS}"},"expr":"sum(rate(http_requests_total{job=\"web\"}[5m])) by (code)","legendFormat":"{{code}}","key": "x", "refId":"A"},` + "\n"
	for name, text := range map[string]string{"short": "registry.example.com/web:1.0.0", "dashboard": strings.Repeat(panel, 100_000/len(panel))} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				credential.Find(text)
			}
		})
	}
}
