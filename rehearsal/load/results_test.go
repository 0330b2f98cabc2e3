package load_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func collect(samples ...load.Sample) *load.Results {
	return load.Collect(noon, noon.Add(time.Minute), func(yield func(load.Sample) bool) {
		for _, s := range samples {
			if !yield(s) {
				return
			}
		}
	})
}

func TestPercentilesAreExact(t *testing.T) {
	t.Parallel()
	var samples []load.Sample
	for i := 1000; i > 0; i-- {
		samples = append(samples, load.Sample{At: noon, Kind: load.KeepAlive, Latency: time.Duration(i) * time.Millisecond})
	}
	samples = append(samples,
		load.Sample{At: noon, Kind: load.Slow, Latency: time.Hour},
		load.Sample{At: noon, Kind: load.KeepAlive, Latency: 2 * time.Hour, Failure: load.Timeout})
	results := collect(samples...)
	for p, want := range map[float64]time.Duration{0: 1, 50: 500, 99: 990, 99.9: 999, 100: 1000} {
		assert.Equal(t, want*time.Millisecond, results.Percentile(p), "p%v", p)
	}
	assert.Equal(t, time.Hour, results.Percentile(50, load.Slow))
	assert.Zero(t, results.Percentile(50, load.Stream))
}

func TestSeries(t *testing.T) {
	t.Parallel()
	at := func(seconds float64, version string, failure load.Failure, kind load.Kind) load.Sample {
		return load.Sample{At: noon.Add(time.Duration(seconds * float64(time.Second))), Latency: time.Millisecond, Kind: kind, Version: version, Failure: failure}
	}
	results := collect(
		at(2.5, "v2", "", load.KeepAlive), // They come in the order in which they end.
		at(0, "v1", "", load.KeepAlive), at(0.9, "v2", "", load.Slow), at(0.99, "", load.Refused, load.Upload))
	assert.Equal(t, []load.Bucket{
		{From: noon, Requests: 3, Failed: 1, ByVersion: map[string]int{"v1": 1, "v2": 1, "": 1}, P50: time.Millisecond, P99: time.Millisecond},
		{From: noon.Add(time.Second), ByVersion: map[string]int{}},
		{From: noon.Add(2 * time.Second), Requests: 1, ByVersion: map[string]int{"v2": 1}, P50: time.Millisecond, P99: time.Millisecond},
	}, results.Series(time.Second))
	assert.Nil(t, collect().Series(time.Second))
}

func TestFailuresComeInTheOrderInWhichTheyWereDue(t *testing.T) {
	t.Parallel()
	results := collect(
		load.Sample{At: noon.Add(2), Kind: load.KeepAlive, Failure: load.BadGateway},
		load.Sample{At: noon.Add(3), Kind: load.KeepAlive},
		load.Sample{At: noon.Add(1), Kind: load.KeepAlive, Failure: load.Timeout})
	assert.Equal(t, 2, results.Failed())
	failures := results.Failures(50)
	assert.Len(t, failures, 2)
	assert.Equal(t, load.Timeout, failures[0].Failure)
	assert.Equal(t, load.BadGateway, results.Failures(50)[1].Failure)
	assert.Len(t, results.Failures(1), 1)
}

// A rehearsal of several minutes must fit beside the application that it rehearses.
func TestAHundredThousandRequestsTakeAFewMegabytes(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	results := load.Collect(noon, noon, func(yield func(load.Sample) bool) {
		for i := range 100_000 {
			yield(load.Sample{At: noon, Kind: load.KeepAlive, Version: fmt.Sprint("v", i), Instance: "i"})
		}
	})
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(8<<20))
	assert.Equal(t, 100_000, results.Requests())
	assert.Len(t, results.ByVersion(), 4097, "names beyond the first thousands share one")
}
