//go:build slow

package database_test

// How many rehearsals are killed, and how many cancelled.
const (
	killed    = 10
	cancelled = 4
)
