// Command app is Seaworthy: it reviews pull requests of GitOps repositories, as
// a GitHub App and on the command line.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	_ "github.com/seaworthy-dev/seaworthy/internal/ballast"
	"github.com/seaworthy-dev/seaworthy/internal/git"
)

// Exit statuses, as CONTRACT says.
const (
	exitFailure = 1 // the review's conclusion is failure
	exitUsage   = 2 // wrong use or configuration
	exitBroken  = 3 // could not be made
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == childCommand {
		child()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// run executes a command line and gives its exit status.
func run(ctx context.Context, args []string) int {
	root := command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		if status.err != nil {
			fmt.Fprintln(os.Stderr, "seaworthy:", status.err)
		}
		return status.code
	}
	fmt.Fprintln(os.Stderr, "seaworthy:", err)
	return exitUsage // what cobra itself refuses
}

// exitStatus ends the program with a status; err may be nil.
type exitStatus struct {
	code int
	err  error
}

func (e exitStatus) Error() string { return fmt.Sprint("exit status ", e.code, ": ", e.err) }

func usage(format string, args ...any) error {
	return exitStatus{exitUsage, fmt.Errorf(format, args...)}
}

// broken is for what could not be made; an error that says its own status keeps
// it.
func broken(err error) error {
	var status exitStatus
	if errors.As(err, &status) {
		return status
	}
	// A clone that lacks something fails everywhere at once: say only what to fetch.
	var missing *git.MissingError
	if errors.As(err, &missing) && missing.Partial {
		return exitStatus{exitUsage, missing}
	}
	return exitStatus{exitBroken, err}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "seaworthy",
		Short:         "Reviews pull requests of GitOps repositories",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       thisBuild().String(),
	}
	root.AddCommand(serveCommand(), reviewCommand(), auditCommand(), renderCommand(), checksCommand(), demoCommand(), doctorCommand(), backupCommand(), restoreCommand())
	return root
}
