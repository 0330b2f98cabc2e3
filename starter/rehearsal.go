package main

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// longestRehearsal is how long a request for a rehearsal may ask to last.
	longestRehearsal = time.Minute

	// beat is the time between two lines of a stream.
	beat = 100 * time.Millisecond
)

// rehearse adds what a rehearsal of a release asks for beside the page: an answer that takes long, an
// answer that goes on and on, and an upload. They cost nothing but time, and are there only with
// REHEARSAL, for whoever can ask for long answers can ask for many.
func (s *Server) rehearse(mux *http.ServeMux) {
	mux.HandleFunc("GET /rehearsal/slow", func(w http.ResponseWriter, r *http.Request) {
		lasting(w, r, func(end <-chan time.Time) {
			select {
			case <-end:
				answer(w, http.StatusOK, "done")
			case <-r.Context().Done():
			}
		})
	})
	mux.HandleFunc("GET /rehearsal/stream", func(w http.ResponseWriter, r *http.Request) {
		lasting(w, r, func(end <-chan time.Time) { stream(w, r, end) })
	})
	mux.HandleFunc("POST /rehearsal/upload", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			answer(w, http.StatusBadRequest, "the upload broke off")
			return
		}
		answer(w, http.StatusOK, fmt.Sprintf("%d bytes", n))
	})
}

// lasting reads how long a request is to last, such as ?for=2s, and does something for so long.
func lasting(w http.ResponseWriter, r *http.Request, do func(end <-chan time.Time)) {
	d, err := time.ParseDuration(r.URL.Query().Get("for"))
	if err != nil || d < 0 || d > longestRehearsal {
		answer(w, http.StatusBadRequest, fmt.Sprintf("for must be a duration up to %v, such as ?for=2s", longestRehearsal))
		return
	}
	do(time.After(d))
}

func stream(w http.ResponseWriter, r *http.Request, end <-chan time.Time) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	control, ticker := http.NewResponseController(w), time.NewTicker(beat)
	defer ticker.Stop()
	for n := 1; ; n++ {
		fmt.Fprintln(w, n)
		_ = control.Flush()
		select {
		case <-ticker.C:
		case <-end:
			fmt.Fprintln(w, "end")
			return
		case <-r.Context().Done():
			return
		}
	}
}
