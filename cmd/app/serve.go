package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/internal/config"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Receive webhooks and review pull requests",
		Long: `Receive webhooks and review pull requests. The configuration is in the
environment: docs/environment.md. With no App configured it shows the page that
makes one: /setup.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			e, listener, wrong := preflight(c.Context(), os.Environ())
			if len(wrong) > 0 {
				return exitStatus{exitUsage, fmt.Errorf("not set up right:\n%w", wrong)}
			}
			return serve(c.Context(), e, listener, newLog(e, c.ErrOrStderr()))
		},
	}
}

// newLog writes one line an event, JSON unless the operator wants text.
func newLog(e config.Environment, out io.Writer) zerolog.Logger {
	level, err := zerolog.ParseLevel(e.LogLevel)
	if err != nil {
		level = zerolog.InfoLevel
	}
	if e.LogFormat == "text" {
		out = zerolog.ConsoleWriter{Out: out, TimeFormat: time.RFC3339, NoColor: true}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

// libraryLog is what libraries may say: warnings.
func libraryLog(log zerolog.Logger) *slog.Logger {
	return slog.New(zerolog.NewSlogHandler(log.Level(max(zerolog.WarnLevel, log.GetLevel()))))
}

// traceTime bounds the sending of the last traces.
const traceTime = 5 * time.Second

// serve runs until ctx ends, then finishes what is under way.
func serve(ctx context.Context, e config.Environment, listener net.Listener, log zerolog.Logger) error {
	b := thisBuild()
	log.Info().Str("version", b.Version).Str("commit", b.Commit).Str("date", b.Date).Str("data", e.DataDir).Bool("postgres", e.DatabaseURL != "").Msg("starting")
	stop, err := startTraces(ctx, os.Environ())
	if err != nil {
		listener.Close()
		return exitStatus{exitUsage, err}
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceTime)
		defer cancel()
		if err := stop(ctx); err != nil {
			log.Warn().Err(err).Msg("the last traces were not sent")
		}
	}()
	s, err := newService(ctx, e, log)
	if err != nil {
		listener.Close()
		return err
	}
	defer s.close()
	return s.run(ctx, listener)
}

// run answers requests and does reviews until ctx ends.
func (s *service) run(ctx context.Context, listener net.Listener) error {
	if s.queue != nil {
		if err := s.queue.Start(ctx); err != nil {
			listener.Close()
			return broken(err)
		}
	}
	server := s.server.HTTP()
	if s.stopPages != nil {
		server.RegisterOnShutdown(s.stopPages) // else it would wait for them
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	s.log.Info().Str("listen", listener.Addr().String()).Bool("configured", s.queue != nil).Msg("serving")
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.log.Info().Msg("stopping: finishing what is under way")
	}
	return errors.Join(err, s.drain(context.WithoutCancel(ctx), server))
}

// drain lets deliveries be answered and reviews finish; what does not finish in
// time is queued for the next process.
func (s *service) drain(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, s.environment.Drain)
	defer cancel()
	// Deliveries under way are answered first: what they store is not lost.
	err := server.Shutdown(ctx)
	if s.queue != nil {
		err = errors.Join(err, s.queue.Stop(ctx))
	}
	if err != nil {
		s.log.Warn().Err(err).Msg("not everything ended in time")
	}
	s.log.Info().Msg("stopped")
	return nil
}
