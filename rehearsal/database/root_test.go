//go:build slow && linux

package database_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
)

// openWith opens a database with programs of PostgreSQL that are scripts, which fails, and returns the error.
func openWith(t *testing.T, initdb, postgres string) error {
	t.Helper()
	programs := folder(t)
	for name, script := range map[string]string{"initdb": initdb, "postgres": postgres} {
		require.NoError(t, os.WriteFile(filepath.Join(programs, name), []byte("#!/bin/sh\n"+script), 0o755))
	}
	t.Setenv("PATH", programs+":/usr/bin:/bin")
	dir := folder(t)
	_, err := database.Open(t.Context(), database.Options{Dir: dir})
	require.Error(t, err)
	assertNothingLeft(t, dir)
	return err
}

func TestServerGetsThreeVariables(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
	t.Setenv("PGOPTIONS", "-c log_statement=all")
	t.Setenv("LANG", "de_DE.UTF-8")
	t.Setenv("TZ", "Asia/Tokyo")
	err := openWith(t, "tr '\\0' '\\n' </proc/$$/environ | sort; exit 1\n", "")
	_, said, _ := strings.Cut(err.Error(), "the server says:\n")
	assert.Equal(t, "LC_ALL=C\nPATH="+os.Getenv("PATH")+"\nTZ=Asia/Tokyo", said)
}

func TestRootWritesNothingWhereAnotherUserCanPutLinks(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the server runs as the same user")
	}
	mine := t.TempDir()
	kept := filepath.Join(mine, "kept")
	require.NoError(t, os.WriteFile(kept, []byte("mine"), 0o600))
	require.NoError(t, os.Chmod(mine, 0o700))
	t.Setenv("TZ", mine) // which the scripts get

	// What it could name, now that the folder is its own: the log, the files of the server, and the folder of its data.
	err := openWith(t, `cd "${2%/data}" || exit
for name in log hba.conf password server.crt server.key; do rm -f $name; ln -s "$TZ/$name" $name; done
mkdir data
for name in pg_hba.conf postmaster.pid log; do ln -s "$TZ/kept" data/$name; done
id -un
`, "echo said by postgres; exit 1\n")
	assert.ErrorContains(t, err, "the server says:\nnobody\nsaid by postgres")
	files, err := os.ReadDir(mine)
	require.NoError(t, err)
	require.Len(t, files, 1, "no file through a link")
	content, err := os.ReadFile(kept)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(content))
	info, err := os.Stat(kept)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
}
