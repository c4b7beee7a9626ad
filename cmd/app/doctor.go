package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what is set up wrong, and how to mend it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
			defer cancel()
			return doctor(ctx, os.Environ(), c.OutOrStdout())
		},
	}
}

// examination is one thing that the doctor looks at: what is well, or what is
// wrong and how to mend it.
type examination struct {
	name string
	look func(context.Context) (well string, err error)
	mend string
}

// doctor examines everything, also when something is wrong.
func doctor(ctx context.Context, environ []string, out io.Writer) error {
	e, bad := readEnvironment(environ)
	all := []examination{
		{"program", func(context.Context) (string, error) { return thisBuild().String(), nil }, ""},
		{"environment", func(context.Context) (string, error) { return environmentIs(e, bad) }, "docs/environment.md lists every variable"},
		{"git", gitIs, "install git 2.36 or newer, and have it in PATH"},
		{"sandbox", sandboxIs, "let this program start itself: it must be a file that may be executed, with memory for a second process"},
		{"store", func(ctx context.Context) (string, error) { return storeIs(ctx, e) }, "as it says; docs/operate.md tells what the directory holds"},
		{"port", func(ctx context.Context) (string, error) { return portIs(ctx, e) }, "as it says; docs/environment.md tells of SEAWORTHY_LISTEN"},
	}
	if bad.About("SEAWORTHY_DATABASE_URL") || bad.About("SEAWORTHY_LISTEN") {
		all = slices.DeleteFunc(all, func(x examination) bool { // told already
			return x.name == "store" && bad.About("SEAWORTHY_DATABASE_URL") || x.name == "port" && bad.About("SEAWORTHY_LISTEN")
		})
	}
	if bad == nil && e.Configured() {
		all = append(all, examination{"GitHub", func(ctx context.Context) (string, error) { return githubIs(ctx, e) },
			"compare the App's settings on GitHub with app.yml; permissions that are added later must be accepted by an owner of each account, in its settings under GitHub Apps; what waits for them is done then by itself"})
	}
	wrong := 0
	for _, x := range all {
		well, err := x.look(ctx)
		if err == nil {
			fmt.Fprintf(out, "well   %-12s %s\n", x.name, well)
			continue
		}
		wrong++
		fmt.Fprintf(out, "wrong  %-12s %s\n       %-12s mend it: %s\n", x.name, strings.ReplaceAll(err.Error(), "\n", "\n"+strings.Repeat(" ", 20)), "", x.mend)
	}
	if wrong > 0 {
		return exitStatus{code: exitUsage}
	}
	return nil
}

func environmentIs(e config.Environment, bad config.Mistakes) (string, error) {
	switch {
	case bad != nil:
		return "", bad
	case !e.Configured():
		return "readable; no App is configured, so `seaworthy serve` shows the page that makes one", nil
	}
	said := fmt.Sprintf("App %d on %s", e.AppID, e.GitHubURL)
	if !e.HasPages() {
		said += "; reviews have no pages (docs/pages.md)"
	}
	return said, nil
}

// oldestGit is the first with cat-file --batch-command.
var oldestGit = [2]int{2, 36}

func gitIs(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "git", "version").Output()
	if err != nil {
		return "", fmt.Errorf("git cannot be run: %w", err)
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(out)), "git version ")
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return "", fmt.Errorf("git says %q, which is no version", version)
	}
	if major < oldestGit[0] || major == oldestGit[0] && minor < oldestGit[1] {
		return "", fmt.Errorf("git %s is too old", version)
	}
	return version, nil
}

// sandboxIs has a child read a file.
func sandboxIs(ctx context.Context) (string, error) {
	exe, _, err := program()
	if err != nil {
		return "", err
	}
	pool := sandbox.NewPool(1, exe, childCommand)
	defer pool.Close()
	tree := model.NewTree("", []model.Entry{{Path: config.Paths[0], ID: "file"}}, oneFile("version: 1\n"))
	if _, _, mistakes, err := config.Read(ctx, pool, tree, "doctor", nil); err != nil || len(mistakes) > 0 {
		return "", fmt.Errorf("a child cannot do its work: %v %w", mistakes, err)
	}
	return "a child starts and works: " + sandbox.Confinement(), nil
}

// oneFile is a repository whose every blob is the same.
type oneFile string

// Read gives the file under every id.
func (f oneFile) Read(_ context.Context, ids []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, id := range ids {
		out[id] = []byte(f)
	}
	return out, nil
}

func storeIs(ctx context.Context, e config.Environment) (string, error) {
	err := probeStore(ctx, e)
	switch {
	case errors.Is(err, store.ErrLocked):
		return e.DataDir + " is in use by a running Seaworthy", nil
	case err != nil:
		return "", errors.New(storeWrong(e, err))
	case e.DatabaseURL != "":
		return "PostgreSQL answers, " + e.DataDir + " can be written to", nil
	}
	return "SQLite in " + e.DataDir, nil
}

func githubIs(ctx context.Context, e config.Environment) (string, error) {
	app, err := github.New(github.Config{AppID: e.AppID, PrivateKey: []byte(e.PrivateKey), APIURL: e.APIURL(), WebURL: e.GitHubURL, CAFile: e.CAFile})
	if err != nil {
		return "", err
	}
	identity, err := app.Identity(ctx)
	if err != nil {
		return "", errors.New(fault.PublicOf(err))
	}
	if missing := lacks(identity); len(missing) > 0 {
		return "", fmt.Errorf("the App %s lacks %s", identity.Slug, strings.Join(missing, ", "))
	}
	all, err := app.Installations(ctx)
	if err != nil {
		return "", errors.New(fault.PublicOf(err))
	}
	if wrong := notGranted(identity, all); len(wrong) > 0 {
		return "", errors.New(strings.Join(wrong, "\n"))
	}
	return fmt.Sprintf("knows the App as %s, installed on %d accounts, which grant all it asks for", identity.Slug, len(all)), nil
}
