package load

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLiveCountsWhatTheReleaseAlarmCounts(t *testing.T) {
	t.Parallel()
	var r recorder
	for _, s := range []Sample{
		{Kind: KeepAlive, Status: 200, Instance: "i-1"},
		{Kind: KeepAlive, Status: 500, Failure: ServerError, Instance: "i-1"},
		{Kind: KeepAlive, Status: 501, Failure: ServerError, Instance: "i-1"},
		{Kind: KeepAlive, Status: 502, Failure: BadGateway},
		{Kind: KeepAlive, Status: 501, Failure: ServerError},
		{Kind: KeepAlive, Status: 200, Failure: Truncated, Instance: "i-1"},
		{Kind: KeepAlive, Failure: Timeout},
	} {
		r.add(s, nil)
	}
	live := r.live()
	assert.Equal(t, 7, live.Requests)
	assert.Equal(t, 6, live.Failed)
	assert.Equal(t, 3, live.Alarming)
}
