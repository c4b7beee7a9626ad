package checks

import (
	"fmt"
	"time"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// fluxIntervalOptions can be set in the repository's file. Durations are such as
// 90s, 5m, 1h.
type fluxIntervalOptions struct {
	Minimum string            `json:"minimum"`
	Maximum map[string]string `json:"maximum"` // by kind
}

var fluxIntervalOutOfRange = &review.Check{
	ID: "flux-interval-out-of-range", Area: review.FluxArea, Severity: review.Low, Tags: []review.Tag{review.Intervals},
	Options: &fluxIntervalOptions{Minimum: "1m", Maximum: map[string]string{"Kustomization": "24h", "HelmRelease": "24h", "GitRepository": "24h"}},
	Doc: review.Doc{
		Title:  "interval out of range",
		What:   "Looks for intervals of Flux objects below a minute or above a day. Both limits can be set, the upper one by kind.",
		Why:    "A short interval puts load on the API server and the Git host, until they answer with rate limits. With a long one, drift and failed applies stay uncorrected for just as long.",
		Fix:    "5 to 15 minutes suit most objects; webhooks (a Receiver) apply changes at once.",
		Verify: "kubectl get kustomizations,helmreleases,gitrepositories -A -o custom-columns=NAME:.metadata.name,INTERVAL:.spec.interval",
		Waive:  "The source hardly ever changes.",
		Effort: "small",
		Bad:    "interval: 10s",
		Good:   "interval: 10m",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if !flux.Belongs(o) {
			return
		}
		text := review.Text(o.Fields(), "spec", "interval")
		d, err := time.ParseDuration(text)
		if text == "" || err != nil {
			return
		}
		options := p.Options.(*fluxIntervalOptions)
		least, errLeast := time.ParseDuration(options.Minimum)
		most, errMost := time.ParseDuration(options.Maximum[o.ID.Kind])
		switch {
		case errLeast == nil && d < least:
			p.Report(review.Hit{Object: o, Field: "/spec/interval", Message: fmt.Sprintf("%s reconciles every %s: this causes load without benefit.", o.ID, text)})
		case errMost == nil && d > most:
			p.Report(review.Hit{Object: o, Field: "/spec/interval", Message: fmt.Sprintf("%s reconciles only every %s: drift and failures last that long.", o.ID, text)})
		}
	}),
}
