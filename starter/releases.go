package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Release is a version that has run on this database.
type Release struct {
	Version string    `json:"version"`
	Seen    time.Time `json:"seen"`
}

// Releases returns the latest releases, the newest first, and none while the table is missing: this
// version may be running before the migration that makes it.
func (d *Database) Releases(ctx context.Context) ([]Release, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	// An error of Query is one of the rows as well.
	rows, _ := d.Pool.Query(ctx, "SELECT version, seen FROM releases ORDER BY seen DESC, version LIMIT 5")
	releases, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Release])
	if isMissingTable(err) {
		return nil, nil
	}
	return releases, err
}

// RecordRelease notes that a version runs. The first time counts.
func (d *Database) RecordRelease(ctx context.Context, version string) error {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	_, err := d.Pool.Exec(ctx, "INSERT INTO releases (version) VALUES ($1) ON CONFLICT DO NOTHING", version)
	if isMissingTable(err) {
		return nil
	}
	return err
}

func isMissingTable(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "42P01"
}
