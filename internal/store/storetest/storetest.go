// Package storetest gives tests the database that they are to run on.
package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// URL is "" for SQLite. When the environment names a PostgreSQL, it is
// the URL of a new schema there, which goes with the test.
func URL(t testing.TB) string {
	server := os.Getenv("SEAWORTHY_TEST_DATABASE_URL")
	if server == "" {
		return ""
	}
	t.Helper()
	schema := "test_" + rand.Text()
	run := func(sql string) {
		conn, err := pgx.Connect(context.Background(), server)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Error(err)
		}
	}
	run(`CREATE SCHEMA "` + schema + `"`)
	t.Cleanup(func() { run(`DROP SCHEMA "` + schema + `" CASCADE`) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", `"`+schema+`"`)
	u.RawQuery = q.Encode()
	return u.String()
}
