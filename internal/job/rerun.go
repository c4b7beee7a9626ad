package job

import (
	"context"
	"hash/fnv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// GitHub's own Re-run goes the way of commands, as buttons do: which pull requests have
// the head must be asked of GitHub, and nobody's flood of it may hold up others. It is
// of a head, and of no pull request; it has no answer.
const (
	rerunVerb = "rerun"
	ofHead    = -1 // in the place of a pull request's number
)

// commentOf stands for the comment that is not behind a delivery's command.
func commentOf(delivery string) int64 {
	id := fnv.New64a()
	id.Write([]byte(delivery)) // it does not fail
	return -int64(id.Sum64()>>1) - 1
}

// rerunning does a Re-run.
func (o *order) rerunning(ctx context.Context) error {
	o.asked.verb = rerunVerb
	return o.reopen(ctx, strings.TrimPrefix(o.from.Line, rerunVerb+" "))
}

// reopen opens a new attempt for every open pull request with a head, or for the merge
// group.
func (o *order) reopen(ctx context.Context, head string) error {
	q := o.queue
	again, err := q.Store.Groups(ctx, o.from.Repository, head)
	if err != nil {
		return err
	}
	pulls, err := o.client.PullRequestsByHead(ctx, head)
	if err != nil {
		return err
	}
	for _, p := range pulls {
		again = append(again, pullOf(p))
	}
	for _, p := range again {
		taken, err := q.Store.Open(ctx, store.Order{Pull: p, Delivery: o.from.Delivery, Again: true, Asker: o.from.Sender})
		if err != nil {
			return err
		}
		q.running.cancel(errSuperseded, taken.Cancel...)
	}
	return nil
}
