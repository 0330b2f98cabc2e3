package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Cause is why the load balancer could not answer requests with what an instance said.
type Cause struct {
	// Status is what the client got, or 0 where the answer had begun and broke off.
	Status int `json:"status"`
	// Instance is what it was forwarded to, or empty where there was none.
	Instance string `json:"instance"`
	// Reason says in a few words what happened.
	Reason string `json:"reason"`
}

// causesListed is how many causes are listed, the most frequent first.
const causesListed = 10

// Seen is how often something happened, and when for the first time.
type Seen struct {
	Times int
	First time.Time
}

type causeJSON struct {
	Cause
	Requests int     `json:"requests"`
	First    float64 `json:"first_at"`
}

// causesJSON are all causes, the most frequent first.
func (r Run) causesJSON() []causeJSON {
	all := []causeJSON{}
	for cause, seen := range r.Causes {
		all = append(all, causeJSON{cause, seen.Times, r.x(seen.First)})
	}
	slices.SortFunc(all, func(a, b causeJSON) int {
		return cmp.Or(b.Requests-a.Requests, cmp.Compare(a.First, b.First), cmp.Compare(a.Status, b.Status),
			strings.Compare(a.Instance, b.Instance), strings.Compare(a.Reason, b.Reason))
	})
	return all
}

// causes is why requests failed, as far as the load balancer knows.
func (r Run) causes() grid {
	g := grid{
		Caption: "Why the load balancer could not answer; requests of the probe count too",
		Header:  []string{"requests", "answered", "instance", "because", "for the first time after"},
	}
	for _, c := range r.causesJSON() {
		if len(g.Rows) == causesListed {
			break
		}
		status := fmt.Sprint(c.Status)
		if c.Status == 0 {
			status = "broke off"
		}
		g.row(number(c.Requests), status, cmp.Or(c.Instance, "-"), c.Reason, timed(r.Causes[c.Cause].First.Sub(r.Began), r.Speed))
	}
	return g
}
