package github

import (
	"context"
	"fmt"
	"net/http"

	gh "github.com/google/go-github/v60/github"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Credentials are a new App's.
type Credentials struct {
	AppID         int64
	Name          string
	URL           string // the App's page, where it is installed
	PrivateKey    string // PEM
	WebhookSecret string // "" where GitHub made none
	ClientID      string // of the sign-in of its users
	ClientSecret  string
}

// manifestCode is what GitHub appends to the redirect; it goes into a path.
var manifestCode = pattern.New(`^[A-Za-z0-9_-]{1,128}$`)

// ConvertManifest exchanges the code that GitHub gives after an App was made
// from a manifest. It works once, within an hour. Of c it needs the URL of the
// API and the CA file.
func ConvertManifest(ctx context.Context, c Config, code string) (Credentials, error) {
	if !manifestCode.MatchString(code) {
		return Credentials{}, fmt.Errorf("convert the manifest: the code is not one of GitHub's")
	}
	if c.APIURL == "" {
		c.APIURL = DefaultAPIURL
	}
	base, err := parseBase(c.APIURL)
	if err != nil {
		return Credentials{}, fmt.Errorf("read the API's URL: %w", err)
	}
	transport, err := newTransport(c.CAFile)
	if err != nil {
		return Credentials{}, err
	}
	base.Path += "/"
	client := gh.NewClient(&http.Client{Transport: transport, Timeout: requestTime, CheckRedirect: sameHost})
	client.BaseURL = base
	made, _, err := client.Apps.CompleteAppManifest(ctx, code)
	if err != nil {
		return Credentials{}, translate(ctx, "convert the manifest", err)
	}
	return Credentials{AppID: made.GetID(), Name: made.GetName(), URL: made.GetHTMLURL(), PrivateKey: made.GetPEM(), WebhookSecret: made.GetWebhookSecret(),
		ClientID: made.GetClientID(), ClientSecret: made.GetClientSecret()}, nil
}
