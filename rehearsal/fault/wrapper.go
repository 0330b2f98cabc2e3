//go:build unix

package fault

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
)

// never is longer than anybody waits.
const never = 365 * 24 * time.Hour

// run starts the real command and stands in front of it.
func run(name string, o Options, c fleet.Command) int {
	began := time.Now()
	stop := make(chan os.Signal, 1)
	if name == IgnoresSIGTERM {
		signal.Ignore(syscall.SIGTERM)
	} else {
		signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	}
	scaled := func(d time.Duration) time.Duration { return time.Duration(float64(d) / o.Speed) }
	switch name {
	case ExitsAtStart:
		fmt.Fprintf(os.Stderr, "fault %s: this version exits at its start\n", name)
		return 1
	case SlowStart:
		select {
		case <-time.After(scaled(startTakes)):
		case <-stop:
			return 0
		}
	}
	real, err := start(c)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer real.fleet.Close()

	handler := misbehave(name, o.ReadyPath, real.proxy(), func(d time.Duration) bool { return time.Since(began) > scaled(d) })
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if name == DropsKeepAlive {
		listener, server.ConnState = forgetful{listener}, noteIdle
	}
	go func() { _ = server.Serve(listener) }()

	select {
	case <-stop:
		// The real command stops in its own way, and what it still answers is passed on.
		real.instance.Stop(context.Background(), never)
		_ = server.Shutdown(context.Background())
		return 0
	case <-real.instance.Exited():
		fmt.Fprintln(os.Stderr, "the command has exited")
		return 1
	}
}

// command is the real command at work.
type command struct {
	fleet    *fleet.Fleet
	instance *fleet.Instance
}

// start runs the command on a port of its own. Its output goes where the output of this process goes.
func start(c fleet.Command) (command, error) {
	// It keeps the name that this process was given.
	for _, name := range []string{"INSTANCE_ID", "VERSION"} {
		c.Env = append(c.Env, name+"="+os.Getenv(name))
	}
	f, err := fleet.New("")
	if err != nil {
		return command{}, err
	}
	instance, err := f.Start(context.Background(), fleet.Version{Name: os.Getenv("VERSION"), Command: c})
	if err != nil {
		f.Close()
		return command{}, err
	}
	return command{f, instance}, nil
}

func (c command) proxy() http.Handler {
	target := &url.URL{Scheme: "http", Host: c.instance.Addr()}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			if r.Out.Body != nil {
				r.Out.Body = balancer.Bounded(r.Out.Body, r.In.ContentLength)
			}
			r.Out.Host = r.In.Host
			for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto"} {
				r.Out.Header[name] = r.In.Header[name]
			}
		},
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 1024},
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			// A command that does not answer is passed on as one that closes the connection.
			panic(http.ErrAbortHandler)
		},
	}
}

// misbehave puts the faults that are about answers in front of next. after tells whether a time has
// passed since the start.
func misbehave(name, ready string, next http.Handler, after func(time.Duration) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		check := r.URL.Path == ready
		switch {
		case name == NeverReady && check:
			bad(w, http.StatusServiceUnavailable)
		case name == ReadyTooEarly && check:
			w.WriteHeader(http.StatusOK)
		case name == ReadyTooEarly && !after(earlyFor):
			bad(w, http.StatusServiceUnavailable)
		case name == ErrorsLater && !check && after(errorsAfter):
			bad(w, http.StatusInternalServerError)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// bad answers as the application would, with its name.
func bad(w http.ResponseWriter, status int) {
	w.Header().Set("X-App-Version", os.Getenv("VERSION"))
	w.Header().Set("X-Instance", os.Getenv("INSTANCE_ID"))
	http.Error(w, http.StatusText(status), status)
}
