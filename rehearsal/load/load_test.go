package load_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

func TestKeepsItsRate(t *testing.T) {
	t.Parallel()
	results := run(t, load.Config{URL: serve(t, application("v1")), Rate: 200, NewEvery: 4}, time.Second)
	assert.InDelta(t, 200, results.Requests(), 20)
	assert.Zero(t, results.Failed(), "%v", results.Failures(1))
	assert.Equal(t, map[string]load.Tally{"v1": {Requests: results.Requests()}}, results.ByVersion())
	assert.Equal(t, map[string]load.Tally{"v1-1": {Requests: results.Requests()}}, results.ByInstance())
	assert.Equal(t, map[int]int{200: results.Requests()}, results.ByStatus())
	assert.Equal(t, results.Requests()/4, results.ByKind()[load.NewConnection].Requests)
	assert.False(t, results.FellBehind())
}

func TestReusesConnectionsOnlyWhereItShould(t *testing.T) {
	t.Parallel()
	var mutex sync.Mutex
	peers := map[string]int{}
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		peers[r.RemoteAddr]++
	})
	results := run(t, load.Config{URL: url, Rate: 100, NewEvery: 2}, 500*time.Millisecond)
	alone := 0
	for _, n := range peers {
		if n == 1 {
			alone++
		}
	}
	fresh := results.ByKind()[load.NewConnection].Requests
	assert.InDelta(t, fresh, alone, 2)
	assert.Less(t, len(peers)-fresh, fresh/2, "connections are reused")
}

// An application that answers nothing for a while must not look quick because few asked meanwhile.
func TestMeasuresFromWhenARequestWasDue(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	var gate sync.RWMutex
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		gate.RLock()
		defer gate.RUnlock()
		served.Add(1)
	})
	l := start(t, load.Config{URL: url, Rate: 100})
	reached(t, &served, 10)
	gate.Lock()
	time.Sleep(500 * time.Millisecond)
	gate.Unlock()
	results := l.Stop()
	waited := 0
	for s := range results.Samples() {
		if s.Latency > 100*time.Millisecond {
			waited++
		}
	}
	assert.InDelta(t, 40, waited, 10, "all requests that were due in the pause but for the last tenth of a second")
	assert.Greater(t, results.Percentile(99), 400*time.Millisecond)
}

func TestUploadsAndSlowRequests(t *testing.T) {
	t.Parallel()
	var uploads, slow, asked atomic.Int64
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		began := time.Now()
		n, err := io.Copy(io.Discard, r.Body)
		switch {
		case err != nil:
		case r.URL.String() == "/wait?seconds=1":
			asked.Add(1)
		case n == 64<<10 && time.Since(began) > 200*time.Millisecond:
			slow.Add(1)
		case n == 64<<10 && r.Method == http.MethodPost && r.URL.Path == "/files":
			uploads.Add(1)
		}
	})
	cfg := load.Config{URL: url, Rate: 50, UploadEvery: 5, SlowEvery: 10, UploadPath: "/files", SlowFor: 300 * time.Millisecond}
	results := run(t, cfg, 500*time.Millisecond)
	assert.Zero(t, results.Failed(), "%v", results.Failures(1))
	assert.EqualValues(t, results.ByKind()[load.Slow].Requests, slow.Load())
	assert.EqualValues(t, results.ByKind()[load.Upload].Requests, uploads.Load())
	assert.Positive(t, slow.Load()*uploads.Load())
	assert.Less(t, results.Percentile(100), 250*time.Millisecond, "slow requests say nothing about the application")
	assert.Greater(t, results.Percentile(50, load.Slow), 250*time.Millisecond)

	cfg.SlowPath = "/wait?seconds=1"
	results = run(t, cfg, 300*time.Millisecond)
	assert.EqualValues(t, results.ByKind()[load.Slow].Requests, asked.Load())
	assert.Positive(t, asked.Load())
}

func TestStreams(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/events" {
			return
		}
		application("v1")(w, r)
		switch opened.Add(1) {
		case 1: // the connection is cut
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case 2: // the end
		case 3: // silence
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		default:
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "data\n")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}
	})
	l := start(t, load.Config{URL: url, Rate: 1, StreamPath: "/events", Streams: 1, Timeout: 400 * time.Millisecond, SlowFor: time.Millisecond})
	reached(t, &opened, 4)
	time.Sleep(500 * time.Millisecond)
	results := l.Stop()
	var seen []load.Failure
	for s := range results.Samples() {
		if s.Kind == load.Stream {
			seen = append(seen, s.Failure)
			assert.Equal(t, "v1", s.Version)
		}
	}
	assert.Equal(t, []load.Failure{load.Truncated, "", load.Timeout, ""}, seen)
}

func TestStopsWithItsContextAndWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		time.Sleep(200 * time.Millisecond)
	})
	ctx, cancel := context.WithCancel(context.Background())
	l, err := load.Start(ctx, load.Config{URL: url, Rate: 100})
	require.NoError(t, err)
	reached(t, &asked, 10)
	assert.Positive(t, l.Live().UnderWay)
	cancel()
	<-l.Done()
	results := l.Stop()
	assert.Zero(t, results.Failed(), "%v", results.Failures(1))
	assert.EqualValues(t, asked.Load(), results.Requests())
	assert.Same(t, results, l.Stop())
	assert.Zero(t, l.Live().UnderWay)
}

func TestAbortGivesUpWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		<-r.Context().Done()
	})
	l := start(t, load.Config{URL: url, Rate: 100})
	reached(t, &asked, 10)
	began := time.Now()
	assert.Zero(t, l.Abort().Requests())
	assert.Less(t, time.Since(began), time.Second)
}

func TestRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	_, err := load.Start(context.Background(), load.Config{
		URL: "ftp://example.com", Rate: -1, NewEvery: -1, Streams: 1, SlowFor: time.Minute, UploadPath: "files", Timeout: -1,
	})
	assert.EqualError(t, err, `the load cannot start: URL must be an address that begins with http://, got "ftp://example.com"
Rate must be 1 to 10000 requests per second, got -1
Timeout must be positive, got -1ns
SlowFor must be positive and shorter than Timeout, -1ns, got 1m0s
NewEvery must not be negative, got -1
Streams and StreamPath must be set together, got 1 and ""
UploadPath must be a path that begins with "/", got "files"`)
}
