package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestRehearsal(t *testing.T) {
	on := map[string]string{"REHEARSAL": "true"}

	t.Run("is there only when asked for, and says so", func(t *testing.T) {
		server, _ := newServer(t, nil)
		assert.Equal(t, http.StatusNotFound, get(server.Handler(), "/rehearsal/slow?for=1s").Code)
		assert.Contains(t, strings.Join(load(t, on).Warnings(), ""), "REHEARSAL is on")
	})
	t.Run("answers late", func(t *testing.T) {
		server, _ := newServer(t, on)
		began := time.Now()
		answer := get(server.Handler(), "/rehearsal/slow?for=60ms")
		assert.Equal(t, "done\n", answer.Body.String())
		assert.GreaterOrEqual(t, time.Since(began), 60*time.Millisecond)
	})
	t.Run("goes on and on, to a proper end", func(t *testing.T) {
		server, _ := newServer(t, on)
		answer := get(server.Handler(), "/rehearsal/stream?for=250ms")
		assert.Equal(t, "1\n2\n3\nend\n", answer.Body.String())
		assert.True(t, answer.Flushed)
	})
	t.Run("takes uploads", func(t *testing.T) {
		server, _ := newServer(t, on)
		answer := httptest.NewRecorder()
		server.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/rehearsal/upload", strings.NewReader("12345")))
		assert.Equal(t, "5 bytes\n", answer.Body.String())
	})
	t.Run("lasts no longer than a minute", func(t *testing.T) {
		server, _ := newServer(t, on)
		for _, query := range []string{"", "?for=", "?for=soon", "?for=-1s", "?for=61s"} {
			for _, path := range []string{"/rehearsal/slow", "/rehearsal/stream"} {
				answer := get(server.Handler(), path+query)
				assert.Equal(t, http.StatusBadRequest, answer.Code, query)
				assert.Equal(t, "for must be a duration up to 1m0s, such as ?for=2s\n", answer.Body.String())
			}
		}
	})
}
