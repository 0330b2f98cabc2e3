//go:build unix

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

func TestHurt(t *testing.T) {
	t.Parallel()
	t.Run("by a share of errors above that of the alarm", func(t *testing.T) {
		t.Parallel()
		var live load.Live
		u := users{window: time.Minute, live: func() load.Live { return live }}
		assert.False(t, u.hurt(), "nothing was asked")
		live = load.Live{Requests: 1000, Alarming: 10 * errorPercent()}
		assert.False(t, u.hurt(), "as many as the alarm allows")
		live.Alarming++
		assert.True(t, u.hurt())
	})
	t.Run("not by requests that failed without a response of the server", func(t *testing.T) {
		t.Parallel()
		var live load.Live
		u := users{window: time.Minute, live: func() load.Live { return live }}
		assert.False(t, u.hurt())
		live = load.Live{Requests: 1000, Failed: 1000}
		assert.False(t, u.hurt())
	})
	t.Run("not by errors from before it was asked first", func(t *testing.T) {
		t.Parallel()
		u := users{window: time.Minute, live: func() load.Live { return load.Live{Requests: 100, Alarming: 100} }}
		assert.False(t, u.hurt())
	})
	t.Run("not by errors that the alarm sees no more", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var live load.Live
			u := users{window: time.Minute, live: func() load.Live { return live }}
			assert.False(t, u.hurt())
			live = load.Live{Requests: 1000, Alarming: 100}
			assert.True(t, u.hurt())
			for range 90 {
				time.Sleep(time.Second)
				live.Requests += 10
				u.hurt()
			}
			assert.False(t, u.hurt())
		})
	})
	t.Run("by more failures of the probe than are tolerated", func(t *testing.T) {
		t.Parallel()
		u := users{tolerated: 1, window: time.Minute, live: func() load.Live { return load.Live{} }}
		u.failed.Store(1)
		assert.False(t, u.hurt())
		u.failed.Store(2)
		assert.True(t, u.hurt())
	})
}

func TestProbe(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 2 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer server.Close()
	var u users
	stop := u.probe(context.Background(), server.URL, 10*time.Millisecond)
	assert.Eventually(t, func() bool { return asked.Load() > 4 && u.failed.Load() > 0 }, 10*time.Second, time.Millisecond)
	stop()
	assert.EqualValues(t, 1, u.failed.Load(), "and a probe that is stopped has not failed")
}
