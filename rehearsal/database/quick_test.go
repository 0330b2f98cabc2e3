//go:build !slow

package database_test

// How many rehearsals are killed, and how many cancelled.
const (
	killed    = 3
	cancelled = 2
)
