package store

import (
	"context"
	"errors"
	"testing"

	"github.com/riverqueue/river/rivertype"
	"github.com/seaworthy-dev/seaworthy/internal/store/storetest"
)

// events lists the jobs of one kind in a state.
func events(t *testing.T, s *Store, state rivertype.JobState) []*riverJob {
	t.Helper()
	var out []*riverJob
	err := s.db.transact(t.Context(), func(t tx) (err error) {
		out, err = t.jobs(context.Background(), jobQuery{state: state, kind: closedArgs{}.Kind(), most: 10})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestJobsOfTheDeadAreDoneOnce: what a dead replica ran is given to one other,
// however often is looked, and does what it was to do.
func TestJobsOfTheDeadAreDoneOnce(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), URL: storetest.URL(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	by := `json_array('dead')`
	if !s.alone {
		by = `ARRAY['dead']`
	}
	err = s.db.transact(t.Context(), func(x tx) error {
		if err := x.wake(t.Context(), event(closedArgs{Pull: Pull{Number: 7, Owner: "acme"}})); err != nil {
			return err
		}
		_, err := x.exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP, attempted_by = `+by)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.returnSilent(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waiting := events(t, s, rivertype.JobStateAvailable); len(waiting) != 1 || waiting[0].Queue != eventQueue || waiting[0].MaxAttempts != eventAttempts-1 {
			t.Fatalf("%d jobs wait: %+v", len(waiting), waiting)
		}
	}
	done := make(chan Pull, 10)
	w, err := s.Start(t.Context(), Tasks{Parallel: 1, Closed: func(_ context.Context, p Pull) error { done <- p; return nil }, Lost: func() {}, Cancel: func([]int64) {}})
	if err != nil {
		t.Fatal(err)
	}
	if p := <-done; p.Number != 7 || p.Owner != "acme" {
		t.Errorf("it was told of %+v", p)
	}
	if err := w.Stop(t.Context(), func() {}); err != nil {
		t.Error(err)
	}
	if len(done) > 0 {
		t.Error("it was done twice")
	}
}

// TestARoundThatFailsIsTold: an error of looking after the store has a name, and
// is heard.
func TestARoundThatFailsIsTold(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, table := range []string{"repositories", "replicas"} {
		err := s.db.transact(t.Context(), func(x tx) error { _, err := x.exec(t.Context(), `DROP TABLE `+table); return err })
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]error{}
		Tasks{Failed: func(sweep string, err error) { told[sweep] = err }}.failed(s.lookAfter(t.Context(), Tasks{AuditEvery: 1}))
		want := map[string]string{"repositories": "audits", "replicas": "beat"}[table]
		if told[want] == nil {
			t.Errorf("without %s, it is told %v", table, told)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	heard := make(chan string, 100)
	go s.watch(ctx, Tasks{Lost: func() {}, Failed: func(sweep string, err error) {
		if errors.Is(err, context.Canceled) {
			sweep = "the end"
		}
		heard <- sweep
	}})
	if sweep := <-heard; sweep != "beat" {
		t.Errorf("the watch told of %q", sweep)
	}
	cancel()
}
