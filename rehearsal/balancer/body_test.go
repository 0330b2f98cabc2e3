//go:build slow

package balancer_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
)

// closed is a body of a request whose answer has begun: it fails where it is read once more.
type closed struct{ rest string }

func (c *closed) Read(p []byte) (int, error) {
	if c.rest == "" {
		return 0, errors.New("read after the answer began")
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func TestBounded(t *testing.T) {
	t.Parallel()
	body, err := io.ReadAll(balancer.Bounded(io.NopCloser(&closed{"upload"}), 6))
	require.NoError(t, err)
	assert.Equal(t, "upload", string(body))

	_, err = io.ReadAll(balancer.Bounded(io.NopCloser(&closed{"half"}), 8))
	assert.Error(t, err, "what is missing is missed")

	body, err = io.ReadAll(balancer.Bounded(io.NopCloser(strings.NewReader("unknown")), -1))
	require.NoError(t, err)
	assert.Equal(t, "unknown", string(body))
}
