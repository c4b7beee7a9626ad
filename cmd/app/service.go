package main

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/server"
	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/internal/web"
)

// service is everything that `seaworthy serve` needs, wired.
type service struct {
	environment config.Environment
	log         zerolog.Logger
	server      *server.Server
	queue       *job.Queue // nil while no App is configured
	store       *store.Store
	bench       *workbench
	app         *github.App
	stopPages   func()      // ends what browsers listen to; nil without pages
	known       atomic.Bool // GitHub said that the App is who it says it is
}

func newService(ctx context.Context, e config.Environment, log zerolog.Logger) (_ *service, err error) {
	s := &service{environment: e, log: log}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.server = &server.Server{Registry: registry, Log: log, Ready: s.ready,
		Home: &web.Home{Version: thisBuild().Version, Setup: !e.Configured(), GitHub: e.GitHubURL, Log: log}}
	if !e.Configured() {
		s.server.Setup, err = s.setup()
		return s, err
	}
	if s.store, err = store.Open(ctx, store.Options{Dir: e.DataDir, URL: e.DatabaseURL, KeepPages: e.PagesKeep, Log: libraryLog(log)}); err != nil {
		return nil, exitStatus{exitUsage, err}
	}
	metrics := job.NewMetrics(registry, s.store)
	s.app, err = github.New(github.Config{AppID: e.AppID, PrivateKey: []byte(e.PrivateKey), APIURL: e.APIURL(), WebURL: e.GitHubURL,
		CAFile: e.CAFile, Observe: metrics.Requested})
	if err != nil {
		return nil, exitStatus{exitUsage, err}
	}
	if err := s.introduce(ctx); fault.OwnerOf(err) == fault.Operator {
		return nil, exitStatus{exitUsage, err}
	}
	if err := s.equip(); err != nil {
		return nil, broken(err)
	}
	panics := job.NewPanics(metrics, log)
	s.bench.pool.Panicked, s.bench.reviewer.Panics = panics.Note, panics
	s.queue = &job.Queue{Store: s.store, App: s.app, Reviewer: s.bench.reviewer, Sources: s.bench.sources, Log: log, Metrics: metrics, Parallel: e.Workers, AuditEvery: e.AuditEvery, FirstAudit: time.Hour, CatchUp: job.DefaultCatchUp,
		Mirrors: &git.Mirrors{Dir: filepath.Join(e.DataDir, "mirrors"), MaxBytes: e.MirrorLimit << 20}}
	if e.HasPages() {
		pages, err := s.pages()
		if err != nil {
			return nil, broken(err)
		}
		s.server.Pages, s.stopPages = pages, pages.Stop
		s.queue.Pages = e.PublicURL
	} else {
		log.Info().Msg("reviews have no pages: they need SEAWORTHY_PUBLIC_URL, SEAWORTHY_CLIENT_ID and SEAWORTHY_CLIENT_SECRET")
	}
	s.server.Queue = s.queue
	s.server.Receiver = &github.Receiver{AppID: e.AppID, Secrets: e.Secrets()}
	return s, nil
}

// equip makes the sandbox and the renderer, with a cache that outlives the
// process.
func (s *service) equip() error {
	exe, build, err := program()
	if err != nil {
		return err
	}
	cache, err := render.OpenCache(filepath.Join(s.environment.DataDir, "renders"), build, s.environment.CacheLimit<<20)
	if err != nil {
		return err
	}
	sources, err := newSources(s.environment)
	if err != nil {
		return err
	}
	s.bench = newBench(exe, cache, sources, s.environment.Workers)
	return nil
}

func (s *service) close() {
	if s.bench != nil {
		s.bench.close()
	}
	if s.store != nil {
		s.store.Close()
	}
}

// introductions is how often GitHub must say at the start that it does not know the
// App, until that is believed.
const introductions = 3

// introduce is identify at the start. What GitHub refuses can pass, and a service that
// ends because of it is down.
func (s *service) introduce(ctx context.Context) (err error) {
	var passes *github.PassingError
	for n := range introductions {
		if err = s.identify(ctx); !errors.As(err, &passes) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(n+1) * 500 * time.Millisecond):
		}
	}
	return err
}

// identify asks GitHub who the App is, and warns of what it lacks.
func (s *service) identify(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	identity, err := s.app.Identity(ctx)
	if err != nil {
		s.log.Warn().Err(err).Msg("GitHub was not asked who the App is")
		return err
	}
	s.known.Store(true)
	for _, lack := range lacks(identity) {
		s.log.Warn().Str("lacks", lack).Msg("the App is not set up as app.yml says; see seaworthy doctor")
	}
	s.log.Info().Str("app", identity.Slug).Int64("id", s.app.ID()).Msg("GitHub knows the App")
	return nil
}

// ready is what the readiness probe shows.
func (s *service) ready(ctx context.Context) map[string]error {
	if s.queue == nil {
		return map[string]error{"setup": nil} // the page must be reached
	}
	out := map[string]error{"store": s.store.Ready(ctx), "app": nil}
	if !s.known.Load() {
		out["app"] = s.identify(ctx)
	}
	return out
}
