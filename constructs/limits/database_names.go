package limits

import (
	"fmt"
	"strings"
)

var databaseName = whole(`[A-Za-z][A-Za-z0-9_]{0,62}`)

// keywords are words of SQL that people like as names of databases and users. RDS refuses any word
// of PostgreSQL's appendix "SQL Key Words", also those that PostgreSQL itself would take, and only
// minutes into a deployment. The appendix has hundreds more that nobody would choose.
var keywords = words(`
	access action admin all analyze any array asc assertion attribute authorization backward base
	begin between binary bit blob blocked boolean both by cache call called cascade case cast catalog
	chain char character characters check checkpoint class clob close cluster code collate collation
	column columns command comment comments commit committed condition configuration conflict connect
	connection constraint constraints constructor contains content continue control conversion copy
	cost count create cross csv cube current cursor cycle data database datalink date day db
	deallocate dec decimal declare default defaults deferred definer degree delete delimiter depends
	depth desc describe descriptor diagnostics dictionary disable discard dispatch distinct do
	document domain double drop dynamic each element else empty enable encoding encrypted end enum
	equals error escape event every except exception exclude exclusive execute exists exit explain
	expression extension external extract false family fetch file filter final first flag float
	following for force foreign forward found free freeze from fs full function functions fusion
	general generated get global go goto grant granted group grouping groups handler having header
	hierarchy hold hour id identity if ignore immediate immutable implementation import in include
	including increment indent index indexes inherit initial inline inner input insert instance
	instead int integer integrity intersect interval into invoker is isolation join json key keys
	label language large last lateral lead leading left length level library like limit link listen ln
	local location locator lock locked log logged map mapping match matched materialized max maximum
	measures member merge message method min minute mode module month more move multiset name names
	namespace national natural nested new next no none normalize normalized not nothing notify null
	nullable number numeric object occurrence of off offset old on only open operator option options
	or order ordering ordinality others out outer output over overlaps owned owner parallel parameter
	parser partial partition pascal passing password path pattern per percent period permission
	placing plan plans policy portion position power precision prepare prepared preserve primary prior
	privileges procedure procedures program prune ptf public publication quote quotes range rank read
	real recovery recursive reference references refresh reindex relative release rename repeatable
	replace replica requiring reset respect restart restore restrict result return returning returns
	revoke right role rollback rollup routine routines row rows rule running scalar scale schema
	schemas scope scroll search second section security select selective self sequence sequences
	server session set sets share show similar simple size skip snapshot some source space specific
	sql stable standalone start state statement static statistics storage stored strict string strip
	structure style submultiset subscription subset substring sum support symmetric system table
	tables tablespace target temp template temporary text then through ties time timestamp to token
	trailing transaction transform transforms treat trigger trim true truncate trusted type types
	union unique unknown unlink unlisten unlogged until update upper usage user using vacuum valid
	validate validator value values verbose version versioning view views volatile when where window
	with within without work wrapper write xml year yes zone`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// DatabaseName checks the name of the database that RDS creates with a PostgreSQL instance (AWS
// CloudFormation, AWS::RDS::DBInstance DBName).
func DatabaseName(name string) error {
	switch lower := strings.ToLower(name); {
	case !databaseName.MatchString(name):
		return fmt.Errorf("%s is not 1 to 63 letters, digits and underscores that begin with a letter; use a name such as app", Quote(name))
	case lower == "postgres" || lower == "template0" || lower == "template1" || lower == "rdsadmin":
		return fmt.Errorf("%s is a database that every instance has already; use a name such as app", Quote(name))
	case keywords[lower]:
		return fmt.Errorf("%s is a word of SQL, which RDS refuses as a name; use my_%s", Quote(name), name)
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
	case keywords[lower]:
		return fmt.Errorf("%s is a word of SQL, which RDS refuses as a name; use my_%s", Quote(name), name)
	}
	return nil
}
