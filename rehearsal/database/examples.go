package database

import _ "embed"

// Expanding is a migration of the starter's table that its old version does not notice.
//
//go:embed expanding.sql
var Expanding string

// Breaking is a careless migration of the starter's table: it suits the new version's code, passes that
// version's health checks, and makes every page of the old version fail.
//
//go:embed breaking.sql
var Breaking string
