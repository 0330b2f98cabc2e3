package load

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A machine that stands still cannot be had in a test; a schedule that began earlier can.
func TestTellsThatItFellBehind(t *testing.T) {
	t.Parallel()
	for late, behind := range map[time.Duration]bool{500 * time.Millisecond: false, 1100 * time.Millisecond: true} {
		l, err := Start(context.Background(), Config{URL: "http://127.0.0.1:1", Rate: 1})
		require.NoError(t, err)
		l.Stop()
		l.pace.began = time.Now().Add(-late)
		placeholder, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:1", nil)
		require.NoError(t, err)
		placeholder.Header.Set("X-Vegeta-Seq", "0")
		_, err = l.RoundTrip(placeholder)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, l.Live().Behind, late)
		l.results.close(l.Live().Behind)
		assert.Equal(t, behind, l.Stop().FellBehind())
	}
}
