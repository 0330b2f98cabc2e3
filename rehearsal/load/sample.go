package load

import (
	"slices"
	"time"
)

// Kind is a kind of request.
type Kind string

// The kinds of requests.
const (
	KeepAlive     Kind = "keep-alive"     // reuses a connection
	NewConnection Kind = "new connection" // opens a connection and closes it
	Upload        Kind = "upload"         // sends a body
	Slow          Kind = "slow"           // takes long
	Stream        Kind = "stream"         // its answer goes on until one side ends it
)

var kinds = []Kind{KeepAlive, NewConnection, Upload, Slow, Stream}

// Kinds lists every kind.
func Kinds() []Kind { return slices.Clone(kinds) }

// quick are the kinds whose latency says something about the application: the others take as long
// as they were told to.
var quick = []Kind{KeepAlive, NewConnection, Upload}

// Failure is the way in which a request failed; "" is an answer, be it a redirect or an error of the
// 4xx kind, for those come from the application and mean what they say.
type Failure string

// The ways to fail.
const (
	Refused            Failure = "refused"   // nobody listens
	Reset              Failure = "reset"     // the connection ended before an answer began
	Timeout            Failure = "timeout"   // no answer, or not all of it, in time
	BadGateway         Failure = "502"       // the load balancer got no proper answer
	ServiceUnavailable Failure = "503"       // nobody is there to answer
	GatewayTimeout     Failure = "504"       // the load balancer got no answer in time
	ServerError        Failure = "5xx"       // any other error of the 5xx kind
	Truncated          Failure = "truncated" // the answer ended before its end
	Other              Failure = "other"     // not HTTP, or this machine is at its limits
)

var failures = []Failure{"", Refused, Reset, Timeout, BadGateway, ServiceUnavailable, GatewayTimeout, ServerError, Truncated, Other}

// Sample is one request.
type Sample struct {
	// At is when the request was due.
	At time.Time
	// Latency is the time from At to the last byte of the answer, or to the failure.
	Latency time.Duration
	Kind    Kind
	// Status is 0 where no answer began.
	Status  int
	Failure Failure
	// Version and Instance are what answered; "" where the answer does not say.
	Version, Instance string
}

// Ended is when the last byte of the answer came, or when the request failed.
func (s Sample) Ended() time.Time { return s.At.Add(s.Latency) }

// FailedSample is a request that failed, with the reason in the words of the HTTP client.
type FailedSample struct {
	Sample
	// Detail is "" where the answer itself is the failure, and for all but the first thousand.
	Detail string
}

// compact is a [Sample] in 24 bytes: a rehearsal takes more than a hundred thousand.
type compact struct {
	at, latency       time.Duration // at counts from the beginning
	status            uint16
	kind, failure     uint8
	version, instance uint16
}

// names keeps every name once.
type names struct {
	list  []string
	index map[string]uint16
}

// namesKept bounds the memory where an application names itself anew in each answer; what comes
// after shares one name.
const (
	namesKept = 4096
	others    = "(others)"
)

func (n *names) add(name string) uint16 {
	if i, known := n.index[name]; known {
		return i
	}
	if n.index == nil {
		n.index = map[string]uint16{}
	}
	if len(n.list) >= namesKept && name != others {
		return n.add(others)
	}
	i := uint16(len(n.list))
	n.list, n.index[name] = append(n.list, name), i
	return i
}
