//go:build unix

package controller

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
)

// The trial of the idle environment, as the pipeline's program does it.
const (
	trialAnswers = 10
	trialLimit   = 3 * time.Minute
)

// tryOut asks the idle environment at its own address until it has answered well often enough in a row.
func (r *run) tryOut(ctx context.Context, step rollout.Step) error {
	r.measure()
	// Instances that an idle environment got back have to serve first.
	if err := r.healthy(ctx, r.members(r.idle, everyone), time.Now().Add(r.commandTimeout())); err != nil {
		return r.overlook(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return r.failed(ctx, err)
	}
	server := &http.Server{Handler: r.idle.group, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(listener) }()
	defer func() { _ = server.Close(); <-ended }()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}

	deadline, problem := time.Now().Add(r.release.scaled(trialLimit)), ""
	for good := 0; good < trialAnswers; {
		if problem != "" && time.Now().After(deadline) {
			return setback{reason: fmt.Sprintf("the idle environment did not give %d good answers in a row; the last bad one: %s",
				trialAnswers, problem)}
		}
		good++
		for _, path := range []string{r.release.Policy.Health.Path, r.release.ProbePath} {
			if bad := ask(ctx, client, "http://"+listener.Addr().String()+path); bad != "" {
				good, problem = 0, path+": "+bad
			}
		}
		if err := sleep(ctx, r.release.scaled(step.Duration)/trialAnswers); err != nil {
			return err
		}
	}
	return nil
}

// ask returns what is bad about an answer.
func ask(ctx context.Context, client *http.Client, url string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	response, err := client.Do(request)
	if err != nil {
		return err.Error()
	}
	_ = response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode >= 400 {
		return response.Status
	}
	return ""
}

// swap exchanges the addresses. Resolvers go on answering with the old one for as long as they may keep
// it, so requests move over bit by bit and both environments serve.
func (r *run) swap(ctx context.Context, step rollout.Step) error {
	r.mu.Lock()
	r.live, r.idle, r.swapping = r.idle, r.live, true
	r.mu.Unlock()
	r.swapped = !r.swapped
	r.measure()
	const parts = 20
	for moved := 1; moved <= parts; moved++ {
		r.balancer.Forward(map[*balancer.Group]int{r.live.group: moved, r.idle.group: parts - moved})
		if err := sleep(ctx, r.release.scaled(step.Duration)/parts); err != nil {
			return err
		}
	}
	return nil
}

// observe asks, while the release is watched or bakes, whether users are hurt.
func (r *run) observe(ctx context.Context, step rollout.Step) error {
	r.measure()
	end := time.Now().Add(r.release.scaled(step.Duration))
	pause := max(r.release.scaled(time.Second), 5*time.Millisecond)
	for {
		if !r.wayBack && r.release.Hurt() {
			return setback{reason: fmt.Sprintf("users met errors during the %s", step.Action), hurt: true}
		}
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		if err := sleep(ctx, min(pause, left)); err != nil {
			return err
		}
	}
}
