package job

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/source"
)

// neighbours tells which repositories a review may read with the installation's
// token: this one, at another ref; and another one that names this one among its
// consumers, or that the base reads already. What fewer people may read than
// this repository is never shown in it.
func (a *attempt) neighbours(pull github.PullRequest) source.Neighbours {
	return func(ctx context.Context, ref model.SourceRef) (*source.Neighbour, error) {
		owner, name, ok := a.queue.App.RepositoryNamed(ref.URL)
		if !ok {
			return nil, nil
		}
		own := strings.EqualFold(owner, pull.Owner) && strings.EqualFold(name, pull.Repo)
		if pull.Fork && !own {
			return nil, nil // a fork gets nothing that needs a token
		}
		other := a.queue.App.Repository(github.Repository{Installation: pull.Installation, Owner: owner, Name: name})
		if own {
			other = a.client
		}
		about, err := other.About(ctx)
		switch {
		case errors.Is(err, github.ErrGone):
			return nil, nil // not of this installation: anybody's view of it counts
		case err != nil:
			return nil, unseen("%s/%s cannot be read now: GitHub does not answer for it", owner, name)
		}
		if !own && about.Visibility != "public" {
			if err := a.admitted(ctx, pull, ref, other, about); err != nil {
				return nil, err
			}
		}
		if !own {
			if err := a.queue.Store.Depends(ctx, pull.Installation, about.ID, pull.RepositoryID); err != nil {
				a.queue.Log.Warn().Err(err).Msg("who reads a repository was not noted") // it is seen again
			}
		}
		token, err := other.Token(ctx)
		if err != nil {
			return nil, unseen("%s cannot be read now: GitHub gives no token for it", about.FullName)
		}
		return &source.Neighbour{Tenant: fmt.Sprint(pull.Installation), Repository: fmt.Sprint(about.ID),
			URL: a.queue.App.CloneURL(owner, name), Token: token, CAFile: a.queue.App.CAFile()}, nil
	}
}

func unseen(format string, args ...any) error {
	return &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf(format, args...)}
}

func denied(format string, args ...any) error {
	return &model.Problem{Class: model.SourceRefused, Message: fmt.Sprintf(format, args...)}
}

// visibilities, from what most people may read to what fewest may.
var visibilities = map[string]int{"public": 0, "internal": 1, "private": 2}

// admitted reports why a review may not read a repository that not everybody
// may read.
func (a *attempt) admitted(ctx context.Context, pull github.PullRequest, ref model.SourceRef, other *github.Client, about github.About) error {
	here, err := a.client.About(ctx)
	if err != nil {
		return unseen("%s cannot be read now: GitHub does not say who may read this repository", about.FullName)
	}
	if visibilities[here.Visibility] < visibilities[about.Visibility] {
		return denied("%s is %s and this repository is %s: what is in it would be shown to people who may not read it", about.FullName, about.Visibility, here.Visibility)
	}
	if ref.Vouched {
		return nil
	}
	listed, err := a.lists(ctx, pull, other)
	if err != nil {
		return unseen("%s cannot be read now: GitHub does not give its file", about.FullName)
	}
	if !listed {
		return denied("%s does not list %s/%s under `consumers:` in %s of its default branch", about.FullName, pull.Owner, pull.Repo, config.Paths[0])
	}
	return nil
}

// lists reports whether the other repository's file names this one among its
// consumers.
func (a *attempt) lists(ctx context.Context, pull github.PullRequest, other *github.Client) (bool, error) {
	for _, p := range config.Paths {
		content, err := other.File(ctx, "", p)
		if errors.Is(err, github.ErrGone) {
			continue
		}
		if err != nil {
			return false, err
		}
		tree := model.NewTree("", []model.Entry{{Path: p, Mode: model.File, ID: p}}, onlyBlob(content))
		file, _, err := config.ReadAt(ctx, a.queue.Reviewer.Runner, tree, p, scopeOf(pull), a.queue.Reviewer.CheckIDs())
		if err != nil {
			return false, err
		}
		return listed(file.Consumers, pull.Owner, pull.Repo), nil
	}
	return false, nil
}

// listed reports whether globs of consumers name a repository.
func listed(globs []string, owner, name string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool {
		ok, err := path.Match(strings.ToLower(glob), strings.ToLower(owner+"/"+name))
		return ok && err == nil
	})
}

// onlyBlob is the content of a tree of one file.
type onlyBlob []byte

func (b onlyBlob) Read(_ context.Context, ids []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, id := range ids {
		out[id] = b
	}
	return out, nil
}
