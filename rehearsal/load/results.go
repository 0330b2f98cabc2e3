package load

import (
	"iter"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// Results is what the requests of a load came to.
type Results struct {
	began, ended        time.Time
	behind              time.Duration
	samples             []compact
	failed              int
	versions, instances names
	details             map[int]string // by the index of the sample
}

// detailsKept is for how many failures the client's words are kept.
const detailsKept = 1000

// recorder collects results while the load runs.
type recorder struct {
	Results
	mutex    sync.Mutex
	underWay int
	alarming int
	last     Failure
}

func (r *recorder) begin() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.underWay++
}

// end counts a request, unless it was given up.
func (r *recorder) end(s Sample, err error, counts bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.underWay--
	if counts {
		r.add(s, err)
	}
}

func (r *recorder) add(s Sample, err error) {
	if release.CountsAgainst(s.Status, s.Instance != "") {
		r.alarming++
	}
	if s.Failure != "" {
		r.failed, r.last = r.failed+1, s.Failure
		if err != nil && len(r.details) < detailsKept {
			if r.details == nil {
				r.details = map[int]string{}
			}
			r.details[len(r.samples)] = err.Error()
		}
	}
	r.samples = append(r.samples, compact{
		at: s.At.Sub(r.began), latency: s.Latency, status: uint16(s.Status),
		kind: uint8(slices.Index(kinds, s.Kind)), failure: uint8(slices.Index(failures, s.Failure)),
		version: r.versions.add(s.Version), instance: r.instances.add(s.Instance),
	})
}

func (r *recorder) live() Live {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return Live{Requests: len(r.samples), Failed: r.failed, UnderWay: r.underWay, Alarming: r.alarming, Last: r.last}
}

func (r *recorder) close(behind time.Duration) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.ended, r.behind = time.Now(), behind
}

// Collect makes results of samples that were taken elsewhere, between two times.
func Collect(began, ended time.Time, samples iter.Seq[Sample]) *Results {
	r := recorder{Results: Results{began: began, ended: ended}}
	for s := range samples {
		r.add(s, nil)
	}
	return &r.Results
}

// Began is when the first request was due, Ended when the last had its answer.
func (r *Results) Began() time.Time { return r.began }

// Ended is when the last request had its answer.
func (r *Results) Ended() time.Time { return r.ended }

// Behind is the longest time by which a request left late.
func (r *Results) Behind() time.Duration { return r.behind }

// FellBehind tells whether the load could not keep its rate: a request left more than a second late,
// and what was measured says as much about this machine as about the application.
func (r *Results) FellBehind() bool { return r.behind > time.Second }

// Requests is the number of requests that were answered or failed.
func (r *Results) Requests() int { return len(r.samples) }

// Failed is the number of requests that failed.
func (r *Results) Failed() int { return r.failed }

// Samples are the requests, in the order in which they ended.
func (r *Results) Samples() iter.Seq[Sample] {
	return func(yield func(Sample) bool) {
		for _, c := range r.samples {
			if !yield(r.sample(c)) {
				return
			}
		}
	}
}

func (r *Results) sample(c compact) Sample {
	return Sample{
		At: r.began.Add(c.at), Latency: c.latency, Kind: kinds[c.kind], Status: int(c.status), Failure: failures[c.failure],
		Version: r.versions.list[c.version], Instance: r.instances.list[c.instance],
	}
}

// Failures are the first n requests that failed, in the order in which they were due.
func (r *Results) Failures(n int) []FailedSample {
	all := make([]int, 0, r.failed)
	for i, c := range r.samples {
		if c.failure != 0 {
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b int) int { return int(r.samples[a].at - r.samples[b].at) })
	first := make([]FailedSample, min(n, len(all)))
	for i := range first {
		first[i] = FailedSample{r.sample(r.samples[all[i]]), r.details[all[i]]}
	}
	return first
}

// ByFailure counts the failed requests by the way they failed.
func (r *Results) ByFailure() map[Failure]int {
	return count(r, func(c compact) (Failure, bool) { return failures[c.failure], c.failure != 0 })
}

// ByStatus counts the answers by their status.
func (r *Results) ByStatus() map[int]int {
	return count(r, func(c compact) (int, bool) { return int(c.status), c.status != 0 })
}

func count[K comparable](r *Results, key func(compact) (K, bool)) map[K]int {
	counts := map[K]int{}
	for _, c := range r.samples {
		if k, ok := key(c); ok {
			counts[k]++
		}
	}
	return counts
}

// Tally counts requests.
type Tally struct{ Requests, Failed int }

// ByVersion counts the requests by the version that answered; "" is for those without an answer, or
// whose answer names none.
func (r *Results) ByVersion() map[string]Tally {
	return tally(r, func(c compact) string { return r.versions.list[c.version] })
}

// ByInstance counts the requests by the instance that answered.
func (r *Results) ByInstance() map[string]Tally {
	return tally(r, func(c compact) string { return r.instances.list[c.instance] })
}

// ByKind counts the requests by their kind.
func (r *Results) ByKind() map[Kind]Tally {
	return tally(r, func(c compact) Kind { return kinds[c.kind] })
}

func tally[K comparable](r *Results, key func(compact) K) map[K]Tally {
	tallies := map[K]Tally{}
	for _, c := range r.samples {
		k := key(c)
		t := tallies[k]
		t.Requests++
		if c.failure != 0 {
			t.Failed++
		}
		tallies[k] = t
	}
	return tallies
}

// Percentile is the latency that p percent of the requests did not exceed, exactly, among those of
// the kinds that did not fail; without kinds, among those that are neither slow nor streams, since
// those take as long as they were told to. It is 0 where there are none.
func (r *Results) Percentile(p float64, of ...Kind) time.Duration {
	return percentile(r.latencies(of), p)
}

// latencies are sorted.
func (r *Results) latencies(of []Kind) []time.Duration {
	if len(of) == 0 {
		of = quick
	}
	latencies := make([]time.Duration, 0, len(r.samples))
	for _, c := range r.samples {
		if c.failure == 0 && slices.Contains(of, kinds[c.kind]) {
			latencies = append(latencies, c.latency)
		}
	}
	slices.Sort(latencies)
	return latencies
}

// percentile is by nearest rank.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p*float64(len(sorted))/100 - 1e-6)) // 99.9 has no exact float64.
	return sorted[min(max(rank, 1), len(sorted))-1]
}
