package temporary

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDirectoryHasToTakeFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, check(dir))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
	missing := filepath.Join(dir, "missing")
	assert.EqualError(t, check(missing), "TMPDIR: CDK writes to "+missing+", which cannot be written to; set TMPDIR to a directory that can")
}
