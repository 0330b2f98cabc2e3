//go:build slow

package database

// Installed reports whether there is a PostgreSQL server.
func Installed() bool {
	_, err := findPrograms()
	return err == nil
}

// Packaged replaces the places to look for PostgreSQL until the function it returns is called.
func Packaged(patterns []string) (restore func()) {
	old := packaged
	packaged = patterns
	return func() { packaged = old }
}
