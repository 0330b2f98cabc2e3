package limits

import (
	"fmt"
	"strings"
)

var databaseName = whole(`[A-Za-z][A-Za-z0-9_]{0,62}`)

// DatabaseName checks the name of the database that RDS creates with a PostgreSQL instance (AWS
// CloudFormation, AWS::RDS::DBInstance DBName). RDS also refuses many words of SQL.
func DatabaseName(name string) error {
	switch lower := strings.ToLower(name); {
	case !databaseName.MatchString(name):
		return fmt.Errorf("%s is not 1 to 63 letters, digits and underscores that begin with a letter; use a name such as app", Quote(name))
	case lower == "postgres" || lower == "template0" || lower == "template1" || lower == "rdsadmin":
		return fmt.Errorf("%s is a database that every instance has already; use a name such as app", Quote(name))
	}
	return nil
}

// DatabaseUser checks the name of the master user of a PostgreSQL instance (AWS CloudFormation,
// AWS::RDS::DBInstance MasterUsername). RDS itself suggests postgres.
func DatabaseUser(name string) error {
	switch lower := strings.ToLower(name); {
	case !databaseName.MatchString(name):
		return fmt.Errorf("%s is not 1 to 63 letters, digits and underscores that begin with a letter; use a name such as app", Quote(name))
	case strings.HasPrefix(lower, "pg_"):
		return fmt.Errorf("%s begins with pg_, which PostgreSQL keeps for its own roles; use a name such as app", Quote(name))
	case lower == "rdsadmin" || strings.HasPrefix(lower, "rds_"):
		return fmt.Errorf("%s is a user that RDS keeps for itself; use a name such as app", Quote(name))
	}
	return nil
}
