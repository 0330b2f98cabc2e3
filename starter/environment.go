package main

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// Secret is a text that does not appear when it is printed, logged or encoded.
type Secret string

const hidden = "[hidden]"

// String hides the secret from every verb of fmt but %#v.
func (Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return hidden }

// MarshalText hides the secret from JSON and other encodings.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the secret from log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// environment reads typed values from environment variables and collects what is wrong with them.
// An empty variable counts as not set.
type environment struct {
	getenv   func(string) string
	problems []error
}

func (e *environment) problem(format string, args ...any) {
	e.problems = append(e.problems, fmt.Errorf(format, args...))
}

func (e *environment) text(name, fallback string) string {
	if value := e.getenv(name); value != "" {
		return value
	}
	return fallback
}

func (e *environment) number(name string, fallback, low, high int) int {
	value := e.getenv(name)
	if value == "" {
		return fallback
	}
	number, err := strconv.Atoi(value)
	if err != nil || number < low || number > high {
		e.problem("%s must be a whole number from %d to %d, got %q", name, low, high, value)
		return fallback
	}
	return number
}

func (e *environment) flag(name string, fallback bool) bool {
	switch value := e.getenv(name); value {
	case "":
		return fallback
	case "true", "false":
		return value == "true"
	default:
		e.problem("%s must be true or false, got %q", name, value)
		return fallback
	}
}

func (e *environment) duration(name string, fallback, low time.Duration) time.Duration {
	value := e.getenv(name)
	if value == "" {
		return fallback
	}
	duration, err := time.ParseDuration(value)
	if err != nil || duration < low {
		e.problem("%s must be a duration of at least %s, such as 500ms, 20s or 1m30s, got %q",
			name, low, value)
		return fallback
	}
	return duration
}
