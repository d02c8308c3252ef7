package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func expect(ok bool, what string) {
	if !ok {
		must(errors.New(what))
	}
}

// Connects with the driver's defaults to os.Args[1], and does what applications do.
func main() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Args[1])
	must(err)
	defer pool.Close()

	var all sync.WaitGroup
	for i := range 100 {
		all.Add(1)
		go func() {
			defer all.Done()
			var n int
			must(pool.QueryRow(ctx, "select $1::int + 1", i).Scan(&n))
			expect(n == i+1, "the row of another")
		}()
	}
	all.Wait()

	conn, err := pgx.Connect(ctx, os.Args[1])
	must(err)
	defer conn.Close(ctx)
	tx, err := conn.Begin(ctx)
	must(err)
	_, err = tx.Exec(ctx, "create table pgx (a int, b text)")
	must(err)
	copied, err := tx.CopyFrom(ctx, pgx.Identifier{"pgx"}, []string{"a", "b"},
		pgx.CopyFromSlice(1000, func(i int) ([]any, error) { return []any{i, fmt.Sprint(i)}, nil }))
	must(err)
	expect(copied == 1000, "copied")
	_, err = tx.Prepare(ctx, "one", "select b from pgx where a = $1")
	must(err)
	batch := &pgx.Batch{}
	for i := range 50 {
		batch.Queue("one", i)
	}
	results := tx.SendBatch(ctx, batch)
	for i := range 50 {
		var b string
		must(results.QueryRow().Scan(&b))
		expect(b == fmt.Sprint(i), "the answer of another")
	}
	must(results.Close())
	nested, err := tx.Begin(ctx)
	must(err)
	_, err = nested.Exec(ctx, "select 1/0")
	var failure *pgconn.PgError
	expect(errors.As(err, &failure) && failure.Code == "22012", "division by zero")
	must(nested.Rollback(ctx))
	must(tx.Commit(ctx))

	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	_, err = pool.Exec(short, "select pg_sleep(30)")
	expect(errors.Is(err, context.DeadlineExceeded), "no timeout")
	must(conn.PgConn().Exec(ctx, "select 1; select 2").Close())
	var sum int
	must(conn.QueryRow(ctx, "select sum(a) from pgx").Scan(&sum))
	expect(sum == 499500, "the sum")
	_, err = conn.Exec(ctx, "drop table pgx")
	must(err)
	fmt.Println("done")
}
