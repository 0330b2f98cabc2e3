package main

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
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

// prepareApplicationUser creates the user that the server connects as, or sets its password and resets its settings, and grants it
// its privileges. The user of the migrations does this before them, so that they can name it.
func (c *DatabaseConfig) prepareApplicationUser(ctx context.Context, database *sql.DB, locker lock.SessionLocker) error {
	if !c.hasApplicationUser() {
		return nil
	}
	return administer(ctx, database, locker, func(tx *sql.Tx) error {
		if err := c.createApplicationUser(ctx, tx); err != nil {
			return fmt.Errorf("the user %s: %w", c.ApplicationUser, err)
		}
		if err := c.resetApplicationUser(ctx, tx); err != nil {
			return fmt.Errorf("the settings of the user %s: %w", c.ApplicationUser, err)
		}
		err := c.grantToApplicationUser(ctx, tx)
		if err == nil {
			err = c.protectMigrations(ctx, tx)
		}
		if err != nil {
			return fmt.Errorf("the privileges of the user %s: %w", c.ApplicationUser, err)
		}
		return nil
	})
}

// resetApplicationUser removes what every user can set for its own later sessions, such as a search_path or a read-only mode, in
// general and in each database (PostgreSQL, "ALTER ROLE").
func (c *DatabaseConfig) resetApplicationUser(ctx context.Context, tx *sql.Tx) error {
	return executeSelected(ctx, tx, `
		SELECT format(CASE WHEN datname IS NULL THEN 'ALTER ROLE %1$I RESET ALL' ELSE 'ALTER ROLE %1$I IN DATABASE %2$I RESET ALL' END,
			$1::text, datname)
		FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase
		WHERE pg_get_userbyid(setrole) = $1`, c.ApplicationUser)
}

// protectMigrations revokes what the default privileges, or an earlier version, gave the application's user on what
// belongs to the migrations: the user could skip migrations, or lock them.
func (c *DatabaseConfig) protectMigrations(ctx context.Context, tx *sql.Tx) error {
	if !c.hasApplicationUser() {
		return nil
	}
	return executeSelected(ctx, tx, `
		SELECT DISTINCT format('REVOKE ALL ON %s %s FROM %s', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
			pg_class.oid::regclass, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
		FROM pg_class, aclexplode(relacl)
		WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'S') AND relname LIKE $2
		AND (grantee = 0 OR pg_get_userbyid(grantee) = $1)`, c.ApplicationUser, goose.DefaultTablename+"%")
}

// administer changes roles and privileges under the lock of the migrations: where two instances that start together
// change the same role, PostgreSQL refuses one of them.
func administer(ctx context.Context, database *sql.DB, locker lock.SessionLocker, change func(*sql.Tx) error) (err error) {
	conn, err := database.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, locker.SessionUnlock(ctx, conn)) }()
	return transact(ctx, conn, change)
}

// beginner is a database or one of its connections.
type beginner interface {
	BeginTx(ctx context.Context, options *sql.TxOptions) (*sql.Tx, error)
}

// transact commits a change, or undoes all of it.
func transact(ctx context.Context, database beginner, change func(*sql.Tx) error) error {
	tx, err := database.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := change(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// executeSelected executes the statements that a query returns.
func executeSelected(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	statements, err := selectStatements(ctx, tx, query, args...)
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

func selectStatements(ctx context.Context, tx *sql.Tx, query string, args ...any) (statements []string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
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

// applicationRole is the user's name as SQL takes it.
func (c *DatabaseConfig) applicationRole() string {
	return pgx.Identifier{c.ApplicationUser}.Sanitize()
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
		return errors.New("it may create roles or databases; use a user that is the application's alone")
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
	if exists {
		return fmt.Sprintf("ALTER ROLE %s LOGIN PASSWORD '%s'", c.applicationRole(), verifier), nil
	}
	return fmt.Sprintf("CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '%s'", c.applicationRole(), verifier), nil
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
	return executeSelected(ctx, tx, grantStatements, c.ApplicationUser, goose.DefaultTablename+"%")
}

// grantStatements selects the statements that grant the privileges. It leaves out what belongs to the migrations, and to others,
// such as the views of an extension.
const grantStatements = `
	SELECT format(statement, quote_ident(current_schema()), quote_ident($1::text), quote_ident(current_database()))
	FROM unnest(ARRAY[
		'GRANT CONNECT ON DATABASE %3$s TO %2$s',
		'REVOKE CREATE ON SCHEMA %1$s FROM PUBLIC', -- which PostgreSQL 14 and earlier grants
		'GRANT USAGE ON SCHEMA %1$s TO %2$s',
		'ALTER DEFAULT PRIVILEGES IN SCHEMA %1$s GRANT ` + tablePrivileges + ` ON TABLES TO %2$s',
		'ALTER DEFAULT PRIVILEGES IN SCHEMA %1$s GRANT ` + sequencePrivileges + ` ON SEQUENCES TO %2$s'
	]) AS statement
	UNION ALL
	SELECT format(CASE relkind WHEN 'S' THEN 'GRANT ` + sequencePrivileges + ` ON SEQUENCE %s TO %I'
		ELSE 'GRANT ` + tablePrivileges + ` ON TABLE %s TO %I' END, oid::regclass, $1::text)
	FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
	AND pg_has_role(relowner, 'USAGE') AND relname NOT LIKE $2`

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
