package main

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// The privileges of the application's user: it reads and writes rows, and changes nothing else.
const (
	tablePrivileges    = "SELECT, INSERT, UPDATE, DELETE"
	sequencePrivileges = "USAGE, SELECT"
)

// prepareApplicationUser creates the user that the server connects as, or sets its password, and grants it its
// privileges. The user of the migrations does this after them, under their lock: two instances that start together
// would otherwise update the same role at once, which PostgreSQL refuses.
func (c *DatabaseConfig) prepareApplicationUser(ctx context.Context, database *sql.DB) error {
	if !c.hasApplicationUser() {
		return nil
	}
	tx, err := database.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", lock.DefaultLockID); err != nil {
		return err
	}
	if err := c.createApplicationUser(ctx, tx); err != nil {
		return fmt.Errorf("the user %s: %w", c.ApplicationUser, err)
	}
	if err := c.grantToApplicationUser(ctx, tx); err != nil {
		return fmt.Errorf("the privileges of the user %s: %w", c.ApplicationUser, err)
	}
	return tx.Commit()
}

// createApplicationUser refuses a role that may create others: it is somebody's administrator, whose password is
// not the application's.
func (c *DatabaseConfig) createApplicationUser(ctx context.Context, tx *sql.Tx) error {
	var exists, administers bool
	if err := tx.QueryRowContext(ctx, `SELECT count(*) > 0, coalesce(bool_or(rolsuper OR rolcreaterole OR rolcreatedb), false)
		FROM pg_roles WHERE rolname = $1`, c.ApplicationUser).Scan(&exists, &administers); err != nil {
		return err
	}
	if administers {
		return fmt.Errorf("it may create roles or databases; use a user that is the application's alone")
	}
	statement, err := c.applicationUserStatement(exists)
	if err == nil {
		_, err = tx.ExecContext(ctx, statement)
	}
	return err
}

// applicationUserStatement does not contain the password, since PostgreSQL logs statements that fail.
func (c *DatabaseConfig) applicationUserStatement(exists bool) (string, error) {
	verifier, err := scramVerifier(string(c.ApplicationPassword))
	if err != nil {
		return "", err
	}
	name := pgx.Identifier{c.ApplicationUser}.Sanitize()
	if exists {
		return fmt.Sprintf("ALTER ROLE %s LOGIN PASSWORD '%s'", name, verifier), nil
	}
	return fmt.Sprintf("CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '%s'", name, verifier), nil
}

// grantToApplicationUser does nothing where the default privileges are there already: they reach what later
// migrations create, and a migration may revoke some of them, from a table that only grows for example.
//
// PostgreSQL lets everybody connect to every database, and that stays: revoking it from PUBLIC would lock out the users of
// other databases on the server. The application's user finds nothing there that it may read.
func (c *DatabaseConfig) grantToApplicationUser(ctx context.Context, tx *sql.Tx) error {
	var granted bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_default_acl, aclexplode(defaclacl) AS entry
		WHERE defaclobjtype = 'r' AND defaclnamespace = current_schema()::regnamespace
		AND pg_get_userbyid(defaclrole) = current_user AND pg_get_userbyid(entry.grantee) = $1)`, c.ApplicationUser).Scan(&granted); err != nil || granted {
		return err
	}
	statements, err := c.grantStatements(ctx, tx)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// grantStatements leaves out the table of the migrations, which would let its user skip them, and what belongs to
// others, such as the views of an extension.
func (c *DatabaseConfig) grantStatements(ctx context.Context, tx *sql.Tx) (statements []string, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT format(statement, quote_ident(current_schema()), quote_ident($1::text), quote_ident(current_database()))
		FROM unnest(ARRAY[
			'GRANT CONNECT ON DATABASE %3$s TO %2$s',
			'REVOKE CREATE ON SCHEMA %1$s FROM PUBLIC', -- which PostgreSQL 14 and earlier grants
			'GRANT USAGE ON SCHEMA %1$s TO %2$s',
			'ALTER DEFAULT PRIVILEGES IN SCHEMA %1$s GRANT `+tablePrivileges+` ON TABLES TO %2$s',
			'ALTER DEFAULT PRIVILEGES IN SCHEMA %1$s GRANT `+sequencePrivileges+` ON SEQUENCES TO %2$s'
		]) AS statement
		UNION ALL
		SELECT format(CASE relkind WHEN 'S' THEN 'GRANT `+sequencePrivileges+` ON SEQUENCE %s TO %I'
			ELSE 'GRANT `+tablePrivileges+` ON TABLE %s TO %I' END, oid::regclass, $1::text)
		FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
		AND pg_has_role(relowner, 'USAGE') AND relname NOT LIKE $2`, c.ApplicationUser, goose.DefaultTablename+"%")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			return nil, err
		}
		statements = append(statements, statement)
	}
	return statements, rows.Err()
}

// scramVerifier is what PostgreSQL stores of a password, from which nobody gets it back (RFC 5803; PostgreSQL,
// "pg_authid": SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey).
func scramVerifier(password string) (string, error) {
	const iterations = 4096
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", err
	}
	key := func(name string) []byte {
		mac := hmac.New(sha256.New, salted)
		mac.Write([]byte(name))
		return mac.Sum(nil)
	}
	stored := sha256.Sum256(key("Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(stored[:]), encode(key("Server Key"))), nil
}
