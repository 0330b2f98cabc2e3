//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/balancer"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/controller"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fault"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/fleet"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/report"
)

// overture is how long the old version is under load before anything happens, and after the
// migration that the new version needs. The load goes on for as long after the release.
const overture = time.Second

// The headers by which answers name the version and the instance that they come from. The load balancer
// adds them, for not every application tells.
const (
	versionHeader  = "X-Rehearsal-Version"
	instanceHeader = "X-Rehearsal-Instance"
)

// one rehearses a scenario from an empty machine to an empty machine.
func (r *rehearsal) one(ctx context.Context, s scenario, dir string) (run report.Run, err error) {
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return run, err
	}
	release := r.release.with(variables(s.policy))
	db, err := r.openDatabase(ctx, s)
	if err != nil {
		return run, err
	}
	if db != nil {
		defer db.Close()
		release = release.with(db.Env())
		if release.before != nil {
			if err := db.Migrate(ctx, *release.before); err != nil {
				return run, err
			}
		}
	}
	if s.fault != "" && s.fault != brokenMigration {
		options := fault.Options{ReadyPath: s.policy.Health.Path, Speed: r.options.speed}
		bad := &release.to
		if s.fault == fault.IgnoresSIGTERM {
			bad = &release.from // It is the one that is asked to stop.
		}
		if bad.Command, err = fault.Wrap(s.fault, options, bad.Command); err != nil {
			return run, err
		}
	}
	return r.perform(ctx, s, release, db, dir)
}

// variables are what the environment tells the application.
func variables(p rollout.Policy) (env []string) {
	all := p.Variables()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		env = append(env, name+"="+all[name])
	}
	return env
}

// openDatabase is a private database for one run, or nil where there is none to be had.
func (r *rehearsal) openDatabase(ctx context.Context, s scenario) (*database.Database, error) {
	if r.options.databaseURL == "" && !r.release.starter && r.release.migrate == nil && r.release.before == nil {
		return nil, nil // The application brings its own, or needs none.
	}
	if r.options.databaseURL == "" && r.options.environmentURL != "" {
		r.screen.say("database: a new one on the server of DATABASE_URL")
	}
	db, err := database.Open(ctx, database.Options{URL: r.options.serverURL(), Dir: r.dir})
	if errors.Is(err, database.ErrNotInstalled) && s.fault != brokenMigration && r.options.migrate+r.options.migrateFrom == "" {
		r.screen.say("without a database: PostgreSQL is not installed here, and there is neither -database-url nor DATABASE_URL")
		return nil, nil
	}
	return db, err
}

// perform starts everything, releases under load, and stops everything.
func (r *rehearsal) perform(ctx context.Context, s scenario, release release, db *database.Database, dir string) (run report.Run, err error) {
	fleet, err := fleet.New(dir)
	if err != nil {
		return run, err
	}
	defer fleet.Close()
	users := &users{tolerated: s.policy.ProbeMaxFailures, window: r.scaled(alarmWindow)}
	job := controller.Release{
		Policy: s.policy, From: release.from, To: release.to, Speed: r.options.speed,
		ProbePath: r.options.path, Hurt: users.hurt, Heal: r.options.heal,
	}
	if s.fault == fault.IgnoresSIGTERM {
		job.Grace = r.scaled(controller.Grace) // Nobody uses that time.
	}
	recorder := &recorder{plan: s.policy.Plan(), causes: map[report.Cause]report.Seen{}}
	config := job.Balancer()
	config.Failed = recorder.failed
	config.Answered = func(t *balancer.Target, header http.Header) {
		header.Set(versionHeader, fleet.Runs(t.Instance()))
		header.Set(instanceHeader, t.Instance())
	}
	front := balancer.New(config)
	defer front.Close()
	address, stop, err := serve(front)
	if err != nil {
		return run, err
	}
	defer stop()

	c, err := controller.Prepare(ctx, job, front, fleet, recorder.add)
	if err != nil {
		return run, err
	}
	traffic, err := load.Start(ctx, r.load("http://"+address))
	if err != nil {
		return run, err
	}
	defer traffic.Abort()
	users.live = traffic.Live
	if !s.policy.DowntimeExpected() {
		defer users.probe(ctx, "http://"+address+s.policy.Health.Path, r.scaled(time.Second))()
	}
	unfollow := r.screen.follow(func() report.State { return recorder.state(traffic.Live(), s.policy, r.options.speed) })
	defer unfollow()

	migrated, err := r.prelude(ctx, s, release, db)
	if err != nil {
		return run, err
	}
	began := time.Now()
	recorder.began(began)
	outcome, err := c.Run(ctx)
	if err != nil {
		return run, err
	}
	if err := sleep(ctx, overture); err != nil {
		return run, err
	}
	unfollow()
	run = r.result(s, job, outcome)
	run.Migrated, run.Began, run.Results = migrated, began, traffic.Stop()
	run.Events, run.Causes = recorder.told()
	return run, ctx.Err()
}

// prelude lets the old version serve for a while, brings the schema to what the new version needs,
// and lets the old version serve on that. It returns when the migration began.
func (r *rehearsal) prelude(ctx context.Context, s scenario, release release, db *database.Database) (migrated time.Time, err error) {
	if err := sleep(ctx, overture); err != nil || db == nil {
		return migrated, err
	}
	if release.migrate != nil {
		migrated = time.Now()
		if err := db.Migrate(ctx, *release.migrate); err != nil {
			return migrated, err
		}
	}
	if s.fault == brokenMigration {
		migrated = time.Now()
		if err := db.Exec(ctx, database.Breaking); err != nil {
			return migrated, err
		}
	}
	return migrated, sleep(ctx, overture)
}

// serve puts the balancer behind a port. Stopping it cuts what is under way.
func serve(front *balancer.Balancer) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("there is no port for the load balancer: %w", err)
	}
	server := front.Server()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	return listener.Addr().String(), func() {
		_ = server.Close()
		<-done
	}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
