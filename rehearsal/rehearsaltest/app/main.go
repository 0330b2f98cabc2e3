// Command app is the application that the tests of a rehearsal rehearse. It says which version and
// instance answers, and is as bad as its variables want it: EXIT=1 ends it at once, DELAY=1s listens
// later, STUBBORN=1 ignores SIGTERM, CHILD=1 starts a process of its own, LIFE=1s ends it after a while,
// SICK=1 is never ready, ONLY=folder starts as long as there is no such folder.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func main() { os.Exit(app()) }

func app() int {
	if os.Getenv("EXIT") != "" {
		fmt.Println("cannot work like this")
		return 3
	}
	if once := os.Getenv("ONLY"); once != "" {
		if err := os.Mkdir(once, 0o700); err != nil {
			fmt.Println("started before")
			return 1
		}
	}
	if os.Getenv("CHILD") != "" {
		if err := exec.Command("sleep", "300").Start(); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	if os.Getenv("STUBBORN") != "" {
		stop = context.WithoutCancel(stop)
	}
	if life, err := time.ParseDuration(os.Getenv("LIFE")); err == nil {
		stop, cancel = context.WithTimeout(stop, life)
		defer cancel()
	}
	delay, _ := time.ParseDuration(os.Getenv("DELAY"))
	time.Sleep(delay)
	listener, err := net.Listen("tcp", net.JoinHostPort(os.Getenv("LISTEN_ADDRESS"), os.Getenv("PORT")))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	server := &http.Server{Handler: http.HandlerFunc(answer), IdleTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	<-stop.Done()
	if err := server.Shutdown(context.Background()); err != nil {
		return 1
	}
	return 0
}

// answer says which version and instance answers, after as long as /slow is asked to take.
func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-App-Version", os.Getenv("VERSION"))
	w.Header().Set("X-Instance", os.Getenv("INSTANCE_ID"))
	if r.URL.Path == "/readyz" && os.Getenv("SICK") != "" {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if pause, err := time.ParseDuration(r.URL.Query().Get("takes")); err == nil {
		time.Sleep(pause)
	}
	fmt.Fprintln(w, os.Getenv("VERSION"), os.Getenv("INSTANCE_ID"))
}
