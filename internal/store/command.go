package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Command is a line of a comment that asks for something. A comment has one for
// ever: what it says after an edit asks for nothing more.
type Command struct {
	ID         int64
	Tenant     int64
	Repository int64
	Owner      string
	Name       string
	Number     int
	Comment    int64  // below 0 for a button or a Re-run, which no comment is behind
	Sender     string // who asks: of an edited comment, who edited it
	Line       string
	Delivery   string
	Heavy      bool // it is long: an audit
	Done       bool
	Tries      int   // that failed for a reason which may pass
	Starts     int   // that did not end: processes died over it
	Announced  bool  // its answer may be on GitHub already
	Answer     int64 // the comment that answers; 0 until GitHub said so
	Created    time.Time
}

// Pull names the pull request, without what is to be reviewed of it.
func (c Command) Pull() Pull {
	return Pull{Tenant: c.Tenant, Repository: c.Repository, Owner: c.Owner, Name: c.Name, Number: c.Number}
}

// commandArgs wakes a worker: there is a command to do, long or short, whichever.
type commandArgs struct {
	Heavy bool `json:"heavy"`
}

// Kind is River's name of the job.
func (commandArgs) Kind() string { return "command" }

// seenArgs shows that a command was seen.
type seenArgs struct {
	Command int64 `json:"command"`
}

// Kind is River's name of the job.
func (seenArgs) Kind() string { return "seen" }

// command keeps a command and wakes whoever does it; one whose comment had one
// before is known.
func (s *Store) command(ctx context.Context, t tx, c Command, delivery string, taken *Taken) error {
	made, err := ids(ctx, t, `INSERT INTO commands (tenant, repository, owner, name, number, comment, sender, line, delivery, heavy, state, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', {now}) ON CONFLICT (repository, comment) DO NOTHING RETURNING id`,
		c.Tenant, c.Repository, c.Owner, c.Name, c.Number, c.Comment, c.Sender, c.Line, delivery, number01(c.Heavy))
	if err != nil || len(made) == 0 {
		taken.Known = len(made) == 0
		return err
	}
	if c.Comment > 0 {
		if err := t.wake(ctx, river.InsertManyParams{Args: seenArgs{made[0]}, InsertOpts: &river.InsertOpts{Queue: seenQueue, MaxAttempts: eventAttempts}}); err != nil {
			return err
		}
	}
	return t.wake(ctx, wakeCommand(c.Heavy, 0))
}

const commandColumns = `r.id, r.tenant, r.repository, r.owner, r.name, r.number, r.comment, r.sender, r.line, r.delivery, r.heavy,
	r.state, r.tries, r.starts, r.announced, r.answer, r.created`

func commands(ctx context.Context, t tx, sql string, args ...any) ([]Command, error) {
	var out []Command
	err := each(ctx, t, func(r rows) error {
		var c Command
		var state string
		var heavy, announced, created int64
		err := r.Scan(&c.ID, &c.Tenant, &c.Repository, &c.Owner, &c.Name, &c.Number, &c.Comment, &c.Sender, &c.Line, &c.Delivery, &heavy,
			&state, &c.Tries, &c.Starts, &announced, &c.Answer, &created)
		c.Heavy, c.Done, c.Announced, c.Created = heavy != 0, state == "done", announced != 0, instant(created)
		out = append(out, c)
		return err
	}, `SELECT `+commandColumns+` FROM commands r `+sql, args...)
	return out, err
}

// Command gives one command.
func (s *Store) Command(ctx context.Context, id int64) (Command, error) {
	var found []Command
	err := s.db.transact(ctx, func(t tx) (err error) {
		found, err = commands(ctx, t, `WHERE r.id = $1`, id)
		return err
	})
	if err == nil && len(found) == 0 {
		err = errors.New("there is none")
	}
	if err != nil {
		return Command{}, fmt.Errorf("read command %d: %w", id, err)
	}
	return found[0], nil
}

// ClaimCommand takes the next due command, a long or a short one, of the tenant that
// was given the least so far; nil when none is due. That it began is counted: what is
// not taken back by Rest are deaths.
func (s *Store) ClaimCommand(ctx context.Context, heavy bool) (*Command, error) {
	var claimed *Command
	err := s.db.transact(ctx, func(t tx) error {
		claimed = nil
		found, err := commands(ctx, t, `LEFT JOIN tenants t ON t.id = r.tenant
			WHERE r.state = 'queued' AND r.worker = '' AND r.lacks = 0 AND r.heavy = $1 AND r.not_before <= {now}
			ORDER BY COALESCE(t.spent, 0), r.id LIMIT 1 {skip}`, number01(heavy))
		if err != nil || len(found) == 0 {
			return err
		}
		c := found[0]
		c.Starts++
		if _, err := t.exec(ctx, `UPDATE commands SET worker = $2, starts = starts + 1 WHERE id = $1`, c.ID, s.replica); err != nil {
			return err
		}
		claimed = &c
		return charge(ctx, t, c.Tenant)
	})
	if err != nil {
		return nil, fmt.Errorf("claim a command: %w", err)
	}
	return claimed, nil
}

