package job

import (
	"context"
	"errors"
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// organisation reads the defaults of a repository's organisation into the
// change, with a token for that repository alone. Where there are none, or they
// are not shown to the App, none count; any other failure is the review's: it is
// never judged by weaker rules.
func (q *Queue) organisation(ctx context.Context, installation int64, owner string, c *Change) error {
	client := q.App.Repository(github.Repository{Installation: installation, Owner: owner, Name: config.OrganisationRepository})
	for _, path := range config.Paths {
		content, err := client.File(ctx, "", path)
		if errors.Is(err, github.ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		return q.Reviewer.Defaults(ctx, fmt.Sprintf("%s:%s", client, path), content, c)
	}
	return nil
}

// Defaults puts an organisation's file into the change, to be counted below the
// repository's own; where names the file. One of which nothing can be read stops
// the review.
func (r *Reviewer) Defaults(ctx context.Context, where string, content []byte, c *Change) error {
	file, mistakes, err := config.ReadContent(ctx, r.Runner, content, c.Scope, r.CheckIDs())
	switch {
	case err != nil && sandbox.GaveUp(err):
		return fault.New(fault.Operator, fmt.Sprintf("the organisation's file %s cannot be read within the limits", where), err)
	case err != nil:
		return fmt.Errorf("read the organisation's file %s: %w", where, err)
	}
	for _, m := range mistakes {
		if m.Whole {
			return fault.New(fault.Operator, fmt.Sprintf("nothing of the organisation's file %s counts, because %s", where, m.Message), errors.New(m.Message))
		}
	}
	c.Organisation, c.organisationFile, c.organisationMistakes = file, where, nil
	for _, m := range mistakes {
		c.organisationMistakes = append(c.organisationMistakes, c.inherited(m))
	}
	return nil
}

// inherited is a mistake of the organisation's file: it has no line in this
// repository.
func (c *Change) inherited(m config.Mistake) review.Mistake {
	return review.Mistake{Message: fmt.Sprintf("The organisation's file, %s, line %d: %s", c.organisationFile, m.Line, m.Message)}
}

// known are the ids that a repository's file can name: those of all checks, and
// of the organisation's rules.
func (r *Reviewer) known(c *Change) []string {
	ids := r.CheckIDs()
	for _, rule := range c.Organisation.Rules {
		ids = append(ids, rule.ID)
	}
	return ids
}
