//go:build slow

package release_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestNotification(t *testing.T) {
	t.Parallel()
	const topic = "arn:aws:sns:eu-west-1:111122223333:releases"
	told := variables{release.VariableTopic: topic}

	t.Run("tells why a release failed, and what share the probe itself saw", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.alarm = firing()
		code, _ := probe(t, a, serve(t, answers(http.StatusOK)), alarmed, told, variables{release.VariableSettleLimit: "100"})
		assert.Equal(t, 1, code)
		sent := a.made(t, "publish")
		require.Len(t, sent, 1)
		assert.Equal(t, topic, sent[0].text("TopicArn"))
		assert.Equal(t, "The release of 1a2b3c4 to shop failed", sent[0].text("Subject"))
		assert.Regexp(t, `^The release of 1a2b3c4 to shop failed: the alarm shop-release still fires .*; the probe itself saw 0 of \d+ requests fail \(0 %\)$`, sent[0].text("Message"))
	})
	t.Run("is sent for too many failed requests, too, and a refusal is no second failure", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		a.refuse = map[string]refusal{"publish": {code: "AuthorizationError", message: "not allowed"}}
		code, lines := probe(t, a, serve(t, answers(http.StatusBadGateway)), told)
		assert.Equal(t, 1, code)
		require.Len(t, a.made(t, "publish"), 1)
		assert.Contains(t, a.made(t, "publish")[0].text("Message"), "more than 0 requests failed; the probe itself saw ")
		says(t, lines, "WARNING: nobody was notified: aws sns publish failed: AuthorizationError", "FAILED: more than 0 requests failed; the probe itself saw ")
	})
	t.Run("is not sent for a release that succeeds", func(t *testing.T) {
		t.Parallel()
		a := deploying("Updating", "Ready")
		code, _ := probe(t, a, serve(t, answers(http.StatusOK)), told)
		assert.Zero(t, code)
		assert.Empty(t, a.made(t, "publish"))
	})
}
