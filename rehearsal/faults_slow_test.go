//go:build slow && unix

package main

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/database"
)

// The starter is released by every method, well and with every fault, and all goes as the method promises.
func TestEveryMethodDoesWhatItPromises(t *testing.T) {
	t.Chdir("..")
	for _, name := range append([]string{""}, faultNames()...) {
		if name == allFaults {
			continue
		}
		for _, method := range rollout.Methods() {
			t.Run(string(method)+" "+name, func(t *testing.T) {
				t.Parallel()
				o := options{
					method: string(method), fault: name, template: "testdata/showcase-web.WebEnvironment.template.json",
					speed: 60, rate: 100, path: "/", heal: true,
				}
				_, run, err := tried(t, o)
				if errors.Is(err, database.ErrNotInstalled) {
					t.Skip(err)
				}
				require.NoError(t, err)
				assert.True(t, run.Verdict.AsPromised, "%+v", run)
			})
		}
	}
}
