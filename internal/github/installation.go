package github

import (
	"context"
	"fmt"
	"net/http"
	"time"

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
