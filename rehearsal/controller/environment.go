//go:build unix

package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
)

// environment is a fleet behind an address.
type environment struct {
	group   *balancer.Group
	members []*member
}

// member is an instance from its launch to its end. What changes is guarded by the controller.
type member struct {
	version  *fleet.Version
	group    *balancer.Group
	instance *fleet.Instance  // nil while it boots
	target   *balancer.Target // nil while it is not registered
	changing bool             // another version is being deployed on it
	since    time.Time        // when the load balancer was given it; checks from before say nothing
	extra    bool             // of the additional batch
}

// ailment says why the member is not healthy, or nothing.
func (m *member) ailment() string {
	switch {
	case m.instance == nil || m.changing:
		return "is starting"
	case !m.instance.Running():
		return m.instance.ID() + " has exited"
	case m.target == nil:
		return m.instance.ID() + " is not registered"
	case m.target.State() == balancer.Healthy && m.target.Passed().After(m.since):
		return ""
	}
	text := fmt.Sprintf("%s is %s", m.instance.ID(), m.target.State())
	if reason := m.target.Reason(); reason != "" {
		text += " (" + reason + ")"
	}
	return text
}

func (m *member) healthy() bool { return m.ailment() == "" }

// count is the instances in service on From and To, and those that are not. Only the environment at
// the users' address serves, and both while the addresses are swapped.
func (c *Controller) count() (old, fresh, out int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, env := range []*environment{c.live, c.idle} {
		if env == nil {
			continue
		}
		for _, m := range env.members {
			switch {
			case env != c.live && !c.swapping, !m.healthy():
				out++
			case m.version == &c.release.To:
				fresh++
			default:
				old++
			}
		}
	}
	return old, fresh, out
}

// ailments says what is wrong with those of members that are not healthy.
func (c *Controller) ailments(members []*member) (all []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range members {
		if ailment := m.ailment(); ailment != "" {
			all = append(all, ailment)
		}
	}
	return all
}

// ailing is the first of members that is not healthy, and what is wrong with it.
func (c *Controller) ailing(members []*member) (*member, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range members {
		if ailment := m.ailment(); ailment != "" {
			return m, ailment
		}
	}
	return nil, ""
}

// add makes room for n instances; boot starts them.
func (c *Controller) add(env *environment, group *balancer.Group, version *fleet.Version, n int) []*member {
	c.mu.Lock()
	defer c.mu.Unlock()
	var fresh []*member
	for range n {
		fresh = append(fresh, &member{version: version, group: group})
	}
	env.members = append(env.members, fresh...)
	return fresh
}

func (c *Controller) boot(ctx context.Context, members []*member) error {
	return together(members, func(m *member) error {
		instance, err := c.fleet.Start(ctx, *m.version)
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		m.instance = instance
		return nil
	})
}

// register hands members to the load balancer, where they are not already.
func (c *Controller) register(members []*member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range members {
		m.changing, m.since = false, time.Now()
		if m.target == nil && m.instance != nil {
			m.target = m.group.Register(m.instance.Addr(), m.instance.ID())
		}
	}
}

// deregister takes members off the load balancer. The function that it returns waits for their last
// requests.
func (c *Controller) deregister(members []*member) (wait func(context.Context) error) {
	var drained []<-chan struct{}
	c.mu.Lock()
	for _, m := range members {
		if m.target != nil {
			drained = append(drained, m.group.Deregister(m.target))
			m.target = nil
		}
	}
	c.mu.Unlock()
	return func(ctx context.Context) error {
		for _, end := range drained {
			select {
			case <-end:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
}

// remove stops members, which are deregistered, and forgets them.
func (c *Controller) remove(ctx context.Context, members []*member) error {
	_ = together(members, func(m *member) error {
		if m.instance != nil {
			m.instance.Stop(ctx, c.release.Grace)
		}
		return nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, env := range []*environment{c.live, c.idle} {
		if env != nil {
			env.members = slices.DeleteFunc(env.members, func(m *member) bool { return slices.Contains(members, m) })
		}
	}
	return ctx.Err()
}

// members of an environment that are as wanted.
func (c *Controller) members(env *environment, wanted func(*member) bool) (found []*member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range env.members {
		if wanted(m) {
			found = append(found, m)
		}
	}
	return found
}

func everyone(*member) bool { return true }

// together does something with all members at the same time and returns the first error, with how many
// there are.
func together(members []*member, do func(*member) error) error {
	errs := make([]error, len(members))
	var all sync.WaitGroup
	for i, m := range members {
		all.Go(func() { errs[i] = do(m) })
	}
	all.Wait()
	failed := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(failed) > 1 { // They mostly fail for the same reason, and say it at length.
		return fmt.Errorf("%w\n(%d of %d instances fail)", failed[0], len(failed), len(members))
	}
	return errors.Join(failed...)
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
