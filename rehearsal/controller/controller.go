//go:build unix

package controller

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
)

// Controller holds the environment, or with BlueGreen the two, that a release changes. Make one with
// [Prepare].
type Controller struct {
	release  Release
	balancer *balancer.Balancer
	fleet    *fleet.Fleet
	events   func(Event)
	start    time.Duration // how long the fleet took to start, which no speed shortens

	mu         sync.Mutex // guards everything below, and the members
	live, idle *environment
	swapping   bool  // resolvers know both addresses
	at         Event // step, action and direction of what goes on

	telling sync.Mutex // keeps events in order, and guards what they leave behind
	last    Event
	lows    []*low
}

// low is the smallest number of instances in service while somebody looks.
type low struct{ instances int }

// Prepare starts the fleet with the version From and returns when all of it serves. BlueGreen's idle
// environment runs From too: what was live before. The instances live until the fleet is closed; when
// ctx ends nothing new is begun.
func Prepare(ctx context.Context, release Release, b *balancer.Balancer, f *fleet.Fleet, events func(Event)) (*Controller, error) {
	c := &Controller{release: release.withDefaults(), balancer: b, fleet: f, events: events, at: Event{Step: -1}}
	policy := c.release.Policy
	c.live = &environment{group: b.NewGroup("live")}
	b.Forward(map[*balancer.Group]int{c.live.group: 1})
	c.say("%d instances start with %s", policy.Fleet.Desired, c.release.From.Name)
	all := c.add(c.live, c.live.group, &c.release.From, policy.Fleet.Desired)
	if policy.Method == rollout.BlueGreen {
		c.idle = &environment{group: b.NewGroup("idle")}
		first := policy.Plan()[0]
		idle := first.Out
		if first.Action == rollout.Launch {
			idle -= first.Instances
		}
		all = append(all, c.add(c.idle, c.idle.group, &c.release.From, idle)...)
	}
	began := time.Now()
	if err := c.boot(ctx, all); err != nil {
		return nil, fmt.Errorf("the version that is to be replaced does not start: %w", err)
	}
	c.register(all)
	if err := c.serves(ctx, all); err != nil {
		return nil, fmt.Errorf("the version that is to be replaced does not serve: %w", err)
	}
	c.start = time.Since(began)
	c.say("%d instances serve %s", policy.Fleet.Desired, c.release.From.Name)
	return c, nil
}

// commandTimeout is how long a batch may take to become healthy: the policy's time, compressed, and what
// the application takes to start anyway, or a slow one would never be healthy at a high speed.
func (c *Controller) commandTimeout() time.Duration {
	return c.release.scaled(c.release.Policy.CommandTimeout) + c.start
}

// serves waits until all members are healthy, as long as a batch of a release may take, but no less than
// an application needs whose time is not compressed.
func (c *Controller) serves(ctx context.Context, members []*member) error {
	patience := max(time.Minute, c.release.scaled(c.release.Policy.CommandTimeout))
	deadline := time.Now().Add(patience)
	for sleep(ctx, 2*time.Millisecond) == nil {
		m, ailment := c.ailing(members)
		switch {
		case m == nil:
			return nil
		case !m.instance.Running():
			return m.instance.Problem(*m.version, errors.New("it has exited"))
		case time.Now().After(deadline):
			return m.instance.Problem(*m.version, fmt.Errorf("not healthy within %s: %s", patience, ailment))
		}
	}
	return ctx.Err()
}

// Run prepares a fleet and releases the new version to it.
func Run(ctx context.Context, release Release, b *balancer.Balancer, f *fleet.Fleet, events func(Event)) (Outcome, error) {
	c, err := Prepare(ctx, release, b, f, events)
	if err != nil {
		return Outcome{}, err
	}
	return c.Run(ctx)
}

// Run executes the plan, and the way back where one is needed. Its error is only that of ctx: what
// goes wrong in a release is an outcome. It may be called once.
func (c *Controller) Run(ctx context.Context) (Outcome, error) {
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { c.watch(watching) })
	defer watch.Wait()
	defer stop()

	r := c.newRun(&c.release.To, c.release.Policy.Plan())
	outcome, err := r.execute(ctx)
	if err != nil || outcome.Succeeded {
		return outcome, err
	}
	if back := c.wayBack(r); back != nil {
		c.say("the way back begins")
		way, err := back.execute(ctx)
		outcome.WayBack = &way
		return outcome, err
	}
	return outcome, nil
}

// watch tells of changes that no step makes: an instance that fails its checks or exits.
func (c *Controller) watch(ctx context.Context) {
	for sleep(ctx, 5*time.Millisecond) == nil {
		c.tell("", false)
	}
}

func (c *Controller) say(format string, args ...any) { c.tell(fmt.Sprintf(format, args...), true) }

// tell sends an event if there is something to say or the numbers have changed.
func (c *Controller) tell(text string, always bool) Event {
	c.telling.Lock()
	defer c.telling.Unlock()
	c.mu.Lock()
	event := c.at
	c.mu.Unlock()
	event.At, event.Text = time.Now(), text
	event.Old, event.New, event.Out = c.count()
	for _, low := range c.lows {
		low.instances = min(low.instances, event.Old+event.New)
	}
	changed := event.Old != c.last.Old || event.New != c.last.New || event.Out != c.last.Out
	c.last = event
	if c.events != nil && (always || changed) {
		c.events(event)
	}
	return event
}

// lowest begins to look for the smallest number in service. The function that it returns ends that.
func (c *Controller) lowest() (end func() int) {
	c.telling.Lock()
	defer c.telling.Unlock()
	look := &low{instances: int(^uint(0) >> 1)}
	c.lows = append(c.lows, look)
	return func() int {
		c.tell("", false)
		c.telling.Lock()
		defer c.telling.Unlock()
		for i, other := range c.lows {
			if other == look {
				c.lows = append(c.lows[:i:i], c.lows[i+1:]...)
				break
			}
		}
		return look.instances
	}
}

// setback is why a release does not go on.
type setback struct {
	reason string
	hurt   bool // users were, so the pipeline acts by itself
}

func (s setback) Error() string { return s.reason }

// healthy waits until all members are.
func (c *Controller) healthy(ctx context.Context, members []*member, deadline time.Time) error {
	for {
		ailments := c.ailments(members)
		if len(ailments) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return setback{reason: c.late(ailments, members)}
		}
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return err
		}
	}
}

// late says what is wrong with members, and what one of those said last.
func (c *Controller) late(ailments []string, members []*member) string {
	text := fmt.Sprintf("not healthy within the command timeout of %s (here %s): %s",
		c.release.Policy.CommandTimeout, c.commandTimeout().Round(100*time.Millisecond), strings.Join(ailments, ", "))
	if m, _ := c.ailing(members); m != nil && m.instance != nil && m.instance.LastOutput() != "" {
		last := strings.ReplaceAll(m.instance.LastOutput(), "\n", "\n    ")
		text += fmt.Sprintf("; the last output of %s:\n    %s", m.instance.ID(), last)
	}
	return text
}
