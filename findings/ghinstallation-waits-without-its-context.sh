#!/usr/bin/env bash
# How long a caller waits for an installation's token that another is asking for.
#
# github.com/bradleyfalzon/ghinstallation/v2 v2.10.0, go1.26.8, 2026-11-30. A server made
# here takes two seconds for a token.
# Expected: a caller whose context ends after 100 ms gets its error then.
# Seen: it waits until the other's request has ended, and gets the token although its time
# is over. All requests of an installation stand behind one slow answer, whatever their
# own deadlines are.
#   the second: true after 2 s, its context ended: true
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'MOD'
module finding
go 1.26
require github.com/bradleyfalzon/ghinstallation/v2 v2.10.0
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
)

func main() {
	begun := make(chan bool, 1)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		time.Sleep(2 * time.Second)
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"token": "t", "expires_at": %q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
	}))
	defer api.Close()
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	encoded := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	transport, err := ghinstallation.New(http.DefaultTransport, 1, 1, encoded)
	if err != nil {
		panic(err)
	}
	transport.BaseURL = api.URL
	go transport.Token(context.Background())
	<-begun
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	token, _ := transport.Token(ctx)
	fmt.Printf("the second: %v after %.0f s, its context ended: %v\n", token != "", time.Since(start).Seconds(), ctx.Err() != nil)
}
GO
GOFLAGS=-mod=mod CGO_ENABLED=0 go run . > got
cat got
diff got - <<'WANT'
the second: true after 2 s, its context ended: true
WANT
