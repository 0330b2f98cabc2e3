package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// failuresKept is how many failed requests the document lists; samples.json has all.
const failuresKept = 1000

type failureJSON struct {
	At       float64      `json:"at"`
	Latency  float64      `json:"latency_seconds"`
	Kind     load.Kind    `json:"kind"`
	Status   int          `json:"status"`
	Failure  load.Failure `json:"failure"`
	Version  string       `json:"version"`
	Instance string       `json:"instance"`
	Phase    string       `json:"phase"`
	Detail   string       `json:"detail"`
}

func (r Run) loadJSON() *loadJSON {
	results := r.Results
	if results == nil {
		return nil
	}
	bucket := bucketFor(results.Ended().Sub(results.Began()))
	j := &loadJSON{
		Requests: results.Requests(), Failed: results.Failed(),
		BehindSeconds: results.Behind().Seconds(), FellBehind: results.FellBehind(),
		ByFailure: results.ByFailure(), ByStatus: results.ByStatus(),
		ByVersion: tallies(results.ByVersion()), ByInstance: tallies(results.ByInstance()), ByKind: tallies(results.ByKind()),
		Latency: map[string]float64{}, BucketSeconds: bucket.Seconds(),
		Series: []bucketJSON{}, Failures: []failureJSON{},
	}
	for name, p := range map[string]float64{"p50": 50, "p90": 90, "p99": 99, "p999": 99.9, "max": 100} {
		j.Latency[name] = results.Percentile(p).Seconds()
	}
	for _, b := range results.Series(bucket) {
		j.Series = append(j.Series, bucketJSON{r.x(b.From), b.Requests, b.Failed, b.ByVersion, b.P50.Seconds(), b.P99.Seconds()})
	}
	for _, f := range results.Failures(failuresKept) {
		j.Failures = append(j.Failures, failureJSON{
			r.x(f.At), f.Latency.Seconds(), f.Kind, f.Status, f.Failure, f.Version, f.Instance, r.phase(f.Ended()), f.Detail,
		})
	}
	return j
}

func tallies[K comparable](from map[K]load.Tally) map[K]tallyJSON {
	to := map[K]tallyJSON{}
	for k, t := range from {
		to[k] = tallyJSON{t.Requests, t.Failed}
	}
	return to
}

// samples writes every request, one a line: a row has the fields that the document names first.
func samples(w io.Writer, runs []Run) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, `{"format": %d, "fields": ["at", "latency_seconds", "kind", "status", "failure", "version", "instance"], "runs": [`, format)
	for i, r := range runs {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n[")
		if r.Results != nil {
			separator := "\n"
			for s := range r.Results.Samples() {
				row, err := json.Marshal([]any{r.x(s.At), s.Latency.Seconds(), s.Kind, s.Status, s.Failure, s.Version, s.Instance})
				if err != nil {
					return err
				}
				b.WriteString(separator)
				b.Write(row)
				separator = ",\n"
			}
		}
		b.WriteString("]")
	}
	b.WriteString("]}\n")
	return b.Flush()
}
