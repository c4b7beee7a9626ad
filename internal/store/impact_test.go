package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/store/storetest"
)

// reviewed opens a review of a pull request of a tenant and finishes it, with questions
// about repositories.
func reviewed(t *testing.T, s *Store, tenant int64, number int, in ...int64) *Review {
	t.Helper()
	ctx := t.Context()
	p := Pull{Tenant: tenant, Repository: 100 * tenant, Owner: "o", Name: "n", Number: number, BaseRef: "main", DefaultBranch: "main", HeadSHA: "h"}
	if _, err := s.Open(ctx, Order{Pull: p, Delivery: fmt.Sprint("d", time.Now().UnixNano()), Again: true}); err != nil {
		t.Fatal(err)
	}
	r, err := s.Claim(ctx)
	if err != nil || r == nil || r.Tenant != tenant {
		t.Fatalf("claimed %+v: %v", r, err)
	}
	var all []Repository
	for _, id := range in {
		all = append(all, Repository{ID: id, Tenant: tenant, Owner: "o", Name: "c"})
	}
	if err := s.PlanImpact(ctx, r, all); err != nil {
		t.Fatal(err)
	}
	if i := claimImpact(t, s); i != nil && i.Review == r.ID {
		t.Fatalf("%+v was looked at before the verdict", i)
	} else if i != nil {
		if err := s.RetryImpact(ctx, i, Retry{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Finish(ctx, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func claimImpact(t *testing.T, s *Store) *Impact {
	t.Helper()
	i, err := s.ClaimImpact(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// An impact waits for all that somebody waits for, and goes round the tenants.
func TestImpactComesLast(t *testing.T) {
	ctx := t.Context()
	s := opened(t, Options{Dir: t.TempDir(), URL: storetest.URL(t)})
	reviewed(t, s, 1, 1, 11, 12, 13)
	reviewed(t, s, 2, 1, 21)
	waiting := Pull{Tenant: 3, Repository: 300, Owner: "o", Name: "n", Number: 9, BaseRef: "main", DefaultBranch: "main", HeadSHA: "h"}
	if _, err := s.Open(ctx, Order{Pull: waiting, Delivery: "d"}); err != nil {
		t.Fatal(err)
	}
	if i := claimImpact(t, s); i != nil {
		t.Errorf("%+v was taken before a review", i)
	}
	r, err := s.Claim(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(ctx, r); err != nil {
		t.Fatal(err)
	}
	var order []int64
	for i := claimImpact(t, s); i != nil; i = claimImpact(t, s) {
		order = append(order, i.Tenant)
		if err := s.Spent(ctx, i.Tenant, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if len(order) != 4 || order[0] == order[1] {
		t.Errorf("it went %v", order)
	}
}

// Of a head that is not the newest, and of a closed pull request, nobody asks.
func TestImpactOfTheNewestAlone(t *testing.T) {
	ctx := t.Context()
	s := opened(t, Options{Dir: t.TempDir(), URL: storetest.URL(t)})
	reviewed(t, s, 1, 1, 11)
	newest := reviewed(t, s, 1, 1, 11)
	i := claimImpact(t, s)
	if i == nil || i.Review != newest.ID {
		t.Fatalf("claimed %+v", i)
	}
	if err := s.RetryImpact(ctx, i, Retry{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Cancel(ctx, newest.Pull); err != nil {
		t.Fatal(err)
	}
	if i := claimImpact(t, s); i != nil {
		t.Errorf("%+v is of a closed pull request", i)
	}
}

// What a process that died had in work is done by the next, and a result counts once.
func TestImpactAfterADeath(t *testing.T) {
	ctx := t.Context()
	o := Options{Dir: t.TempDir(), URL: storetest.URL(t)}
	s := opened(t, o)
	reviewed(t, s, 1, 1, 11)
	first := claimImpact(t, s)
	if i := claimImpact(t, s); i != nil {
		t.Fatalf("%+v was taken twice", i)
	}
	// Another process would find this one silent.
	if err := s.db.transact(ctx, func(x tx) error {
		_, err := x.exec(ctx, `UPDATE impacts SET worker = 'dead'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.returnSilent(ctx); err != nil {
		t.Fatal(err)
	}
	second := claimImpact(t, s)
	if second == nil || second.ID != first.ID || second.Starts != 2 {
		t.Fatalf("claimed %+v", second)
	}
	second.Result, second.Subject, second.Took = "{}", "a b c", time.Second
	if err := s.FinishImpact(ctx, second, [][]byte{{1}, {2}}); err != nil {
		t.Fatal(err)
	}
	if err := s.FinishImpact(ctx, first, nil); !errors.Is(err, ErrLost) {
		t.Errorf("it was finished twice: %v", err)
	}
	if part, err := s.ImpactPart(ctx, first.ID, 1); err != nil || len(part) != 1 || part[0] != 2 {
		t.Errorf("the part is %v: %v", part, err)
	}
	if _, err := s.ImpactPart(ctx, first.ID, 2); !errors.Is(err, ErrNoPage) {
		t.Errorf("a part that is not there: %v", err)
	}
	reviewed(t, s, 1, 2, 11)
	third := claimImpact(t, s)
	result, parts, ok, err := s.SameImpact(ctx, third, "a b c")
	if result != "{}" || len(parts) != 2 || !ok || err != nil {
		t.Errorf("the same comparison gave %q, %d parts, %v %v", result, len(parts), ok, err)
	}
	third.Tenant = 2
	if _, _, ok, err := s.SameImpact(ctx, third, "a b c"); ok || err != nil {
		t.Errorf("it is another tenant's: %v %v", ok, err)
	}
}

// What is kept of an impact goes with either repository.
func TestImpactIsForgotten(t *testing.T) {
	for name, gone := range map[string]int64{"the one that changes": 100, "the one that uses it": 11} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			s := opened(t, Options{Dir: t.TempDir(), URL: storetest.URL(t)})
			reviewed(t, s, 1, 1, 11)
			i := claimImpact(t, s)
			i.Result = "{}"
			if err := errors.Join(s.FinishImpact(ctx, i, [][]byte{{1}}), s.Depends(ctx, 1, 100, 11)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Accept(ctx, Delivery{ID: "gone", Event: "installation_repositories", Installed: &Installed{Tenant: 1, Gone: true, Repositories: []int64{gone}}}); err != nil {
				t.Fatal(err)
			}
			for _, table := range []string{"impacts", "impact_pages", "dependents"} {
				if n := countOf(t, ctx, s, table); n != 0 {
					t.Errorf("%s has %d rows", table, n)
				}
			}
		})
	}
}

func countOf(t *testing.T, ctx context.Context, s *Store, table string) (n int64) {
	t.Helper()
	if err := s.db.transact(ctx, func(x tx) (err error) {
		n, err = number(ctx, x, `SELECT COUNT(*) FROM `+table)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
