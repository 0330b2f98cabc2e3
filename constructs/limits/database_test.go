package limits_test

import (
	"strings"
	"testing"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestDatabase(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{limits.DatabaseClass("db.t4g.micro"), ""},
		{limits.DatabaseClass("db.t3.micro"), ""},
		{limits.DatabaseClass("db.r8gd.48xlarge"), ""},
		{limits.DatabaseClass("db.x2iedn.32xlarge"), ""},
		{limits.DatabaseClass("t4g.micro"), `"t4g.micro" is a type of EC2 instances; use a class of databases such as db.t4g.micro`},
		{limits.DatabaseClass("small"), `"small" is not an RDS instance class; use db, a family and a size, such as db.t4g.micro`},
		{limits.DatabaseClass(""), `"" is not an RDS instance class; use db, a family and a size, such as db.t4g.micro`},
		{limits.DatabaseClass("db.serverless"), `"db.serverless" is not an RDS instance class; use db, a family and a size, such as db.t4g.micro`},
		{limits.DatabaseClass("db.m9gd.large"), ""},
		{limits.DatabaseClass("db.m8i-flex.large"), ""},
		{limits.DatabaseClass("db.t4g.smal"), `"db.t4g.smal" is not an RDS instance class; use db, a family and a size, such as db.t4g.micro`},
		{limits.DatabaseClass("db.t4g"), `"db.t4g" is not an RDS instance class; use db, a family and a size, such as db.t4g.micro`},
		{limits.DatabaseVersion("16"), ""},
		{limits.DatabaseVersion("18"), ""},
		{limits.DatabaseVersion("17.4"), `"17.4" names a minor version, which RDS chooses and keeps up to date; use 17`},
		{limits.DatabaseVersion("19"), ""},
		{limits.DatabaseVersion("v17"), `"v17" is not a major version of PostgreSQL; use one such as 17`},
		{limits.DatabaseVersion("9.6"), `"9.6" is not a major version of PostgreSQL; use one such as 17`},
		{limits.DatabaseVersion(""), `"" is not a major version of PostgreSQL; use one such as 17`},
		{limits.StorageGiB(20), ""},
		{limits.StorageGiB(65536), ""},
		{limits.StorageGiB(10), "10 GiB is outside 20 to 65536; use 20"},
		{limits.BackupDays(1), ""},
		{limits.BackupDays(35), ""},
		{limits.BackupDays(0), "0 days would switch backups off; use 1 to 35"},
		{limits.BackupDays(36), "36 days is outside 1 to 35; use 35"},
	})
}

func TestDatabaseNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	run(t, []check{
		{limits.DatabaseName("app"), ""},
		{limits.DatabaseName("my_shop_2"), ""},
		{limits.DatabaseName(long[:63]), ""},
		{limits.DatabaseName(""), `"" is not 1 to 63 letters, digits and underscores that begin with a letter; use a name such as app`},
		{limits.DatabaseName("_app"), `"_app" is not 1 to 63 letters, digits and underscores that begin with a letter; use a name such as app`},
		{limits.DatabaseName("my-shop"), `"my-shop" is not 1 to 63 letters, digits and underscores that begin with a letter; use a name such as app`},
		{limits.DatabaseName(long), `"` + long[:60] + `…" is not 1 to 63 letters, digits and underscores that begin with a letter; use a name such as app`},
		{limits.DatabaseName("postgres"), `"postgres" is a database that every instance has already; use a name such as app`},
		{limits.DatabaseName("Template1"), `"Template1" is a database that every instance has already; use a name such as app`},
		{limits.DatabaseUser("app"), ""},
		{limits.DatabaseUser("postgres"), ""},
		{limits.DatabaseUser("1st"), `"1st" is not 1 to 63 letters, digits and underscores that begin with a letter; use a name such as app`},
		{limits.DatabaseUser("pg_app"), `"pg_app" begins with pg_, which PostgreSQL keeps for its own roles; use a name such as app`},
		{limits.DatabaseUser("rdsadmin"), `"rdsadmin" is a user that RDS keeps for itself; use a name such as app`},
		{limits.DatabaseUser("rds_superuser"), `"rds_superuser" is a user that RDS keeps for itself; use a name such as app`},
	})
}
