// Command starter is a small web application made to be replaced without a failed request: it says
// when it is ready, and it finishes what it has begun before it stops.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// buildVersion is set by the linker, see the Dockerfile.
var buildVersion = "dev"

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if len(args) > 0 && !slices.Equal(args, []string{"migrate"}) {
		fmt.Fprintf(stderr, "Unknown command %q: there is migrate; without a command the server starts.\n",
			strings.Join(args, " "))
		return 1
	}
	cfg, err := LoadConfig(getenv)
	if err != nil {
		fmt.Fprintf(stderr, "The server cannot start with these settings:\n%v\n", err)
		return 1
	}
	log := slog.New(slog.NewJSONHandler(stdout, nil)).
		With("version", cfg.Version, "instance", cfg.Instance)
	for _, warning := range cfg.Warnings() {
		log.Warn(warning)
	}
	if len(args) > 0 {
		if err := migrateDatabase(untilSignal(log), cfg, migrations, log); err != nil {
			fmt.Fprintf(stderr, "The database is not migrated: %v\n", err)
			return 1
		}
		return 0
	}

	server, err := NewServer(cfg, log)
	if err != nil {
		fmt.Fprintf(stderr, "The server cannot start: %v\n", err)
		return 1
	}
	untilStop := untilSignal(log)
	listener, err := net.Listen("tcp", cfg.Address)
	if err != nil {
		fmt.Fprintf(stderr, "The server cannot start: %v\n", err)
		return 1
	}
	log.Info("listening", "address", listener.Addr().String(), "database", cfg.Database.String())

	if err := server.Run(untilStop, listener); err != nil {
		log.Error("stopped before every request was answered", "error", err.Error())
		return 1
	}
	log.Info("stopped")
	return 0
}

// untilSignal returns a context that ends with the first SIGTERM or SIGINT. A second one ends the
// process: the kernel ignores unhandled signals to process 1 of a container, so it must be explicit.
func untilSignal(log *slog.Logger) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		first := <-signals
		log.Info("shutting down", "signal", first.String())
		cancel()
		second := <-signals
		log.Error("second signal: exiting at once", "signal", second.String())
		os.Exit(1)
	}()
	return ctx
}
