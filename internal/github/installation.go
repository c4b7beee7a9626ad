package github

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	gh "github.com/google/go-github/v60/github"
)

// Installation is the App on one account.
type Installation struct {
	ID          int64
	Account     string
	Suspended   bool
	Permissions map[string]string // what the account grants
}

// maxInstallations bounds what is listed, a hundred a page.
const maxInstallations = 2000

// Installations lists where the App is installed.
func (a *App) Installations(ctx context.Context) ([]Installation, error) {
	client := a.client(&http.Client{Transport: a.jwt()})
	var out []Installation
	for page := 1; page > 0 && page <= maxInstallations/perPage; {
		// go-github has permissions in a struct, which lacks newer ones.
		type installation struct {
			ID          int64             `json:"id"`
			Account     userJSON          `json:"account"`
			SuspendedAt *time.Time        `json:"suspended_at"`
			Permissions map[string]string `json:"permissions"`
		}
		next := 0
		list, err := call(ctx, a, request{what: "list the installations", repeat: true}, func(ctx context.Context) (list []installation, resp *gh.Response, err error) {
			req, err := client.NewRequest(http.MethodGet, fmt.Sprintf("app/installations?per_page=%d&page=%d", perPage, page), nil)
			if err != nil {
				return nil, nil, err
			}
			resp, err = client.Do(ctx, req, &list)
			if err == nil {
				next = resp.NextPage
			}
			return list, resp, err
		})
		if err != nil {
			return nil, err
		}
		for _, i := range list {
			out = append(out, Installation{ID: i.ID, Account: i.Account.Login, Suspended: i.SuspendedAt != nil, Permissions: i.Permissions})
		}
		page = next
	}
	return out, nil
}

// maxRepositories bounds what is listed of an installation.
const maxRepositories = 10000

// Listed is a repository of an installation.
type Listed struct {
	Repository
	Archived bool
}

// Repositories lists the repositories of an installation.
func (a *App) Repositories(ctx context.Context, installation int64) ([]Listed, error) {
	transport := ghinstallation.NewFromAppsTransport(a.jwt(), installation)
	transport.InstallationTokenOptions = &gh.InstallationTokenOptions{Permissions: &gh.InstallationPermissions{Metadata: gh.String("read")}}
	client := a.client(&http.Client{Transport: transport})
	var out []Listed
	for page := 1; page > 0 && page <= maxRepositories/perPage; {
		next := 0
		list, err := call(ctx, a, request{what: "list the installation's repositories", repeat: true, installation: installation},
			func(ctx context.Context) (*gh.ListRepositories, *gh.Response, error) {
				list, resp, err := client.Apps.ListRepos(ctx, &gh.ListOptions{Page: page, PerPage: perPage})
				if err == nil {
					next = resp.NextPage
				}
				return list, resp, refusedFor(forContent, err)
			})
		if err != nil {
			return nil, err
		}
		for _, r := range list.Repositories {
			out = append(out, Listed{Archived: r.GetArchived(), Repository: Repository{Installation: installation, Owner: r.GetOwner().GetLogin(), Name: r.GetName(),
				ID: r.GetID(), DefaultBranch: r.GetDefaultBranch(), Private: r.GetPrivate()}})
		}
		page = next
	}
	return out, nil
}

// grantsFor is for how long it is remembered what an installation grants.
const grantsFor = time.Hour

// grants is what an installation grants, and until when that is believed.
type grants struct {
	permissions map[string]string
	until       time.Time
}

// Grants reports whether an installation grants a permission; what cannot be asked is
// not granted. The answer may be an hour old.
func (a *App) Grants(ctx context.Context, installation int64, name, level string) bool {
	permissions, err := a.permissionsOf(ctx, installation)
	return err == nil && ranks[permissions[name]] >= ranks[level]
}

// Lacks names what of what the App asks for an installation does not grant, in the words
// of GitHub's settings. The answer may be an hour old.
func (a *App) Lacks(ctx context.Context, installation int64) ([]string, error) {
	permissions, err := a.permissionsOf(ctx, installation)
	if err != nil {
		return nil, err
	}
	identity, err := a.Identity(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, lack := range Lacking(permissions, identity.Permissions) {
		out = append(out, PermissionWords(lack))
	}
	return out, nil
}

// permissionsOf is what an installation grants, as it was within the last hour.
func (a *App) permissionsOf(ctx context.Context, installation int64) (map[string]string, error) {
	a.mu.Lock()
	known := a.granted[installation]
	a.mu.Unlock()
	if !time.Now().After(known.until) {
		return known.permissions, nil
	}
	client := a.client(&http.Client{Transport: a.jwt()})
	found, err := call(ctx, a, request{what: "read the installation", repeat: true}, func(ctx context.Context) (map[string]string, *gh.Response, error) {
		var i struct {
			Permissions map[string]string `json:"permissions"`
		}
		req, err := client.NewRequest(http.MethodGet, fmt.Sprintf("app/installations/%d", installation), nil)
		if err != nil {
			return nil, nil, err
		}
		resp, err := client.Do(ctx, req, &i)
		return i.Permissions, resp, err
	})
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.granted[installation] = grants{found, time.Now().Add(grantsFor)}
	return found, nil
}

// Changed forgets what an installation grants.
func (a *App) Changed(installation int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.granted, installation)
}
