package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/web"
)

// setup is the page that makes an App, while none is configured. Its token goes
// to the log: whoever can read that runs the service.
func (s *service) setup() (http.Handler, error) {
	e := s.environment
	made := &web.Setup{Token: rand.Text(), Log: s.log, Origin: e.GitHubURL, Secure: strings.HasPrefix(e.PublicURL, "https://"),
		Action: e.GitHubURL + "/settings/apps/new"}
	if e.Organization != "" {
		made.Action = e.GitHubURL + "/organizations/" + url.PathEscape(e.Organization) + "/settings/apps/new"
	}
	if e.PublicURL != "" {
		m, err := readManifest()
		if err != nil {
			return nil, broken(err)
		}
		if made.Manifest, err = m.forGitHub(e.PublicURL); err != nil {
			return nil, broken(err)
		}
	}
	made.Exchange = func(ctx context.Context, code string) (web.Credentials, error) {
		c, err := github.ConvertManifest(ctx, github.Config{APIURL: e.APIURL(), CAFile: e.CAFile}, code)
		return web.Credentials{AppID: c.AppID, Name: c.Name, URL: c.URL, PrivateKey: c.PrivateKey, WebhookSecret: c.WebhookSecret,
			ClientID: c.ClientID, ClientSecret: c.ClientSecret}, err
	}
	if e.PublicURL == "" {
		s.log.Warn().Msg("no App is configured; set SEAWORTHY_PUBLIC_URL to where GitHub can reach this service and start again: /setup then makes one")
		return made, nil
	}
	s.log.Warn().Str("page", e.PublicURL+"/setup").Str("token", made.Token).Msg("no App is configured; this page makes one")
	return made, nil
}

// forGitHub is the manifest as GitHub's form takes it.
func (m manifest) forGitHub(publicURL string) (string, error) {
	text, err := json.Marshal(map[string]any{
		"name": m.Name, "url": m.URL, "description": m.Description, "public": m.Public,
		"hook_attributes":     map[string]any{"url": publicURL + "/webhook", "active": true},
		"redirect_url":        publicURL + "/setup/done",
		"callback_urls":       []string{publicURL + web.SignedIn},
		"default_permissions": m.Permissions, "default_events": m.Events,
	})
	if err != nil {
		return "", fmt.Errorf("write the manifest: %w", err)
	}
	return string(text), nil
}
