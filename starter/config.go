package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

const (
	// albIdleTimeout is how long an Application Load Balancer keeps an unused connection by default.
	albIdleTimeout = 60 * time.Second

	// ecsStopTimeout is how long the Amazon ECS agent waits between SIGTERM and SIGKILL by default.
	ecsStopTimeout = 30 * time.Second
)

// Config is everything the server takes from its environment.
type Config struct {
	// Address is the host and port to listen on. No host: every address of the machine.
	Address string

	// Version names the release, Instance the copy of it that answers.
	Version, Instance string

	// IdleTimeout is how long an unused connection stays open.
	IdleTimeout time.Duration

	// ShutdownDelay is how long the server goes on as before after SIGTERM, except that it is no
	// longer ready. ShutdownTimeout is how long the requests then have to finish.
	ShutdownDelay, ShutdownTimeout time.Duration

	// Rehearsal adds the paths for load tests, see [Server.rehearse].
	Rehearsal bool

	// Database is nil where the application runs without one.
	Database *DatabaseConfig
}

// LoadConfig reads the configuration from the environment variables that getenv returns. Its error
// names every problem, one on a line.
func LoadConfig(getenv func(string) string) (Config, error) {
	env := environment{getenv: getenv}
	port := env.number("PORT", 8080, 0, 65535)
	cfg := Config{
		Address:         net.JoinHostPort(getenv("LISTEN_ADDRESS"), strconv.Itoa(port)),
		Version:         env.text("VERSION", buildVersion),
		Instance:        env.text("INSTANCE_ID", hostname()),
		IdleTimeout:     env.duration("IDLE_TIMEOUT", 75*time.Second, time.Second),
		ShutdownDelay:   env.duration("SHUTDOWN_DELAY", 5*time.Second, 0),
		ShutdownTimeout: env.duration("SHUTDOWN_TIMEOUT", 20*time.Second, 0),
		Rehearsal:       env.flag("REHEARSAL", false),
		Database:        env.database(),
	}
	return cfg, errors.Join(env.problems...)
}

// Warnings names the settings that work, but not without failed requests in the usual surroundings.
// They are not errors because the limits belong to the surroundings, which can be set otherwise.
func (c Config) Warnings() []string {
	var warnings []string
	if c.IdleTimeout <= albIdleTimeout {
		warnings = append(warnings, fmt.Sprintf(
			"IDLE_TIMEOUT is %s: it must be longer than the load balancer's (%s by default), "+
				"which otherwise reuses a connection as it closes and answers 502",
			c.IdleTimeout, albIdleTimeout))
	}
	if c.Rehearsal {
		warnings = append(warnings, "REHEARSAL is on: anybody can keep requests open; do not set it where strangers come")
	}
	if total := c.ShutdownDelay + c.ShutdownTimeout; total >= ecsStopTimeout {
		warnings = append(warnings, fmt.Sprintf(
			"SHUTDOWN_DELAY and SHUTDOWN_TIMEOUT add up to %s: Amazon ECS kills a container "+
				"%s after SIGTERM by default", total, ecsStopTimeout))
	}
	return warnings
}

// hostname is the container's ID in a container of the ECS platform, as `docker ps` on the instance
// shows it. The ID of the EC2 instance is not available there without a call to its metadata.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}
