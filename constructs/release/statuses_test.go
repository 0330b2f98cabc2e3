package release_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestOnlyWhatTheApplicationOrItsInstancesCauseCounts(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 404, 408, 460, 463, 501, 505, 507, 561} {
		assert.False(t, release.CountsAgainst(status, false), status)
	}
	for _, status := range release.BalancerFailures() {
		assert.True(t, release.CountsAgainst(status, false), status)
		assert.True(t, release.CountsAgainst(status, true), status)
	}
	assert.True(t, release.CountsAgainst(501, true), "of the application, for its metric does not tell it apart")
	assert.False(t, release.CountsAgainst(499, true))
	assert.False(t, release.CountsAgainst(0, false), "no response")
}
