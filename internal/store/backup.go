package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"time"
)

// A backup is a file of lines of JSON, compressed: first what it is, then the rows of
// each table. It is the same for both databases, so that it also moves a store from one
// to the other. River's wake-ups are not in it: what is due is found without them.

// backupFormat names the file's format.
const backupFormat = "seaworthy/store/v1"

// backedUp are the tables with what must outlive the process, in the order in which
// they are filled. Replicas are none of it, nor are marks, which pass.
var backedUp = []string{"deliveries", "tenants", "repositories", "reviews", "pushers", "commands", "grants", "audits", "pages", "audit_pages", "dependents", "impacts", "impact_pages"}

// numbered are those of them that number their rows.
var numbered = []string{"reviews", "commands", "grants", "audit_pages", "impacts"}

type backupHead struct {
	Format  string    `json:"format"`
	Version int64     `json:"version"` // of the schema
	Made    time.Time `json:"made"`
}

type backupRow struct {
	Table string         `json:"table"`
	Row   map[string]any `json:"row"`
}

// ErrNotEmpty: a store that holds something is not restored into.
var ErrNotEmpty = errors.New("the store is not empty")

// ErrInUse: replicas work with the store.
var ErrInUse = errors.New("a running Seaworthy uses the store")

// Backup writes what the store holds at one moment; a Seaworthy that runs goes on.
func Backup(ctx context.Context, o Options, to io.Writer) (rows int, err error) {
	db, err := openDatabase(ctx, o)
	if err != nil {
		return 0, fmt.Errorf("back up the store: %w", err)
	}
	defer db.close()
	zip := gzip.NewWriter(to)
	out := json.NewEncoder(zip)
	err = db.transact(ctx, func(t tx) error {
		has, err := version(ctx, t)
		if err != nil {
			return err
		}
		if has == 0 {
			return errors.New("there is none yet")
		}
		if err := out.Encode(backupHead{backupFormat, has, time.Now().UTC().Truncate(time.Second)}); err != nil {
			return err
		}
		for _, table := range backedUp {
			n, err := writeTable(ctx, t, table, out)
			if err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
			rows += n
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("back up the store: %w", err)
	}
	if err := zip.Close(); err != nil {
		return 0, fmt.Errorf("back up the store: %w", err)
	}
	return rows, nil
}

func openDatabase(ctx context.Context, o Options) (database, error) {
	log := slog.New(slog.DiscardHandler)
	if o.URL != "" {
		return openPostgres(ctx, o.URL, log)
	}
	return openSQLite(ctx, filepath.Join(o.Dir, databaseName), log)
}

// columnsOf names a table's columns; none where there is no such table.
func columnsOf(ctx context.Context, t tx, table string) ([]string, error) {
	var out []string
	err := each(ctx, t, func(r rows) error {
		var name string
		err := r.Scan(&name)
		out = append(out, name)
		return err
	}, `SELECT {column} FROM {columns} = $1 ORDER BY 1`, table)
	return out, err
}

func writeTable(ctx context.Context, t tx, table string, out *json.Encoder) (n int, err error) {
	columns, err := columnsOf(ctx, t, table)
	if err != nil || len(columns) == 0 {
		return 0, err // of an older version
	}
	err = each(ctx, t, func(r rows) error {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := r.Scan(into...); err != nil {
			return err
		}
		row := map[string]any{}
		for i, c := range columns {
			row[c] = values[i]
			if b, ok := values[i].([]byte); ok {
				row[c] = map[string]any{"bytes": b}
			}
		}
		n++
		return out.Encode(backupRow{table, row})
	}, `SELECT `+strings.Join(columns, ", ")+` FROM `+table)
	return n, err
}

// Restore fills a store that is empty, and that nobody uses. A backup of an older
// version is brought up to date.
func Restore(ctx context.Context, o Options, from io.Reader) (rows int, err error) {
	zip, err := gzip.NewReader(from)
	if err != nil {
		return 0, fmt.Errorf("restore the store: it is no backup: %w", err)
	}
	in := json.NewDecoder(bufio.NewReader(zip))
	in.UseNumber()
	var head backupHead
	if err := in.Decode(&head); err != nil || head.Format != backupFormat {
		return 0, errors.New("restore the store: it is no backup of Seaworthy")
	}
	if knows := int64(len(schema)); head.Version > knows {
		return 0, fmt.Errorf("restore the store: %w", &NewerError{Has: head.Version, Knows: knows})
	}
	if o.URL == "" {
		lock, err := lockDir(o.Dir)
		if err != nil {
			return 0, fmt.Errorf("restore the store: %w", err)
		}
		defer lock.Close()
	}
	db, err := openDatabase(ctx, o)
	if err != nil {
		return 0, fmt.Errorf("restore the store: %w", err)
	}
	defer db.close()
	if err := db.migrate(ctx); err != nil {
		return 0, fmt.Errorf("restore the store: %w", err)
	}
	err = db.transact(ctx, func(t tx) error {
		if err := vacant(ctx, t); err != nil {
			return err
		}
		for {
			var row backupRow
			err := in.Decode(&row)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			if err := insertRow(ctx, t, row); err != nil {
				return fmt.Errorf("%s: %w", row.Table, err)
			}
			rows++
		}
		for _, table := range numbered {
			if err := t.renumber(ctx, table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("restore the store: %w", err)
	}
	return rows, nil
}

// vacant refuses a store that is used or holds something.
func vacant(ctx context.Context, t tx) error {
	used, err := number(ctx, t, `SELECT COUNT(*) FROM replicas WHERE beat > {now} - $1`, millis(silence))
	if err != nil {
		return err
	}
	if used > 0 {
		return ErrInUse
	}
	for _, table := range backedUp {
		if n, err := number(ctx, t, `SELECT COUNT(*) FROM `+table); err != nil || n > 0 {
			return errors.Join(err, fmt.Errorf("%w: it has %s", ErrNotEmpty, table))
		}
	}
	return nil
}

// insertRow inserts a row; columns that its version had not have what a migration
// gives them.
func insertRow(ctx context.Context, t tx, row backupRow) error {
	known := false
	for _, table := range backedUp {
		known = known || table == row.Table
	}
	if !known {
		return errors.New("there is no such table")
	}
	columns, err := columnsOf(ctx, t, row.Table)
	if err != nil {
		return err
	}
	var names, places []string
	var values []any
	for _, c := range columns {
		v, ok := row.Row[c]
		if !ok {
			continue
		}
		if v, err = valueOf(v); err != nil {
			return err
		}
		names, values = append(names, c), append(values, v)
		places = append(places, fmt.Sprintf("$%d", len(values)))
	}
	if len(names) < len(row.Row) {
		return fmt.Errorf("a row has %d columns, of which %d are known", len(row.Row), len(names))
	}
	_, err = t.exec(ctx, `INSERT INTO `+row.Table+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(places, ", ")+`)`, values...)
	return err
}

// valueOf is a value of a row: a number, a text, or bytes.
func valueOf(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return v.Int64()
	case map[string]any:
		var b []byte
		text, _ := v["bytes"].(string)
		err := json.Unmarshal([]byte(`"`+text+`"`), &b)
		return b, err
	}
	return v, nil
}
