package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy"
	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/web"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

func demoCommand() *cobra.Command {
	var verbose, once bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Review a sample pull request on a stand-in for GitHub",
		Long: `Review a sample pull request, from the webhook to the check run and its page: a
stand-in for GitHub and the real service run in this process, on this machine
alone. The page is there until you stop the demo with ^C.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			log := zerolog.Nop()
			if verbose {
				log = zerolog.New(zerolog.ConsoleWriter{Out: c.ErrOrStderr()})
			}
			until := c.Context()
			if once {
				var stop context.CancelFunc
				until, stop = context.WithCancel(until)
				stop()
			}
			return demo(c.Context(), until, c.OutOrStdout(), log)
		},
	}
	c.Flags().BoolVar(&once, "once", false, "end when the check run was shown")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "show the service's log")
	return c
}

// demoTime bounds the review; it takes seconds.
const demoTime = time.Minute

const (
	demoRepository = "acme/shop"
	demoTitle      = "shop: cheaper, and always the newest"
	demoViewer     = "you" // who is signed in on the stand-in
)

// demo opens the sample pull request, prints what its author would see, and shows
// the review's page as long as until is not done.
func demo(ctx, until context.Context, out io.Writer, log zerolog.Logger) (err error) {
	dir, err := os.MkdirTemp("", "seaworthy-demo-")
	if err != nil {
		return broken(err)
	}
	defer os.RemoveAll(dir)
	hub, address, stop, err := standIn(dir)
	if err != nil {
		return broken(err)
	}
	defer stop()
	ended, err := demoService(ctx, hub, address, filepath.Join(dir, "data"), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ended()) }()
	work, err := demoRepo(ctx, filepath.Join(dir, "work"))
	if err != nil {
		return broken(err)
	}
	if _, err := hub.AddRepository(ctx, standin.NewRepository{Name: demoRepository, From: work}); err != nil {
		return broken(err)
	}
	if err := hub.SetRole(demoRepository, demoViewer, "read"); err != nil {
		return broken(err)
	}
	hub.SignInAs(demoViewer)
	fmt.Fprintf(out, "A pull request is opened on %s: %q\n", demoRepository, demoTitle)
	start := time.Now()
	number, err := hub.OpenPull(ctx, standin.NewPull{Repo: demoRepository, Title: demoTitle, Head: "cheaper", From: work})
	if err != nil {
		return broken(err)
	}
	run, err := completedRun(ctx, hub)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The check run on #%d was complete after %.1f s.\n\n", number, time.Since(start).Seconds())
	if err := showRun(out, run); err != nil || until.Err() != nil {
		return err
	}
	fmt.Fprintf(out, "\nIts page, until you stop the demo with ^C:\n\n    %s\n", run.DetailsURL)
	<-until.Done()
	return nil
}

// standIn starts the stand-in for GitHub on this machine.
func standIn(dir string) (hub *standin.Server, address string, stop func(), err error) {
	hubDir := filepath.Join(dir, "github")
	if err := os.Mkdir(hubDir, 0o700); err != nil {
		return nil, "", nil, err
	}
	hub, err = standin.New(standin.Options{Dir: hubDir, WebhookSecret: "demo", Browse: true})
	if err != nil {
		return nil, "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", nil, err
	}
	server := &http.Server{Handler: hub, ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(listener)
	return hub, "http://" + listener.Addr().String(), func() { hub.Close(); server.Close() }, nil
}

// demoService runs the real service against the stand-in.
func demoService(ctx context.Context, hub *standin.Server, address, data string, log zerolog.Logger) (ended func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, broken(err)
	}
	own := "http://" + listener.Addr().String()
	e, err := config.ReadEnvironment([]string{
		fmt.Sprintf("SEAWORTHY_APP_ID=%d", hub.AppID()), "SEAWORTHY_PRIVATE_KEY=" + string(hub.PrivateKeyPEM()),
		"SEAWORTHY_WEBHOOK_SECRET=demo", "SEAWORTHY_GITHUB_URL=" + address, "SEAWORTHY_DATA_DIR=" + data,
		"SEAWORTHY_PUBLIC_URL=" + own, "SEAWORTHY_CLIENT_ID=" + hub.ClientID(), "SEAWORTHY_CLIENT_SECRET=" + standin.ClientSecret,
	})
	if err != nil {
		listener.Close()
		return nil, broken(err)
	}
	hub.SetCallbackURL(own + web.SignedIn)
	hub.SetWebhookURL(own + "/webhook")
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- serve(ctx, e, listener, log) }()
	return func() error { stop(); return <-done }, nil
}

// demoRepo makes a Git repository of the sample's two sides: main and cheaper.
func demoRepo(ctx context.Context, dir string) (string, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	git := func(args ...string) error {
		cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir, "-c", "user.name=demo", "-c", "user.email=demo@example.com"}, args...)...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w\n%s", args[0], err, out)
		}
		return nil
	}
	for _, side := range []struct {
		dir, message string
		before       [][]string
	}{
		{"base", "shop", [][]string{{"init", "-q", "-b", "main"}}},
		{"head", demoTitle, [][]string{{"switch", "-q", "-c", "cheaper"}, {"rm", "-q", "-r", "."}}},
	} {
		for _, args := range side.before {
			if err := git(args...); err != nil {
				return "", err
			}
		}
		files, err := fs.Sub(seaworthy.Demo, path.Join("testdata/demo", side.dir))
		if err != nil {
			return "", err
		}
		if err := os.CopyFS(dir, files); err != nil {
			return "", err
		}
		if err := errors.Join(git("add", "-A"), git("commit", "-q", "-m", side.message)); err != nil {
			return "", err
		}
	}
	return dir, git("switch", "-q", "main") // the stand-in takes the current branch for the default one
}

// completedRun waits for the check run.
func completedRun(ctx context.Context, hub *standin.Server) (standin.CheckRun, error) {
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	for {
		next := hub.Answered()
		runs, err := hub.CheckRuns(demoRepository, "")
		if err != nil {
			return standin.CheckRun{}, broken(err)
		}
		for _, r := range runs {
			if r.Status == "completed" {
				return r, nil
			}
		}
		select {
		case <-next:
		case <-ctx.Done():
			return standin.CheckRun{}, broken(errors.New("the check run was not completed in time; `seaworthy demo -v` shows why"))
		}
	}
}