// RetryCommand puts a command back for later.
func (s *Store) RetryCommand(ctx context.Context, c *Command, again Retry) error {
	tries := c.Tries
	if again.Count {
		tries++
	}
	err := s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `UPDATE commands SET worker = '', tries = $2, not_before = {now} + $3 WHERE id = $1`, c.ID, tries, millis(again.After))
		if err != nil {
			return err
		}
		return t.wake(ctx, wakeCommand(c.Heavy, again.After))
	})
	if err != nil {
		return fmt.Errorf("put command %d back: %w", c.ID, err)
	}
	return nil
}

// CommandsBefore counts its sender's commands on a pull request in the time before one,
// without it.
func (s *Store) CommandsBefore(ctx context.Context, c Command, within time.Duration) (int, error) {
	var n int64
	err := s.db.transact(ctx, func(t tx) (err error) {
		n, err = number(ctx, t, `SELECT COUNT(*) FROM commands WHERE repository = $1 AND number = $2 AND id < $3 AND created > {now} - $4 AND LOWER(sender) = LOWER($5)`,
			c.Repository, c.Number, c.ID, millis(within), c.Sender)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count the commands before %d: %w", c.ID, err)
	}
	return int(n), nil
}

// changeCommand changes a command.
func (s *Store) changeCommand(ctx context.Context, c *Command, what, set string, args ...any) error {
	err := s.db.transact(ctx, func(t tx) error {
		_, err := t.exec(ctx, `UPDATE commands SET `+set+` WHERE id = $1`, append([]any{c.ID}, args...)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s command %d: %w", what, c.ID, err)
	}
	return nil
}

// Rest takes back that a command began, when it ends, well or not.
func (s *Store) Rest(ctx context.Context, c *Command) error {
	return s.changeCommand(ctx, c, "rest", `starts = starts - 1`)
}

// AnnounceAnswer notes that an answer is about to be made.
func (s *Store) AnnounceAnswer(ctx context.Context, c *Command) error {
	c.Announced = true
	return s.changeCommand(ctx, c, "announce the answer of", `announced = 1`)
}

// Answered notes the comment that answers.
func (s *Store) Answered(ctx context.Context, c *Command, comment int64) error {
	c.Answer = comment
	return s.changeCommand(ctx, c, "note the answer of", `answer = $2`, comment)
}

// FinishCommand ends a command.
func (s *Store) FinishCommand(ctx context.Context, c *Command) error {
	c.Done = true
	return s.changeCommand(ctx, c, "finish", `state = 'done', worker = '', finished = {now}`)
}

// CommandLacks puts a command off until the installation grants what it needs.
func (s *Store) CommandLacks(ctx context.Context, c *Command) error {
	return s.changeCommand(ctx, c, "put off", `lacks = 1, worker = ''`)
}

// pushed notes who made a pull request's head what it is.
func pushed(ctx context.Context, t tx, o Order) error {
	if o.Pusher == "" {
		return nil
	}
	_, err := t.exec(ctx, `INSERT INTO pushers (repository, number, login, seen) VALUES ($1, $2, LOWER($3), {now})
		ON CONFLICT (repository, number, login) DO UPDATE SET seen = EXCLUDED.seen`, o.Repository, o.Number, o.Pusher)
	return err
}

// Pushers gives those who are known to have pushed to a pull request, in lower
// case.
func (s *Store) Pushers(ctx context.Context, p Pull) ([]string, error) {
	var out []string
	err := s.db.transact(ctx, func(t tx) error {
		return each(ctx, t, func(r rows) error {
			var login string
			err := r.Scan(&login)
			out = append(out, login)
			return err
		}, `SELECT login FROM pushers WHERE repository = $1 AND number = $2 ORDER BY login`, p.Repository, p.Number)
	})
	if err != nil {
		return nil, fmt.Errorf("list who pushed to %s/%s#%d: %w", p.Owner, p.Name, p.Number, err)
	}
	return out, nil
}
