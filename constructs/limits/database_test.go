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
		{limits.DatabaseClass("db.t2.micro"), "RDS does not run PostgreSQL 16 to 18 on db.t2; use a family such as db.t4g, db.m7g or db.r7g"},
		{limits.DatabaseClass("db.t4g.nano"), `db.t4g has no size "nano"; use one of micro, small, medium, large, xlarge, 2xlarge`},
		{limits.DatabaseClass("db.m7g.medium"), `db.m7g has no size "medium"; use one of large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge, 32xlarge, 48xlarge`},
		{limits.DatabaseVersion("16"), ""},
		{limits.DatabaseVersion("18"), ""},
		{limits.DatabaseVersion("17.4"), `"17.4" names a minor version, which RDS chooses and keeps up to date; use 17`},
		{limits.DatabaseVersion("15"), `"15" is not a major version of PostgreSQL that is supported here; use 16, 17 or 18`},
		{limits.DatabaseVersion("15.2"), `"15.2" is not a major version of PostgreSQL that is supported here; use 16, 17 or 18`},
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
		{limits.DatabaseName("db"), `"db" is a word of SQL, which RDS refuses as a name; use my_db`},
		{limits.DatabaseName("Catalog"), `"Catalog" is a word of SQL, which RDS refuses as a name; use my_Catalog`},
		{limits.DatabaseUser("app"), ""},
		{limits.DatabaseUser("postgres"), ""},
		{limits.DatabaseUser("1st"), `"1st" is not 1 to 63 letters, digits and underscores that begin with a letter; use a name such as app`},
		{limits.DatabaseUser("admin"), `"admin" is a word of SQL, which RDS refuses as a name; use my_admin`},
		{limits.DatabaseUser("user"), `"user" is a word of SQL, which RDS refuses as a name; use my_user`},
		{limits.DatabaseUser("pg_app"), `"pg_app" begins with pg_, which PostgreSQL keeps for its own roles; use a name such as app`},
		{limits.DatabaseUser("rdsadmin"), `"rdsadmin" is a user that RDS keeps for itself; use a name such as app`},
		{limits.DatabaseUser("rds_superuser"), `"rds_superuser" is a user that RDS keeps for itself; use a name such as app`},
	})
}

// Deployments that failed on these names are on record in public repositories.
func TestNamesThatRDSIsKnownToRefuse(t *testing.T) {
	t.Parallel()
	var checks []check
	for _, name := range []string{"admin", "catalog", "comments", "db", "flag", "grant", "identity"} {
		checks = append(checks, check{limits.DatabaseName(name), `"` + name + `" is a word of SQL, which RDS refuses as a name; use my_` + name})
	}
	run(t, checks)
}
