package job

import (
	"context"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/github"
)

// unasked is what the check run of a pull request says whose review somebody must ask
// for, and nobody did who may; nil where it is reviewed. It does not pass: a required
// check that does would let the pull request in unseen.
func (a *attempt) unasked(ctx context.Context, pull github.PullRequest, when config.Reviews) (*outcome, error) {
	kind := ""
	switch {
	case pull.Group.Ref != "":
	case pull.Fork && when.Forks == config.Asked:
		kind = "a pull request from a fork"
	case strings.HasSuffix(pull.Author, "[bot]") && when.Bots == config.Asked:
		kind = "a pull request of a bot"
	case pull.Draft && when.Drafts == config.Asked:
		kind = "a draft"
	}
	if kind == "" {
		return nil, nil
	}
	if a.review.Asker != "" {
		role, err := a.client.Role(ctx, a.review.Asker)
		if err != nil || roleRank[role] >= roleRank["write"] {
			return nil, err
		}
	}
	o := &outcome{Conclusion: github.ActionRequired, Title: "Not reviewed yet: " + kind,
		Summary: fmt.Sprintf("The repository's file wants %s reviewed when somebody who can write here asks for it: choose **%s**, or **Re-run**.", kind, buttonWords[againButton])}
	if pull.Draft && kind == "a draft" {
		o.Summary += " It is reviewed by itself when it is ready."
	}
	return o, nil
}
