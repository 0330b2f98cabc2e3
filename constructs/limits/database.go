package limits

import (
	"fmt"
	"slices"
	"strings"
)

// databaseClass splits a class into family and size.
var databaseClass = whole(`db\.([a-z0-9]+)\.([0-9]*[a-z]+)`)

// families are those that run PostgreSQL 16 to 18 on a single instance with a standby (Amazon RDS
// User Guide, "Supported DB engines for DB instance classes").
var families = []string{
	"t4g", "t3",
	"m8g", "m8gd", "m7g", "m7i", "m6g", "m6gd", "m6i", "m6id", "m6idn", "m6in", "m5", "m5d",
	"r8g", "r8gd", "r7g", "r7i", "r6g", "r6gd", "r6i", "r6id", "r6idn", "r6in", "r5", "r5b", "r5d",
	"x2g", "x2iedn",
}

var (
	smallSizes = []string{"micro", "small", "medium", "large", "xlarge", "2xlarge"}
	largeSizes = []string{"large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge", "32xlarge", "48xlarge"}
)

// DatabaseClass checks an RDS instance class for PostgreSQL. A family has not every size that its
// kind has, and a region not every family; that remains for RDS to say.
func DatabaseClass(class string) error {
	m := databaseClass.FindStringSubmatch(class)
	if m == nil {
		if !strings.HasPrefix(class, "db.") && databaseClass.MatchString("db."+class) {
			return fmt.Errorf("%s is a type of EC2 instances; use a class of databases such as db.%s", Quote(class), Short(class))
		}
		return fmt.Errorf("%s is not an RDS instance class; use db, a family and a size, such as db.t4g.micro", Quote(class))
	}
	family, size := m[1], m[2]
	if !slices.Contains(families, family) {
		return fmt.Errorf("RDS does not run PostgreSQL 16 to 18 on db.%s; use a family such as db.t4g, db.m7g or db.r7g", family)
	}
	known := largeSizes
	if family[0] == 't' {
		known = smallSizes
	}
	if !slices.Contains(known, size) {
		return fmt.Errorf("db.%s has no size %s; use one of %s", family, Quote(size), strings.Join(known, ", "))
	}
	return nil
}

// DatabaseVersion checks a major version of PostgreSQL.
func DatabaseVersion(major string) error {
	known := []string{"16", "17", "18"}
	if slices.Contains(known, major) {
		return nil
	}
	if before, _, minor := strings.Cut(major, "."); minor && slices.Contains(known, before) {
		return fmt.Errorf("%s names a minor version, which RDS chooses and keeps up to date; use %s", Quote(major), before)
	}
	return fmt.Errorf("%s is not a major version of PostgreSQL that is supported here; use 16, 17 or 18", Quote(major))
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
