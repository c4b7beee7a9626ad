#!/usr/bin/env bash
# Whether a client of go-github that is made for another token asks GitHub.
#
# github.com/google/go-github/v60 v60.0.0, go1.26.8, 2026-11-30. A server made here answers
# as GitHub does when a token has no requests left.
# Expected: the requests that are left are counted for each token, as GitHub does.
# Seen: a client remembers that its token has none left, and refuses without asking until
# they are given anew; WithAuthToken copies that to the client of the new token, which then
# refuses too. Who speaks for many installations needs a new client for each.
#   a copy with another token: *github.RateLimitError, requests 0
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding
go 1.26
require github.com/google/go-github/v60 v60.0.0
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/google/go-github/v60/github"
)

func main() {
	requests := 0
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer spent" {
			requests++
			fmt.Fprint(w, "{}")
			return
		}
		w.Header().Set("X-RateLimit-Limit", "5000")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", fmt.Sprint(time.Now().Add(time.Hour).Unix()))
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message": "API rate limit exceeded"}`)
	}))
	defer api.Close()
	base, _ := url.Parse(api.URL + "/")
	ask := func(name string, client *github.Client) {
		client.BaseURL = base
		_, _, err := client.Repositories.Get(context.Background(), "acme", "fleet")
		fmt.Printf("%s: %T, requests %d\n", name, err, requests)
	}
	spent := github.NewClient(nil).WithAuthToken("spent")
	ask("a token without requests left", spent)
	ask("a copy with another token", spent.WithAuthToken("fresh"))
	ask("a new client with that token", github.NewClient(nil).WithAuthToken("fresh"))
}
GO
GOFLAGS=-mod=mod CGO_ENABLED=0 go run . > got
cat got
diff got - <<'WANT'
a token without requests left: *github.RateLimitError, requests 0
a copy with another token: *github.RateLimitError, requests 0
a new client with that token: <nil>, requests 1
WANT
