//go:build slow

package release_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

func TestStatements(t *testing.T) {
	t.Parallel()
	allowed := allowed()

	t.Run("see every environment, because a hidden one would never be deployed to", func(t *testing.T) {
		assert.Equal(t, []string{"*"}, allowed["elasticbeanstalk:describeenvironments"].Resources)
	})
	t.Run("publish in one namespace only", func(t *testing.T) {
		assert.Equal(t, map[string]map[string]string{"StringEquals": {"cloudwatch:namespace": release.Namespace}},
			allowed["cloudwatch:putmetricdata"].Conditions)
	})
	t.Run("see every alarm, because a hidden one would judge no release", func(t *testing.T) {
		assert.Equal(t, []string{"*"}, allowed["cloudwatch:describealarms"].Resources)
	})
	t.Run("have names that IAM accepts", func(t *testing.T) {
		for _, s := range release.Statements() {
			assert.Regexp(t, `^[A-Za-z0-9]+$`, s.Sid)
		}
	})
}

// allowed returns the statements by the actions that they allow, in lower case.
func allowed() map[string]release.Statement {
	all := map[string]release.Statement{}
	for _, s := range release.Statements() {
		for _, action := range s.Actions {
			all[strings.ToLower(action)] = s
		}
	}
	return all
}

// allows checks that the calls of a program are all those that it is allowed, and no others.
func allows(t *testing.T, calls []call) {
	t.Helper()
	made := map[string]bool{}
	for _, c := range calls {
		made[c.service+":"+strings.ReplaceAll(c.command, "-", "")] = true
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(allowed())), slices.Collect(maps.Keys(made)))
}
