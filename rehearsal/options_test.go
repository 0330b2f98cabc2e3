//go:build unix

package main

import (
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
)

func TestParse(t *testing.T) {
	t.Parallel()
	t.Run("one release by default", func(t *testing.T) {
		t.Parallel()
		o, err := parse(nil, noVariables)
		require.NoError(t, err)
		assert.Equal(t, options{rate: 100, speed: 30, heal: true, path: "/"}, o)
	})
	t.Run("a comparison is quicker and heals nothing", func(t *testing.T) {
		t.Parallel()
		o, err := parse([]string{"-compare"}, noVariables)
		require.NoError(t, err)
		assert.Equal(t, options{rate: 700, speed: 36, compare: true, path: "/"}, o)
	})
	t.Run("explicit flags win", func(t *testing.T) {
		t.Parallel()
		o, err := parse([]string{"-rate", "300", "-speed=30", "-heal", "-compare"}, noVariables)
		require.NoError(t, err)
		assert.Equal(t, options{rate: 300, speed: 30, heal: true, compare: true, path: "/"}, o)
	})
	t.Run("an application of one's own", func(t *testing.T) {
		t.Parallel()
		o, err := parse([]string{"-from", "./a", "-to-image", "b:2"}, noVariables)
		require.NoError(t, err)
		assert.True(t, o.own())
	})
}

func noVariables(string) string { return "" }

func TestTheServerComesFromTheFlagOrTheEnvironment(t *testing.T) {
	t.Parallel()
	environment := func(name string) string {
		return map[string]string{"DATABASE_URL": "postgres://me:hunter2@127.0.0.1:1/a"}[name]
	}
	o, err := parse(nil, environment)
	require.NoError(t, err)
	assert.Equal(t, "postgres://me:hunter2@127.0.0.1:1/a", o.serverURL())
	o, err = parse([]string{"-database-url", "postgres://me@127.0.0.1/b"}, environment)
	require.NoError(t, err)
	assert.Equal(t, "postgres://me@127.0.0.1/b", o.serverURL(), "the flag wins")
	_, err = parse(strings.Fields("-from-image a:1 -to-image a:2 -migrate ./m"), environment)
	assert.NoError(t, err)

	var said strings.Builder
	o, err = parse(strings.Fields("-from ./a -to ./b"), environment)
	require.NoError(t, err)
	r := &rehearsal{options: o, screen: screen{&said}}
	db, err := r.openDatabase(t.Context(), scenario{})
	assert.NoError(t, err)
	assert.Nil(t, db, "an application that nothing migrates brings its own database")
	r.release.migrate = &database.Command{}
	_, err = r.openDatabase(t.Context(), scenario{})
	assert.ErrorContains(t, err, "cannot reach the database server")
	assert.NotContains(t, err.Error(), "hunter2")
	assert.Contains(t, said.String(), "database: a new one on the server of DATABASE_URL")
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-no-such":        "flag provided but not defined: -no-such; -help explains the flags",
		"-rate many":      `invalid value "many" for flag -rate: parse error; -help explains the flags`,
		"rolling":         `"rolling" is no flag; -help explains the flags`,
		"-from ./a":       "a release is from one version to another: give both, or neither to rehearse starter/",
		"-speed NaN":      "-speed NaN is outside 1 to 200; beyond, the timers are shorter than what they wait for",
		"-method rolling": `-method "rolling" is unknown; use one of AllAtOnce, Rolling, RollingWithAdditionalBatch, Immutable, TrafficSplitting, BlueGreen`,
		"-compare -fault slow-start -method Rolling": "-compare rehearses every method; leave out -method\n" +
			"-compare brings its own bad version; leave out -fault",
		"-from ./a -to ./b -fault broken-migration":  "-fault broken-migration breaks a table of starter/; leave out -from and -to, or break your own with -migrate",
		"-migrate-from ./m":                          "-migrate-from is for -from; starter/ brings its own migrations",
		"-from-image a:1 -to-image a:2 -migrate ./m": "-migrate with images needs -database-url or DATABASE_URL: a container does not reach a private server of this machine",
		"-from ./a -from-image a:1 -to ./b -instances 51 -batch -1 -rate 0 -speed 0.5 -fault bad -path x -slow-path y": `-from and -from-image, -to and -to-image: use one of each pair
-instances 51 is outside 1 to 50 on one machine
-batch -1 is no number of instances; use 1 or more
-rate 0 is outside 1 to 5000 requests a second
-speed 0.5 is outside 1 to 200; beyond, the timers are shorter than what they wait for
-fault "bad" is unknown; use one of exits-at-start, never-ready, slow-start, ready-too-early, errors-later, ignores-sigterm, drops-keep-alive, broken-migration, all
-path "x" is no path; it begins with /
-slow-path "y" is no path; it begins with /`,
	} {
		_, err := parse(strings.Fields(args), noVariables)
		assert.EqualError(t, err, want)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	_, err := parse([]string{"-h"}, noVariables)
	assert.ErrorIs(t, err, flag.ErrHelp)
	new(options).flags().VisitAll(func(f *flag.Flag) {
		assert.Regexp(t, "[ (]-"+f.Name+"[ ,=\n]", usage(), "-help explains every flag")
	})
	for line := range strings.Lines(usage()) {
		assert.LessOrEqual(t, len(line), 90, line)
	}
	assert.Contains(t, usage(), "-speed 36, -rate 700")
	assert.NotRegexp(t, "METHODS|FAULTS", usage())
}
