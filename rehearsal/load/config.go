package load

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Config is what is asked, and how often.
type Config struct {
	// URL is asked by all requests for which no other path is set. Required.
	URL string

	// Rate is the number of requests per second, 1 to 10000. Streams come on top. Default: 50.
	Rate int

	// Timeout is how long an answer may take, from when its request is sent. Default: 30 s.
	Timeout time.Duration

	// KeepFor is how long a connection that is idle is kept, which has to be less than the server keeps
	// it. Default: 30 s.
	KeepFor time.Duration

	// NewEvery, UploadEvery and SlowEvery make every n-th request one that opens a connection for
	// itself, one that uploads, and one that takes long. Where a request would be two of them, it is
	// the slowest. Default: 0, none; what remains reuses connections.
	NewEvery, UploadEvery, SlowEvery int

	// UploadPath is where uploads are posted, a path and query. Default: that of URL.
	UploadPath string

	// SlowPath is a path and query that takes long to answer. Default: none; then a slow request is
	// an upload to UploadPath whose body is sent little by little.
	SlowPath string

	// SlowFor is how long the body of such a slow upload takes to send. Default: 2 s.
	SlowFor time.Duration

	// StreamPath is a path and query whose answer goes on and on, such as server-sent events. Streams
	// is how many are kept open at a time. Default: none.
	StreamPath string
	Streams    int

	// VersionHeader and InstanceHeader are the headers of an answer that name the version and the
	// instance it comes from. Default: X-App-Version and X-Instance.
	VersionHeader, InstanceHeader string
}

// withDefaults returns the configuration with every unset field at its default.
func (c Config) withDefaults() Config {
	c.Rate = cmp.Or(c.Rate, 50)
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	c.KeepFor = cmp.Or(c.KeepFor, 30*time.Second)
	c.SlowFor = cmp.Or(c.SlowFor, 2*time.Second)
	c.VersionHeader = cmp.Or(c.VersionHeader, "X-App-Version")
	c.InstanceHeader = cmp.Or(c.InstanceHeader, "X-Instance")
	return c
}

// Validate returns all that is wrong with the configuration.
func (c Config) Validate() error {
	c = c.withDefaults()
	var problems []error
	report := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	base, err := url.Parse(c.URL)
	if err != nil || base.Scheme != "http" || base.Host == "" {
		report("URL must be an address that begins with http://, got %q", c.URL)
		base = &url.URL{}
	}
	if c.Rate < 1 || c.Rate > 10000 {
		report("Rate must be 1 to 10000 requests per second, got %d", c.Rate)
	}
	if c.Timeout < 0 {
		report("Timeout must be positive, got %s", c.Timeout)
	}
	if c.KeepFor < 0 {
		report("KeepFor must be positive, got %s", c.KeepFor)
	}
	if c.SlowFor < 0 || c.SlowFor >= c.Timeout {
		report("SlowFor must be positive and shorter than Timeout, %s, got %s", c.Timeout, c.SlowFor)
	}
	for _, n := range []struct {
		field string
		value int
	}{{"NewEvery", c.NewEvery}, {"UploadEvery", c.UploadEvery}, {"SlowEvery", c.SlowEvery}, {"Streams", c.Streams}} {
		if n.value < 0 {
			report("%s must not be negative, got %d", n.field, n.value)
		}
	}
	if (c.Streams > 0) != (c.StreamPath != "") {
		report("Streams and StreamPath must be set together, got %d and %q", c.Streams, c.StreamPath)
	}
	for _, p := range []struct{ field, value string }{
		{"UploadPath", c.UploadPath}, {"SlowPath", c.SlowPath}, {"StreamPath", c.StreamPath},
	} {
		if _, err := base.Parse(p.value); err != nil || p.value != "" && p.value[0] != '/' {
			report(`%s must be a path that begins with "/", got %q`, p.field, p.value)
		}
	}
	return errors.Join(problems...)
}

// kind says what the n-th request is.
func (c Config) kind(n uint64) Kind {
	every := func(m int) bool { return m > 0 && n%uint64(m) == uint64(m)-1 }
	switch {
	case every(c.SlowEvery):
		return Slow
	case every(c.UploadEvery):
		return Upload
	case every(c.NewEvery):
		return NewConnection
	}
	return KeepAlive
}

// at is the address of a path and query on the application, which Validate has checked.
func (c Config) at(path string) string {
	base, err := url.Parse(c.URL)
	if err != nil {
		return c.URL
	}
	if base.Path == "" {
		base.Path = "/"
	}
	if path == "" {
		return base.String()
	}
	target, err := base.Parse(path)
	if err != nil {
		return c.URL
	}
	return target.String()
}
