package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"hash/fnv"
	"html/template"
	"net/http"
	"strings"
	"time"
)

// contentSecurityPolicy allows the page its own styles and its icon. What default-src does not reach is closed by name:
// other sites that frame the page, and injected tags that move its links or add forms.
const contentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// Status is what the page shows, and what a client gets that asks for JSON.
type Status struct {
	Version  string         `json:"version"`
	Instance string         `json:"instance"`
	Database DatabaseStatus `json:"database"`

	// Releases are the latest. There are none while no migration has made their table.
	Releases []Release `json:"releases,omitempty"`
}

// DatabaseStatus tells how the database is.
type DatabaseStatus struct {
	// State is "ok", "failing" or "none".
	State string `json:"state"`

	// Version and Milliseconds, the time an answer takes, are set if State is "ok".
	Version      string  `json:"version,omitempty"`
	Milliseconds float64 `json:"milliseconds,omitempty"`
}

// Hue gives each version a colour of its own, so that a rollout can be seen from afar.
func (s Status) Hue() uint32 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(s.Version))
	return hash.Sum32() % 360
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	status := Status{
		Version:  s.cfg.Version,
		Instance: s.cfg.Instance,
		Database: s.databaseStatus(r.Context()),
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	if status.Database.State == "ok" {
		releases, err := s.database.Releases(r.Context())
		switch {
		case err == nil:
			status.Releases = releases
		case isOutage(err):
			status.Database = s.failing(err)
		default:
			s.log.Error("the query does not suit the database", "error", err.Error())
			http.Error(w, "internal error", http.StatusInternalServerError)
			return
		}
	}
	header.Set("Vary", "Accept")
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		header.Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(status)
		return
	}

	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, status); err != nil {
		panic(err)
	}
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	_, _ = w.Write(page.Bytes())
}

func (s *Server) databaseStatus(ctx context.Context) DatabaseStatus {
	if s.database == nil {
		return DatabaseStatus{State: "none"}
	}
	version, took, err := s.database.Probe(ctx)
	if err != nil {
		return s.failing(err)
	}
	milliseconds := float64(took.Round(10*time.Microsecond)) / float64(time.Millisecond)
	return DatabaseStatus{State: "ok", Version: version, Milliseconds: milliseconds}
}

func (s *Server) failing(err error) DatabaseStatus {
	s.log.Warn("the page has no database", "error", err.Error())
	return DatabaseStatus{State: "failing"}
}
