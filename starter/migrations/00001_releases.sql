-- The versions that have run on this database, for the page.

-- +goose Up
CREATE TABLE releases (
    version text PRIMARY KEY,
    seen timestamptz NOT NULL DEFAULT now()
);
