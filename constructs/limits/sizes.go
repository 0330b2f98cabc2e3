package limits

import (
	"cmp"
	"strconv"
	"strings"
)

// small are the sizes below xlarge as shares of large.
var small = map[string]float64{"nano": 1. / 16, "micro": 1. / 8, "small": 1. / 4, "medium": 1. / 2, "large": 1, "xlarge": 2}

// share is how many times a large a size is, in memory as in price: 2xlarge is 4. Unknown sizes are 0.
func share(size string) float64 {
	if s, known := small[size]; known {
		return s
	}
	factor, found := strings.CutSuffix(size, "xlarge")
	n, err := strconv.Atoi(factor)
	if !found || err != nil || n < 2 {
		return 0
	}
	return 2 * float64(n)
}

// prices are what an instance of size large costs in an hour, by family: US dollars, us-east-1,
// Linux, on demand, list prices as the authors knew them in November 2026.
var prices = map[string]float64{
	"t4g": 0.0672, "t3": 0.0832, "t3a": 0.0752,
	"m6g": 0.077, "m7g": 0.0816, "m8g": 0.08976, "m5": 0.096, "m6i": 0.096, "m7i": 0.1008,
	"c6g": 0.068, "c7g": 0.0725, "c5": 0.085, "c7i": 0.08925,
	"r6g": 0.1008, "r7g": 0.1071, "r5": 0.126, "r7i": 0.1323,
}

// InstancePrice is about what an EC2 instance costs in an hour, in US dollars, or 0 where that is
// not known. Prices differ between regions by a third and more.
func InstancePrice(name string) float64 {
	m := instanceType.FindStringSubmatch(name)
	if m == nil {
		return 0
	}
	return prices[m[1]+m[2]+m[3]] * share(m[4])
}

// gibOfLarge is the memory of a database class of size large, by its series. Of the x families some
// have more. Of a series that is not known it is leastGiB, as of compute optimized classes, so that the
// check of connections errs on the safe side.
var gibOfLarge = map[string]float64{"t": 8, "m": 8, "r": 16, "x": 32}

const leastGiB = 4

const (
	gib = 1 << 30

	// systemGiB is what RDS keeps of a class's memory for itself. It is not documented; a micro with
	// 1 GiB is reported to grant about 81 connections.
	systemGiB = 0.28

	// bytesPerConnection and MostDatabaseConnections are in RDS's default for max_connections: LEAST of
	// {DBInstanceClassMemory/9531392} and 5000 (Amazon RDS User Guide, "Quotas and constraints").
	bytesPerConnection = 9531392
)

// MostDatabaseConnections is how many connections the largest database accepts by default.
const MostDatabaseConnections = 5000

// ReservedConnections is how many of them are not for applications: superuser_reserved_connections,
// by default 3, and rds.rds_superuser_reserved_connections, by default 2 (AWS re:Post Knowledge Center,
// "remaining connection slots are reserved"). An administrator needs one when an application has taken
// all others.
const ReservedConnections = 3 + 2

// DatabaseConnections is about how many connections RDS for PostgreSQL accepts on a class unless a
// parameter group says otherwise, or 0 of what is no class.
func DatabaseConnections(class string) int {
	m := databaseClass.FindStringSubmatch(class)
	if m == nil {
		return 0
	}
	memory := cmp.Or(gibOfLarge[m[1]], leastGiB) * share(m[2])
	return max(0, int(min((memory-systemGiB)*gib/bytesPerConnection, MostDatabaseConnections)))
}
