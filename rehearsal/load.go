//go:build unix

package main

import (
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// load is what users ask of url: every fifth request opens a connection, and where the application has
// the paths, every twentieth uploads, every fiftieth takes long, and two streams are open at any time.
// A slow request and a stream of the starter last for half of the time that an instance has to finish
// requests, but no longer than the starter allows.
func (r *rehearsal) load(url string) load.Config {
	o := r.options
	cfg := load.Config{
		URL: url + o.path, Rate: o.rate, NewEvery: 5,
		// The load balancer gives up first, and says so.
		Timeout: max(30*time.Second, r.policy.IdleTimeout+10*time.Second),
		// It closes connections that are idle, and a client that keeps them as long would measure that race.
		KeepFor:    min(30*time.Second, r.policy.IdleTimeout/2),
		UploadPath: o.upload, SlowPath: o.slow, StreamPath: o.stream,
		VersionHeader: versionHeader, InstanceHeader: instanceHeader,
	}
	if r.release.starter {
		last := min(r.scaled(r.policy.Drain)/2, time.Minute).Round(time.Millisecond)
		cfg.Timeout += last
		cfg.UploadPath = "/rehearsal/upload"
		cfg.SlowPath, cfg.StreamPath = "/rehearsal/slow?for="+last.String(), "/rehearsal/stream?for="+last.String()
	}
	if cfg.UploadPath != "" {
		cfg.UploadEvery = 20
	}
	if cfg.SlowPath != "" {
		cfg.SlowEvery = 50
	}
	if cfg.StreamPath != "" {
		cfg.Streams = 2
	}
	return cfg
}
