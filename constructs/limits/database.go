package limits

import (
	"fmt"
	"regexp"
	"strings"
)

// databaseClass splits a class into the first letter of its family, which stands for its series, and
// its size.
var databaseClass = whole(`db\.([a-z])[a-z]*[0-9]+[a-z0-9-]*\.([0-9]*[a-z]+)`)

// DatabaseClass checks the form of an RDS instance class. RDS decides which classes exist.
func DatabaseClass(class string) error {
	if m := databaseClass.FindStringSubmatch(class); m != nil && share(m[2]) > 0 {
		return nil
	}
	if !strings.HasPrefix(class, "db.") && databaseClass.MatchString("db."+class) {
		return fmt.Errorf("%s is a type of EC2 instances; use a class of databases such as db.%s", Quote(class), Short(class))
	}
	return fmt.Errorf("%s is not an RDS instance class; use db, a family and a size, such as db.t4g.micro", Quote(class))
}

var majorVersion = regexp.MustCompile(`^([1-9][0-9])(\.[0-9]+)?$`)

// DatabaseVersion checks the form of a major version of PostgreSQL. RDS decides which versions exist.
func DatabaseVersion(major string) error {
	m := majorVersion.FindStringSubmatch(major)
	switch {
	case m == nil:
		return fmt.Errorf("%s is not a major version of PostgreSQL; use one such as 17", Quote(major))
	case m[2] != "":
		return fmt.Errorf("%s names a minor version, which RDS chooses and keeps up to date; use %s", Quote(major), m[1])
	}
	return nil
}

// StorageGiB checks the size of a gp3 volume for PostgreSQL (AWS CloudFormation,
// AWS::RDS::DBInstance AllocatedStorage).
func StorageGiB(gib int) error { return between(gib, 20, 65536, "GiB") }

// BackupDays checks how long backups are kept.
func BackupDays(days int) error {
	if days == 0 {
		return fmt.Errorf("0 days would switch backups off; use 1 to 35")
	}
	return between(days, 1, 35, "days")
}
