package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/store/storetest"
)

// what is kept of each table, for comparison.
func contents(t *testing.T, s *Store) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	err := s.db.transact(t.Context(), func(x tx) error {
		for _, table := range backedUp {
			n, err := number(t.Context(), x, `SELECT COUNT(*) FROM `+table)
			if err != nil {
				return err
			}
			out[table] = n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func opened(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func filled(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	p := Pull{Tenant: 1, Repository: 2, Owner: "o", Name: "n", Number: 3, BaseRef: "main", DefaultBranch: "main", HeadSHA: "h"}
	steps := []func() error{
		func() error {
			_, err := s.Accept(ctx, Delivery{ID: "a", Event: "pull_request", Order: &Order{Pull: p, Delivery: "a", Pusher: "who"}})
			return err
		},
		func() error {
			_, err := s.Accept(ctx, Delivery{ID: "b", Event: "issue_comment", Command: &Command{Tenant: 1, Repository: 2, Owner: "o", Name: "n", Number: 3, Comment: 4, Sender: "s", Line: "/audit"}})
			return err
		},
		func() error { return s.Give(ctx, p, 4, Grant{Kind: SourceGrant, Subject: "x", Giver: "s"}) },
		func() error { return s.KeepAudit(ctx, 2, "default", `{"a":"ü"}`) },
		func() error {
			_, err := s.KeepAuditPage(ctx, Pull{Tenant: 1, Repository: 2, Owner: "o", Name: "n"}, "digest", []byte{0, 1, 254, 255})
			return err
		},
		func() error {
			r, err := s.Claim(ctx)
			if err != nil {
				return err
			}
			return s.KeepPage(ctx, r, "digest", [][]byte{{0xff, 0}, {1}})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	ctx := t.Context()
	from := Options{Dir: t.TempDir(), URL: storetest.URL(t)}
	s := opened(t, from)
	filled(t, s)
	var file bytes.Buffer
	n, err := Backup(ctx, from, &file) // while it is in use
	if err != nil || n < 9 {
		t.Fatalf("%d rows, %v", n, err)
	}
	for name, to := range map[string]Options{"the same kind": {Dir: t.TempDir(), URL: storetest.URL(t)}, "SQLite": {Dir: t.TempDir()}} {
		if n2, err := Restore(ctx, to, bytes.NewReader(file.Bytes())); err != nil || n2 != n {
			t.Fatalf("%s: %d rows of %d, %v", name, n2, n, err)
		}
		if _, err := Restore(ctx, to, bytes.NewReader(file.Bytes())); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("%s: restored twice: %v", name, err)
		}
		got := opened(t, to)
		if a, b := fmt.Sprint(contents(t, s)), fmt.Sprint(contents(t, got)); a != b {
			t.Errorf("%s: it has %s, want %s", name, b, a)
		}
		all, err := got.Audits(ctx, 2)
		if err != nil || len(all) != 1 {
			t.Fatalf("%s: the audits are %+v, %v", name, all, err)
		}
		if _, data, err := got.AuditPage(ctx, all[0].ID); err != nil || !bytes.Equal(data, []byte{0, 1, 254, 255}) {
			t.Errorf("%s: the audit's page is %v, %v", name, data, err)
		}
		if kept, err := got.LastAudit(ctx, 2, "default"); err != nil || kept != `{"a":"ü"}` {
			t.Errorf("%s: the last audit is %q, %v", name, kept, err)
		}
		// It works on: numbers go on, and what ran is done again.
		if _, err := got.Open(ctx, Order{Pull: Pull{Tenant: 1, Repository: 2, Owner: "o", Name: "n", Number: 9, BaseRef: "main", HeadSHA: "x"}, Delivery: "c"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := got.returnSilent(ctx); err != nil {
			t.Fatal(err)
		}
		if r, err := got.Claim(ctx); err != nil || r == nil || r.HeadSHA != "h" {
			t.Errorf("%s: claimed %+v, %v", name, r, err)
		}
	}
	if _, err := Restore(ctx, Options{Dir: t.TempDir()}, strings.NewReader("hello")); err == nil {
		t.Error("a text was restored")
	}
}

// A store of any version comes up to date with what it holds, and so does a backup of
// one.
func TestEveryVersionComesUpToDate(t *testing.T) {
	for from := 1; from <= len(schema); from++ {
		t.Run(fmt.Sprint(from), func(t *testing.T) {
			ctx := t.Context()
			o := Options{Dir: t.TempDir(), URL: storetest.URL(t)}
			makeOld(t, o, from)
			var file bytes.Buffer
			if _, err := Backup(ctx, o, &file); err != nil {
				t.Fatal(err)
			}
			restored := Options{Dir: t.TempDir()}
			if _, err := Restore(ctx, restored, &file); err != nil {
				t.Fatal(err)
			}
			for _, o := range []Options{o, restored} {
				s := opened(t, o)
				all, err := s.Reviews(ctx, 2, 3)
				if err != nil || len(all) != 1 || all[0].ExternalID != "2/h/main/1" || all[0].State != Queued {
					t.Fatalf("the reviews are %+v, %v", all, err)
				}
				filled(t, s)
			}
		})
	}
}

// makeOld makes a store of an old version with a review that is queued.
func makeOld(t *testing.T, o Options, at int) {
	t.Helper()
	ctx := context.Background()
	db, err := openDatabase(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer db.close()
	if err := upgradeTo(ctx, db, at); err != nil {
		t.Fatal(err)
	}
	err = db.transact(ctx, func(x tx) error {
		_, err := x.exec(ctx, `INSERT INTO reviews (tenant, repository, owner, name, number, base_ref, default_branch, head_sha, attempt, external_id, delivery, state, not_before, created)
			VALUES (1, 2, 'o', 'n', 3, 'main', 'main', 'h', 1, '2/h/main/1', 'd', 'queued', 0, 1)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
