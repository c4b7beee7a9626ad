package seaworthy

import "embed"

// AppManifest is app.yml: the events and permissions of the GitHub App.
//
//go:embed app.yml
var AppManifest []byte

// Demo is the sample repository of `seaworthy demo`: testdata/demo/base and
// testdata/demo/head are the two sides of its pull request.
//
//go:embed all:testdata/demo
var Demo embed.FS
