package load

import (
	"slices"
	"time"
)

// Bucket is what became of the requests that were due in a stretch of time.
type Bucket struct {
	From             time.Time
	Requests, Failed int
	// ByVersion counts all requests by the version that answered, as [Results.ByVersion] does.
	ByVersion map[string]int
	// P50 and P99 are the latencies of those that [Results.Percentile] counts.
	P50, P99 time.Duration
}

// Series divides the load into buckets, from its beginning until the last request was due. Buckets
// without a request are there too.
func (r *Results) Series(bucket time.Duration) []Bucket {
	var last time.Duration
	for _, c := range r.samples {
		last = max(last, c.at)
	}
	if len(r.samples) == 0 || bucket <= 0 {
		return nil
	}
	series := make([]Bucket, last/bucket+1)
	latencies := make([][]time.Duration, len(series))
	for i := range series {
		series[i] = Bucket{From: r.began.Add(time.Duration(i) * bucket), ByVersion: map[string]int{}}
	}
	for _, c := range r.samples {
		i := max(0, c.at) / bucket
		b := &series[i]
		b.Requests++
		b.ByVersion[r.versions.list[c.version]]++
		switch {
		case c.failure != 0:
			b.Failed++
		case slices.Contains(quick, kinds[c.kind]):
			latencies[i] = append(latencies[i], c.latency)
		}
	}
	for i := range series {
		slices.Sort(latencies[i])
		series[i].P50, series[i].P99 = percentile(latencies[i], 50), percentile(latencies[i], 99)
	}
	return series
}
